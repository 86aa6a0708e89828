"""Credentials: a bearer JWT becomes a Requester (RFC 6750, RFC 7519, RFC 8725)."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, GuestProtocol, KeySet, OKPKey, RSAKey

from exchange.refusals import Refusal, TokenExpired, TokenInvalid, Unauthenticated
from exchange.requester import Requester
from exchange.retention import civil_day
from gateway.clients import Clients

_LONGEST_TOKEN = 8_192
_OPERATOR = re.compile(r"[\w.@-]{1,64}")
_ID_LIKE = re.compile(r"\d{15}")
_DIGEST = re.compile(r"[0-9a-f]{32}")

PublicKey = OKPKey | ECKey | RSAKey


class KeysFaulty(Exception):
    """The issuer's keys cannot be used; `faults` says why."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.faults = (fault,)


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


def public_keys(path: Path) -> dict[str, PublicKey]:
    """The issuer's JWKS by `kid`. A symmetric or private one stops the start (RFC 8725 §2.1): KeysFaulty."""
    try:
        keys = KeySet.import_key_set(msgspec.json.decode(path.read_bytes())).keys
    except OSError as error:
        raise KeysFaulty(f"{path}: cannot be read ({type(error).__name__}).") from None
    except (JoseError, ValueError, TypeError, KeyError):
        raise KeysFaulty(f"{path}: is not a JSON Web Key Set.") from None
    found: dict[str, PublicKey] = {}
    for key in keys:
        if not isinstance(key, OKPKey | ECKey | RSAKey) or key.is_private:
            raise KeysFaulty(f"{path}: holds a key that is not a public one.")
        if not key.kid or _algorithm(key) is None:
            raise KeysFaulty(f"{path}: every key needs a 'kid' and must be Ed25519, P-256 or RSA.")
        found[key.kid] = key
    return found


class Authenticator:
    """Verifies tokens; keeps verified ones, by their hash, until they expire."""

    def __init__(
        self,
        keys: dict[str, PublicKey],
        clients: Clients,
        *,
        issuer: str,
        audience: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        cache: int = 4_096,
    ) -> None:
        self._keys = keys
        self._clients = clients
        self._clock = clock
        self._cache = cache
        self._kept: OrderedDict[bytes, tuple[int, Requester]] = OrderedDict()
        essential = {name: {"essential": True} for name in ("exp", "iat", "nbf", "jti", "sub")}
        self._registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock().timestamp()),
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            **essential,  # type: ignore[arg-type]
        )

    def requester(self, headers: Sequence[str]) -> Requester:
        """From the request's Authorization headers. Raises Unauthenticated, TokenInvalid or TokenExpired."""
        if not headers:
            raise Unauthenticated()
        scheme, _, token = headers[0].strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated()
        if len(headers) > 1 or len(token) > _LONGEST_TOKEN or not token.isascii():
            raise TokenInvalid()
        name = hashlib.sha256(token.encode()).digest()
        kept = self._kept.get(name)
        if kept:
            if kept[0] <= self._clock().timestamp():
                del self._kept[name]
                raise TokenExpired()
            return kept[1]
        claims = self._verified(token)
        requester = self._registered(claims)
        self._kept[name] = (claims.exp, requester)
        if len(self._kept) > self._cache:
            self._kept.popitem(last=False)
        return requester

    def _verified(self, token: str) -> Claims:
        try:
            decoded = jwt.decode(token, self._key, algorithms=["Ed25519", "ES256", "RS256"])
            claims = msgspec.convert(decoded.claims, Claims)
            self._registry.validate(decoded.claims)
        except ExpiredTokenError:
            raise TokenExpired() from None
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise TokenInvalid() from None
        return claims

    def _key(self, token: GuestProtocol) -> PublicKey:
        """The key that `kid` names, and only for its own algorithm."""
        headers = token.headers()
        kid = headers.get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None or headers.get("alg") != _algorithm(key):
            raise ValueError("no such key")
        return key

    def _registered(self, claims: Claims) -> Requester:
        """INVARIANT: unknown means deny. A token adds no attribute, and its districts only narrow."""
        client = self._clients.find(claims.client_id)
        known = (
            client is not None
            and client.serves_on(civil_day(self._clock()))
            and claims.org == client.organisation
            and claims.role in client.roles
            and names_operator(claims.sub)
            and (claims.role == "person") == (claims.person is not None)
            and (claims.person is None or _DIGEST.fullmatch(claims.person))
        )
        if not known or client is None:
            raise TokenInvalid()
        if client.districts and not set(claims.districts) <= set(client.districts):
            raise TokenInvalid()
        return Requester(
            organisation=client.organisation,
            client=claims.client_id,
            operator=claims.sub,
            role=claims.role,
            districts=frozenset(claims.districts or client.districts),
            person=claims.person,
            attributes=client.attributes,
        )


def challenge(refusal: Refusal) -> str:
    """The WWW-Authenticate header of a 401 (RFC 6750 §3)."""
    realm = 'Bearer realm="personal-credit-gateway"'
    if isinstance(refusal, Unauthenticated):
        return realm
    return f'{realm}, error="invalid_token", error_description="{refusal.message}"'


def _algorithm(key: PublicKey) -> str | None:
    """The one algorithm that a key is for: what a token says never widens it."""
    if isinstance(key, OKPKey):
        return "Ed25519" if key.curve_name == "Ed25519" else None
    if isinstance(key, ECKey):
        return "ES256" if key.curve_name == "P-256" else None
    return "RS256"


def names_operator(text: str) -> bool:
    """Whether a text may stand for a natural person at a client: short, and nothing like an id number in it."""
    return bool(_OPERATOR.fullmatch(text)) and not _ID_LIKE.search(text)
