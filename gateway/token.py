"""A bearer token as it was presented, read strictly and not yet believed (RFC 7515, RFC 7519, RFC 8725)."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from exchange.refusals import TokenInvalid

_LONGEST = 8_192
_LONGEST_KID = 128
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_REFUSED = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"})
"""Header parameters that bring a key, or change what the signature means. Others are ignored (RFC 7515 §4)."""


class Confirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cnf`: who may present the token (RFC 7800). A method other than the certificate is none that we check."""

    certificate: str = msgspec.field(name="x5t#S256")
    """Base64url of the SHA-256 of the client certificate (RFC 8705 §3.1)."""


class Claims(msgspec.Struct, frozen=True):
    """What every token must say; another type or a missing claim makes the token invalid."""

    iss: str
    aud: str | list[str]
    exp: int
    iat: int
    nbf: int
    jti: str
    sub: str
    """The operator: a natural person's name at the client, never an id number."""
    client_id: str
    role: str
    org: str
    districts: list[str] = []
    person: str | None = None
    """Keyed digest of the id number; for the role `person` only."""
    cnf: Confirmation | None = None


_C = TypeVar("_C", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Presented(Generic[_C]):
    """INVARIANT: nothing here is believed before the key that `claims.iss` and `kid` name has verified `signature`."""

    algorithm: str
    kid: str
    claims: _C
    signed: bytes
    signature: bytes


def read(text: str, kind: type[_C]) -> Presented[_C]:
    """A compact JWS of one JSON object that has the claims of `kind`.

    Raises TokenInvalid, also for a member or a claim that is said twice.
    """
    parts = text.split(".")
    if len(text) > _LONGEST or not text.isascii() or len(parts) != 3:
        raise TokenInvalid()
    try:
        head, payload = (_object(_decoded(part)) for part in parts[:2])
        claims = msgspec.convert(payload, kind)
        signature = _decoded(parts[2])
    except (ValueError, RecursionError):
        raise TokenInvalid() from None
    kid, algorithm, kind = head.get("kid"), head.get("alg"), head.get("typ", "JWT")
    if (
        not isinstance(kid, str)
        or not 0 < len(kid) <= _LONGEST_KID
        or not isinstance(algorithm, str)
        or not isinstance(kind, str)
        or kind.lower() not in _TYPES
        or _REFUSED & head.keys()
    ):
        raise TokenInvalid()
    return Presented(algorithm, kid, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def _decoded(part: str) -> bytes:
    """Base64url without padding, in its one right spelling."""
    try:
        found = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError from None
    if base64.urlsafe_b64encode(found).rstrip(b"=") != part.encode():
        raise ValueError
    return found


def _object(content: bytes) -> dict[str, Any]:
    found = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    if not isinstance(found, dict):
        raise ValueError
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refuse(constant: str) -> None:
    raise ValueError
