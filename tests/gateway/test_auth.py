"""Each way of getting in without a right to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from msgspec import structs

from exchange.refusals import IssuerUnavailable, TokenExpired, TokenInvalid, Unauthenticated
from exchange.registration import State
from gateway.auth import Authenticator, Barred, challenge
from gateway.issuers import Issuer as Accepted
from tests.gateway.keys import (
    AUDIENCE,
    ISSUER,
    NOW,
    accepted,
    authenticator,
    claims,
    clients,
    issuer,
    pinned,
    private_key,
    signed,
    token,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("issuer")
    issuer(made)
    return made


@pytest.fixture(scope="module")
def key(folder: Path) -> OKPKey:
    return private_key(folder)


def made(key: OKPKey, head: object, payload: object) -> str:
    """Signed, whatever it says."""
    signed_part = f"{encoded(head)}.{encoded(payload)}"
    return f"{signed_part}.{encoded(key.private_key.sign(signed_part.encode()))}"


def encoded(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def refused(folder: Path, text: str) -> None:
    with pytest.raises(TokenInvalid):
        await authenticator(folder).requester([f"Bearer {text}"])


async def test_a_token_becomes_a_requester_with_the_attributes_of_its_registration(folder: Path) -> None:
    requester = await authenticator(folder).requester([f"bearer {token(folder)}"])
    assert (requester.organisation, requester.client, requester.role) == ("bank-a", "bank-system", "bank-system")
    assert requester.attributes == {"institution": "B10110000H0001"}
    assert requester.person is None


def test_the_private_key_is_readable_by_its_owner_alone(folder: Path) -> None:
    assert (folder / "private.json").stat().st_mode & 0o777 == 0o600
    assert "d" not in json.loads((folder / "jwks.json").read_text())["keys"][0]


@pytest.mark.parametrize("headers", [[], ["Basic abc"], ["Bearer"], ["Bearer "], ["token"]])
async def test_nothing_that_is_a_bearer_token(folder: Path, headers: list[str]) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator(folder).requester(headers)


@pytest.mark.parametrize("text", ["a", "a.b.c", "....", "a" * 9000, "\u00e9.b.c", encoded(b"[" * 6000) + ".e30.x"])
async def test_junk(folder: Path, text: str) -> None:
    await refused(folder, text)


async def test_two_tokens(folder: Path) -> None:
    with pytest.raises(TokenInvalid):
        await authenticator(folder).requester([f"Bearer {token(folder)}"] * 2)


async def test_alg_none(folder: Path, key: OKPKey) -> None:
    for alg in ("none", "None", "NONE"):
        await refused(folder, f"{encoded({'alg': alg, 'kid': key.kid})}.{encoded(claims())}.")


async def test_hmac_with_the_public_key_as_secret(folder: Path, key: OKPKey) -> None:
    head = f"{encoded({'alg': 'HS256', 'kid': key.kid})}.{encoded(claims())}"
    for secret in ((folder / "jwks.json").read_bytes(), key.as_bytes(private=False), key.as_pem(private=False)):
        await refused(folder, f"{head}.{encoded(hmac.digest(secret, head.encode(), hashlib.sha256))}")


async def test_another_key_under_the_right_kid(folder: Path, key: OKPKey) -> None:
    other = OKPKey.generate_key("Ed25519", {"kid": key.kid})
    await refused(folder, signed(other, claims()))


@pytest.mark.parametrize(
    "kid",
    [
        "unknown",
        None,
        "",
        "../jwks.json",
        "../../../../dev/null",
        "file:///dev/null",
        "' OR '1'='1",
        "x' UNION SELECT 'key';--",
        "$(id)",
        "a" * 129,
        "a\x00b",
        "\u202e",
        1,
        True,
        ["unknown"],
        {"a": 1},
    ],
)
async def test_an_unknown_kid(folder: Path, key: OKPKey, kid: object) -> None:
    await refused(folder, made(key, {"alg": "Ed25519", "kid": kid}, claims()))


@pytest.mark.parametrize("kid", ["a" * 129, "", 1, None, ["a"]])
async def test_a_kid_that_none_can_be_is_not_even_looked_up(folder: Path, key: OKPKey, kid: object) -> None:
    keys = pinned(folder)
    gate = Authenticator(accepted(keys), clients(), clock=lambda: NOW)
    with pytest.raises(TokenInvalid):
        await gate.requester([f"Bearer {made(key, {'alg': 'Ed25519', 'kid': kid}, claims())}"])
    assert keys.asked == []


@pytest.mark.parametrize(
    "extra",
    [
        {"jku": "https://attacker.invalid/jwks.json"},
        {"x5u": "https://attacker.invalid/cert.pem"},
        {"jwk": {"kty": "OKP"}},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
        {"typ": "dpop+jwt"},
        {"typ": "logout+jwt"},
        {"typ": 1},
        {"alg": None},
        {"alg": "ES256"},
        {"alg": "RS256"},
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": ["Ed25519"]},
    ],
)
async def test_a_header_that_brings_a_key_or_changes_what_was_signed(
    folder: Path, key: OKPKey, extra: dict[str, object]
) -> None:
    """The signature is good every time."""
    await refused(folder, made(key, {"alg": "Ed25519", "kid": key.kid, **extra}, claims()))


async def test_the_key_that_a_token_brings_itself_is_not_used(folder: Path) -> None:
    own = OKPKey.generate_key("Ed25519", {"kid": "own"})
    brought = {"alg": "Ed25519", "kid": "own", "jwk": own.as_dict(private=False)}
    await refused(folder, made(own, brought, claims()))


@pytest.mark.parametrize("alg", ["Ed25519", "EdDSA"])
@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "application/at+jwt", "jwt"])
async def test_both_names_of_the_algorithm_and_the_types_of_an_access_token(
    folder: Path, key: OKPKey, alg: str, typ: str
) -> None:
    text = made(key, {"alg": alg, "kid": key.kid, "typ": typ, "x5t": "ignored"}, claims())
    assert (await authenticator(folder).requester([f"Bearer {text}"])).client == "bank-system"


@pytest.mark.parametrize("name", ["role", "org", "iss", "exp", "client_id", "sub", "cnf"])
async def test_a_claim_that_is_said_twice(folder: Path, key: OKPKey, name: str) -> None:
    """One reader takes the first, another the last: nobody may choose."""
    plain = json.dumps(claims(cnf=None))
    twice = plain[:-1] + f', "{name}": {json.dumps(claims(cnf=None)[name])}' + "}"
    head = {"alg": "Ed25519", "kid": key.kid}
    assert (await authenticator(folder).requester([f"Bearer {made(key, head, plain.encode())}"])).client
    await refused(folder, made(key, head, twice.encode()))
    doubled = f'{{"alg": "Ed25519", "kid": "{key.kid}", "kid": "{key.kid}"}}'.encode()
    await refused(folder, made(key, doubled, claims()))


@pytest.mark.parametrize("payload", [b"[]", b"null", b"1", b"", b"{", b"\xff", b'{"exp": NaN}', b"[" * 5000])
async def test_a_payload_that_is_no_object(folder: Path, key: OKPKey, payload: bytes) -> None:
    await refused(folder, made(key, {"alg": "Ed25519", "kid": key.kid}, payload))


async def test_a_second_spelling_of_the_same_token(folder: Path) -> None:
    text = token(folder)
    assert (await authenticator(folder).requester([f"Bearer {text}"])).client
    for other in (text + "=", text + "\n.", text[:-1] + chr(ord(text[-1]) ^ 1), text.replace(".", ". ", 1)):
        await refused(folder, other)


async def test_changed_claims_under_the_old_signature(folder: Path) -> None:
    head, _, signature = token(folder).split(".")
    await refused(
        folder, f"{head}.{encoded(claims(role='auditor', client_id='auditor', org='credit-office'))}.{signature}"
    )


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
async def test_a_wrong_claim(folder: Path, key: OKPKey, changed: dict[str, object]) -> None:
    await refused(folder, signed(key, claims(**changed)))


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "nbf", "jti", "sub", "client_id", "role", "org"])
async def test_a_missing_claim(folder: Path, key: OKPKey, name: str) -> None:
    await refused(folder, signed(key, claims(**{name: ...})))


async def test_an_expired_token_has_its_own_code(folder: Path, key: OKPKey) -> None:
    with pytest.raises(TokenExpired):
        await authenticator(folder).requester([f"Bearer {signed(key, claims(exp=int(NOW.timestamp())))}"])


async def test_a_kept_token_expires_all_the_same(folder: Path) -> None:
    at = [NOW]
    keys = pinned(folder)
    gate = Authenticator(accepted(keys), clients(), skew_s=0, clock=lambda: at[0])
    text = f"Bearer {token(folder)}"
    assert await gate.requester([text]) == await gate.requester([text])
    assert len(keys.asked) == 1
    at[0] += timedelta(hours=1)
    with pytest.raises(TokenExpired):
        await gate.requester([text])


@pytest.mark.parametrize(
    ("changed", "accepted_with_skew"),
    [
        ({"nbf": 30}, True),
        ({"nbf": 31}, False),
        ({"iat": 30}, True),
        ({"iat": 31}, False),
        ({"exp": -29}, True),
        ({"exp": -30}, False),
    ],
)
async def test_clocks_may_differ_by_the_skew_and_no_more(
    folder: Path, key: OKPKey, changed: dict[str, int], accepted_with_skew: bool
) -> None:
    now = int(NOW.timestamp())
    content = claims(iat=now - 60, nbf=now - 60) | {name: now + value for name, value in changed.items()}
    text = f"Bearer {signed(key, content)}"
    with pytest.raises((TokenInvalid, TokenExpired)):
        await authenticator(folder, skew_s=0).requester([text])
    if accepted_with_skew:
        assert (await authenticator(folder, skew_s=30).requester([text])).client
    else:
        with pytest.raises((TokenInvalid, TokenExpired)):
            await authenticator(folder, skew_s=30).requester([text])


async def test_a_token_that_ends_before_it_begins(folder: Path, key: OKPKey) -> None:
    now = int(NOW.timestamp())
    await refused(folder, signed(key, claims(iat=now, exp=now - 1)))


async def test_a_removed_key_ends_the_tokens_that_it_signed_also_the_kept_ones(folder: Path) -> None:
    keys = pinned(folder)
    gate = Authenticator(accepted(keys), clients(), clock=lambda: NOW)
    text = f"Bearer {token(folder)}"
    assert (await gate.requester([text])).client
    keys.keys = {}
    with pytest.raises(TokenInvalid):
        await gate.requester([text])


async def test_another_key_under_the_same_kid_ends_them_too(folder: Path, key: OKPKey, tmp_path: Path) -> None:
    keys = pinned(folder)
    gate = Authenticator(accepted(keys), clients(), clock=lambda: NOW)
    text = f"Bearer {token(folder)}"
    assert (await gate.requester([text])).client
    other = OKPKey.generate_key("Ed25519", {"kid": key.kid})
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [other.as_dict(private=False)]}))
    keys.keys = pinned(tmp_path).keys
    with pytest.raises(TokenInvalid):
        await gate.requester([text])


async def test_a_kept_token_ends_with_its_client(folder: Path) -> None:
    registered = clients()
    gate = Authenticator(accepted(pinned(folder)), registered, clock=lambda: NOW)
    text = f"Bearer {token(folder)}"
    assert (await gate.requester([text])).client
    found = registered.clients["bank-system"]
    registered.states["bank-system"] = State.SUSPENDED
    with pytest.raises(Barred) as barred:
        await gate.requester([text])
    assert (barred.value.refusal.code, barred.value.requester.client) == ("CLIENT_SUSPENDED", "bank-system")
    registered.states.clear()
    assert (await gate.requester([text])).client
    registered.clients["bank-system"] = structs.replace(found, roles=("bank-officer",))
    with pytest.raises(TokenInvalid):
        await gate.requester([text])
    del registered.clients["bank-system"]
    with pytest.raises(TokenInvalid):
        await gate.requester([text])


async def test_a_key_verifies_its_own_issuers_tokens_only(folder: Path, key: OKPKey, tmp_path: Path) -> None:
    issuer(tmp_path)
    other_key = private_key(tmp_path)
    both = accepted(pinned(folder)) | {
        "https://b.invalid": Accepted("b", "https://b.invalid", "for-b", pinned(tmp_path))
    }
    gate = Authenticator(both, clients(), clock=lambda: NOW)
    of_b = {"iss": "https://b.invalid", "aud": "for-b"}
    assert (await gate.requester([f"Bearer {signed(key, claims())}"])).client
    assert (await gate.requester([f"Bearer {signed(other_key, claims(**of_b))}"])).client
    for text in (
        signed(key, claims(**of_b)),
        signed(other_key, claims()),
        signed(other_key, claims(), kid=key.kid),
        signed(other_key, claims(iss="https://b.invalid")),
        signed(other_key, claims(iss="https://b.invalid/", aud="for-b")),
        signed(other_key, claims(iss="https://B.invalid", aud="for-b")),
        signed(other_key, claims(iss=ISSUER, aud="for-b")),
        signed(key, claims(aud=[AUDIENCE + "x", "for-b"])),
    ):
        with pytest.raises(TokenInvalid):
            await gate.requester([f"Bearer {text}"])


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        ({}, True),
        ({"clients": frozenset({"bank-system"})}, True),
        ({"clients": frozenset({"bank-officer"})}, False),
        ({"roles": frozenset({"bank-system"})}, True),
        ({"roles": frozenset({"auditor"})}, False),
        ({"algorithms": frozenset({"Ed25519"})}, True),
        ({"algorithms": frozenset({"ES256", "EdDSA"})}, False),
    ],
)
async def test_an_issuer_speaks_for_its_own_clients_and_roles_under_its_own_algorithms(
    folder: Path, options: dict[str, frozenset[str]], fits: bool
) -> None:
    gate = Authenticator(accepted(pinned(folder), **options), clients(), clock=lambda: NOW)
    text = f"Bearer {token(folder)}"
    if fits:
        assert (await gate.requester([text])).client == "bank-system"
    else:
        with pytest.raises(TokenInvalid):
            await gate.requester([text])


async def test_a_bound_token_needs_its_certificate_every_time(folder: Path, key: OKPKey) -> None:
    gate = authenticator(folder)
    text = f"Bearer {signed(key, claims(cnf={'x5t#S256': 'mine'}))}"
    for _ in range(2):
        assert (await gate.requester([text], "mine")).client == "bank-system"
        for other in (None, "", "yours"):
            with pytest.raises(TokenInvalid):
                await gate.requester([text], other)


@pytest.mark.parametrize(
    "cnf", [{}, {"jkt": "a"}, {"x5t#S256": None}, {"x5t#S256": 1}, {"x5t#S256": "mine", "jkt": "a"}, "mine", [], True]
)
async def test_a_token_that_is_bound_in_another_way(folder: Path, key: OKPKey, cnf: object) -> None:
    for certificate in (None, "mine"):
        with pytest.raises(TokenInvalid):
            await authenticator(folder).requester([f"Bearer {signed(key, claims(cnf=cnf))}"], certificate)


async def test_a_client_that_must_bind_its_tokens(folder: Path, key: OKPKey) -> None:
    registered = clients()
    registered.clients["bank-system"] = structs.replace(registered.clients["bank-system"], bound_tokens=True)
    gate = Authenticator(accepted(pinned(folder)), registered, clock=lambda: NOW)
    with pytest.raises(TokenInvalid):
        await gate.requester([f"Bearer {token(folder)}"], "mine")
    bound = signed(key, claims(cnf={"x5t#S256": "mine"}))
    assert (await gate.requester([f"Bearer {bound}"], "mine")).client == "bank-system"


async def test_a_role_of_another_kind_of_organisation_is_nobodys(folder: Path, key: OKPKey) -> None:
    """However it came into the register."""
    registered = clients()
    found = registered.clients["bank-system"]
    registered.clients["bank-system"] = structs.replace(found, roles=("bank-system", "auditor"))
    gate = Authenticator(accepted(pinned(folder)), registered, clock=lambda: NOW)
    assert (await gate.requester([f"Bearer {token(folder)}"])).role == "bank-system"
    with pytest.raises(TokenInvalid):
        await gate.requester([f"Bearer {signed(key, claims(role='auditor'))}"])


async def test_kept_tokens_are_bounded(folder: Path, key: OKPKey) -> None:
    gate = authenticator(folder, cache=3)
    for n in range(10):
        await gate.requester([f"Bearer {signed(key, claims(jti=str(n)))}"])
    assert len(gate._kept) == 3


async def test_districts_of_a_token_narrow(folder: Path, key: OKPKey) -> None:
    requester = await authenticator(folder).requester([f"Bearer {signed(key, claims(districts=['530102']))}"])
    assert requester.districts == {"530102"}


@pytest.mark.parametrize(
    ("other", "alg"),
    [
        (lambda: ECKey.generate_key("P-256", {"kid": "e"}), "ES256"),
        (lambda: RSAKey.generate_key(2048, {"kid": "r"}), "RS256"),
    ],
)
async def test_other_kinds_of_keys_sign_with_their_own_algorithm(tmp_path: Path, other, alg: str) -> None:
    from joserfc import jwt

    key = other()
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    text = jwt.encode({"alg": alg, "kid": key.kid}, claims(), key, algorithms=[alg])
    assert (await authenticator(tmp_path).requester([f"Bearer {text}"])).client == "bank-system"


def test_the_challenge_says_what_was_wrong() -> None:
    assert challenge(Unauthenticated()) == {"WWW-Authenticate": 'Bearer realm="personal-credit-gateway"'}
    assert 'error="invalid_token"' in challenge(TokenExpired())["WWW-Authenticate"]
    assert challenge(IssuerUnavailable()) == {"Retry-After": "10"}
