"""Each way of getting in without a right to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from exchange.refusals import TokenExpired, TokenInvalid, Unauthenticated
from gateway.auth import KeysFaulty, challenge, public_keys
from tests.gateway.keys import NOW, authenticator, claims, issuer, signed, token


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("issuer")
    issuer(made)
    return made


@pytest.fixture(scope="module")
def key(folder: Path) -> OKPKey:
    return OKPKey.import_key(json.loads((folder / "private.json").read_text()))


def encoded(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def refused(folder: Path, text: str) -> None:
    with pytest.raises(TokenInvalid):
        authenticator(folder).requester([f"Bearer {text}"])


def test_a_token_becomes_a_requester_with_the_attributes_of_its_registration(folder: Path) -> None:
    requester = authenticator(folder).requester([f"bearer {token(folder)}"])
    assert (requester.organisation, requester.client, requester.role) == ("bank-a", "bank-system", "bank-system")
    assert requester.attributes == {"institution": "B10110000H0001"}
    assert requester.person is None


def test_the_private_key_is_readable_by_its_owner_alone(folder: Path) -> None:
    assert (folder / "private.json").stat().st_mode & 0o777 == 0o600
    assert "d" not in json.loads((folder / "jwks.json").read_text())["keys"][0]


@pytest.mark.parametrize("headers", [[], ["Basic abc"], ["Bearer"], ["Bearer "], ["token"]])
def test_nothing_that_is_a_bearer_token(folder: Path, headers: list[str]) -> None:
    with pytest.raises(Unauthenticated):
        authenticator(folder).requester(headers)


@pytest.mark.parametrize("text", ["a", "a.b.c", "....", "a" * 9000, "\u00e9.b.c", encoded(b"[" * 6000) + ".e30.x"])
def test_junk(folder: Path, text: str) -> None:
    refused(folder, text)


def test_two_tokens(folder: Path) -> None:
    with pytest.raises(TokenInvalid):
        authenticator(folder).requester([f"Bearer {token(folder)}"] * 2)


def test_alg_none(folder: Path, key: OKPKey) -> None:
    for alg in ("none", "None", "NONE"):
        refused(folder, f"{encoded({'alg': alg, 'kid': key.kid})}.{encoded(claims())}.")


def test_hmac_with_the_public_key_as_secret(folder: Path, key: OKPKey) -> None:
    head = f"{encoded({'alg': 'HS256', 'kid': key.kid})}.{encoded(claims())}"
    for secret in ((folder / "jwks.json").read_bytes(), key.as_bytes(private=False), key.as_pem(private=False)):
        refused(folder, f"{head}.{encoded(hmac.digest(secret, head.encode(), hashlib.sha256))}")


def test_another_key_under_the_right_kid(folder: Path, key: OKPKey) -> None:
    other = OKPKey.generate_key("Ed25519", {"kid": key.kid})
    refused(folder, signed(other, claims()))


@pytest.mark.parametrize("kid", ["unknown", None, "../jwks.json"])
def test_an_unknown_kid(folder: Path, key: OKPKey, kid: str | None) -> None:
    refused(folder, signed(key, claims(), kid=kid))


def test_changed_claims_under_the_old_signature(folder: Path) -> None:
    head, _, signature = token(folder).split(".")
    refused(folder, f"{head}.{encoded(claims(role='auditor', client_id='auditor', org='credit-office'))}.{signature}")


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another"},
        {"aud": ["another"]},
        {"iss": "https://another.invalid"},
        {"nbf": int(NOW.timestamp()) + 60},
        {"iat": int(NOW.timestamp()) + 60},
        {"exp": "never"},
        {"exp": 1e400},
        {"client_id": "nobody"},
        {"org": "bank-b"},
        {"role": "auditor"},
        {"role": "*"},
        {"sub": ""},
        {"sub": "530199199003070015"},
        {"person": "0" * 32},
        {"role": "person", "client_id": "person", "org": "public"},
        {"role": "person", "client_id": "person", "org": "public", "person": "530199199003070015"},
    ],
)
def test_a_wrong_claim(folder: Path, key: OKPKey, changed: dict[str, object]) -> None:
    refused(folder, signed(key, claims(**changed)))


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "nbf", "jti", "sub", "client_id", "role", "org"])
def test_a_missing_claim(folder: Path, key: OKPKey, name: str) -> None:
    refused(folder, signed(key, claims(**{name: ...})))


def test_an_expired_token_has_its_own_code(folder: Path, key: OKPKey) -> None:
    with pytest.raises(TokenExpired):
        authenticator(folder).requester([f"Bearer {signed(key, claims(exp=int(NOW.timestamp())))}"])


def test_a_kept_token_expires_all_the_same(folder: Path) -> None:
    at = [NOW]
    gate = authenticator(folder, clock=lambda: at[0])
    text = f"Bearer {token(folder)}"
    assert gate.requester([text]) is gate.requester([text])
    at[0] += timedelta(hours=1)
    with pytest.raises(TokenExpired):
        gate.requester([text])


def test_kept_tokens_are_bounded(folder: Path, key: OKPKey) -> None:
    gate = authenticator(folder, cache=3)
    for n in range(10):
        gate.requester([f"Bearer {signed(key, claims(jti=str(n)))}"])
    assert len(gate._kept) == 3


def test_districts_of_a_token_narrow(folder: Path, key: OKPKey) -> None:
    requester = authenticator(folder).requester([f"Bearer {signed(key, claims(districts=['530102']))}"])
    assert requester.districts == {"530102"}


def test_keys_that_could_sign_stop_the_start(tmp_path: Path) -> None:
    for bad in (
        OctKey.generate_key(256, {"kid": "a"}).as_dict(private=True),
        OKPKey.generate_key("Ed25519", {"kid": "a"}).as_dict(private=True),
        OKPKey.generate_key("X25519", {"kid": "a"}).as_dict(private=False),
    ):
        (tmp_path / "jwks.json").write_text(json.dumps({"keys": [bad]}))
        with pytest.raises(KeysFaulty):
            public_keys(tmp_path / "jwks.json")


@pytest.mark.parametrize(
    ("other", "alg"),
    [
        (lambda: ECKey.generate_key("P-256", {"kid": "e"}), "ES256"),
        (lambda: RSAKey.generate_key(2048, {"kid": "r"}), "RS256"),
    ],
)
def test_other_kinds_of_keys_sign_with_their_own_algorithm(tmp_path: Path, other, alg: str) -> None:
    from joserfc import jwt

    key = other()
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    text = jwt.encode({"alg": alg, "kid": key.kid}, claims(), key, algorithms=[alg])
    assert authenticator(tmp_path).requester([f"Bearer {text}"]).client == "bank-system"


def test_the_challenge_says_what_was_wrong() -> None:
    assert challenge(Unauthenticated()) == 'Bearer realm="personal-credit-gateway"'
    assert 'error="invalid_token"' in challenge(TokenExpired())
