"""A JSON Web Key Set becomes keys that can verify a token, each for its own algorithm only (RFC 7517, RFC 8725)."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

PublicKey = OKPKey | ECKey | RSAKey
ALGORITHMS = frozenset({"Ed25519", "EdDSA", "ES256", "RS256"})
"""What a token may be signed with. `EdDSA` is the older name of `Ed25519` (RFC 9864)."""
_LEAST_RSA_BITS = 2_048
_MOST_KEYS = 64
_LONGEST_KID = 128


class KeysFaulty(Exception):
    """The issuers or their keys cannot be used; `faults` says why."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """One public key of an issuer."""

    kid: str
    algorithms: frozenset[str]
    """The one algorithm that it is for, under all its names: what a token says never widens it."""
    key: PublicKey
    thumbprint: str
    """RFC 7638: another key under the same `kid` is another key."""

    def verifies(self, algorithm: str, signed: bytes, signature: bytes) -> bool:
        if algorithm not in self.algorithms:
            return False
        name = "Ed25519" if algorithm == "EdDSA" else algorithm
        try:
            return JWSRegistry.algorithms[name].verify(signed, signature, self.key)
        except (JoseError, ValueError):
            return False


def parsed(content: bytes, source: str) -> dict[str, VerifyingKey]:
    """The verifying keys by `kid`; `source` names them in a fault.

    Encryption keys and kinds of keys that are not ours are left out (RFC 7517 §5). Raises KeysFaulty for what no issuer
    may publish: a private or symmetric key (RFC 8725 §2.1), a short RSA key (RFC 7518 §3.3), two keys of one `kid`.
    """
    try:
        document = msgspec.json.decode(content)
        members = [dict(each) for each in document["keys"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise KeysFaulty(f"{source}: is not a JSON Web Key Set.") from None
    if len(members) > _MOST_KEYS:
        raise KeysFaulty(f"{source}: holds more than {_MOST_KEYS} keys.")
    found: dict[str, VerifyingKey] = {}
    for member in members:
        if member.get("kty") == "oct" or "d" in member:
            raise KeysFaulty(f"{source}: holds a key that is not a public one.")
        if member.get("use", "sig") != "sig":
            continue
        key = _verifying(member, source)
        if key is None:
            continue
        if key.kid in found:
            raise KeysFaulty(f"{source}: two keys have one 'kid'.")
        found[key.kid] = key
    if members and not found:
        raise KeysFaulty(f"{source}: no key is Ed25519, P-256 or RSA and for signatures.")
    return found


def _verifying(member: dict[str, object], source: str) -> VerifyingKey | None:
    try:
        (key,) = KeySet.import_key_set({"keys": [member]}).keys  # type: ignore[list-item]
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    algorithms = _algorithms(key)
    if not algorithms or member.get("alg") not in {None, *algorithms}:
        return None
    assert isinstance(key, PublicKey)
    kid = member.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_KID:
        raise KeysFaulty(f"{source}: every key needs a 'kid' of at most {_LONGEST_KID} characters.")
    if isinstance(key, RSAKey) and key.public_key.key_size < _LEAST_RSA_BITS:
        raise KeysFaulty(f"{source}: an RSA key needs at least {_LEAST_RSA_BITS} bits.")
    return VerifyingKey(kid, algorithms, key, key.thumbprint())


def _algorithms(key: object) -> frozenset[str] | None:
    if isinstance(key, OKPKey) and key.curve_name == "Ed25519":
        return frozenset({"Ed25519", "EdDSA"})
    if isinstance(key, ECKey) and key.curve_name == "P-256":
        return frozenset({"ES256"})
    return frozenset({"RS256"}) if isinstance(key, RSAKey) else None
