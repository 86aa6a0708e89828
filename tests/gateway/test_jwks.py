"""Which keys an issuer may publish, and what each may verify."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from gateway.jwks import KeysFaulty, parsed

pytestmark = pytest.mark.filterwarnings("ignore:Key size")


def public(key: Any, **members: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **members}


def keys(*members: object) -> dict[str, Any]:
    return dict(parsed(json.dumps({"keys": members}).encode(), "here"))


ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})


@pytest.mark.parametrize(
    "bad",
    [
        OctKey.generate_key(256, {"kid": "a"}).as_dict(private=True),
        {"kty": "oct", "kid": "a", "k": "AAAA", "use": "enc"},
        OKPKey.generate_key("Ed25519", {"kid": "a"}).as_dict(private=True),
        RSAKey.generate_key(2048, {"kid": "a"}).as_dict(private=True),
        public(OKPKey.generate_key("X25519", {"kid": "a"})),
        public(RSAKey.generate_key(1024, {"kid": "a"})),
        public(ED, kid=""),
        public(ED, kid="a" * 129),
        {name: value for name, value in public(ED).items() if name != "kid"},
        public(ED, alg="ES256"),
    ],
)
def test_a_set_that_no_issuer_may_publish(bad: dict[str, Any]) -> None:
    with pytest.raises(KeysFaulty):
        keys(bad)


def test_a_private_key_beside_a_good_one_spoils_the_set() -> None:
    with pytest.raises(KeysFaulty):
        keys(public(ED), OKPKey.generate_key("Ed25519", {"kid": "a"}).as_dict(private=True))


def test_two_keys_of_one_kid() -> None:
    with pytest.raises(KeysFaulty):
        keys(public(ED), public(OKPKey.generate_key("Ed25519", {"kid": "ed"})))


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b'{"keys": 1}', b'{"keys": [1]}', b"\xff", b"[" * 9000]
)
def test_no_key_set(content: bytes) -> None:
    with pytest.raises(KeysFaulty):
        parsed(content, "here")


def test_too_many_keys() -> None:
    with pytest.raises(KeysFaulty):
        keys(*[public(ED, kid=str(n)) for n in range(65)])


def test_an_issuer_may_have_no_key_at_present() -> None:
    assert keys() == {}


def test_keys_that_are_not_ours_are_left_out() -> None:
    found = keys(
        public(ED),
        public(RSAKey.generate_key(2048, {"kid": "enc"}), use="enc"),
        public(ECKey.generate_key("P-384", {"kid": "p384"})),
        {"kty": "new", "kid": "new"},
    )
    assert found.keys() == {"ed"}
    assert found["ed"].algorithms == {"Ed25519", "EdDSA"}


def test_a_key_verifies_under_its_own_algorithm_only() -> None:
    ec = keys(public(ECKey.generate_key("P-256", {"kid": "ec"})))["ec"]
    for algorithm in ("none", "HS256", "RS256", "Ed25519", "ES384", ""):
        assert not ec.verifies(algorithm, b"signed", b"signature")
    assert not ec.verifies("ES256", b"signed", b"signature")
