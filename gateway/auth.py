"""Credentials: a bearer JWT becomes a Requester (RFC 6750, RFC 7519, RFC 8725)."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from exchange.client import Client
from exchange.organisation import Organisation
from exchange.refusals import IssuerUnavailable, Refusal, StoreUnavailable, TokenExpired, TokenInvalid, Unauthenticated
from exchange.registration import barred
from exchange.requester import Requester
from exchange.retention import civil_day
from exchange.store.register import Served as AsRegistered
from gateway import token
from gateway.issuers import Issuer
from gateway.jwks import VerifyingKey
from gateway.token import Claims

_OPERATOR = re.compile(r"[\w.@-]{1,64}")
_ID_LIKE = re.compile(r"\d{15}")
_DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True)
class _Verified:
    """A token whose signature holds as long as its issuer has that key."""

    claims: Claims
    issuer: Issuer
    key: VerifyingKey
    known: tuple[AsRegistered, Requester] | None = None
    """Who asks by it, as long as exactly this stands in the register."""


class Barred(Exception):
    """Who asks is known, by credentials that hold, and is not served all the same: the client or its organisation is
    pending, suspended, closed, unlicensed or without agreement. The refusal is sealed under that name."""

    def __init__(self, requester: Requester, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.requester = requester
        self.refusal = refusal


class Served(Protocol):
    """Where the register is kept; see `exchange.store.register`."""

    async def served(self, client: str) -> AsRegistered | None: ...


class Authenticator:
    """Verifies tokens. Only that a signature is good is kept, by the token's hash; all the rest is asked every time:
    time, key, certificate, client."""

    def __init__(
        self,
        issuers: Mapping[str, Issuer],
        register: Served,
        *,
        skew_s: int = 30,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        cache: int = 4_096,
    ) -> None:
        """`issuers`: by `iss`. `skew_s`: how far their clocks may be from ours."""
        self._issuers = issuers
        self._register = register
        self._skew_s = skew_s
        self._clock = clock
        self._cache = cache
        self._kept: OrderedDict[bytes, _Verified] = OrderedDict()

    async def requester(self, headers: Sequence[str], certificate: str | None = None) -> Requester:
        """From the request's Authorization headers, and the digest of the client certificate that it came with.

        Raises Unauthenticated, TokenInvalid, TokenExpired, IssuerUnavailable, StoreUnavailable or Barred.
        """
        text = _bearer(headers)
        name = hashlib.sha256(text.encode()).digest()
        verified = self._kept.get(name)
        if verified is None or not verified.issuer.keys.holds(verified.key):
            self._kept.pop(name, None)
            verified = await self._verified(text)
        try:
            self._in_time(verified.claims)
        except Refusal:
            self._kept.pop(name, None)
            raise
        self._bound(verified.claims, certificate)
        requester = await self._registered(verified)
        self._kept[name] = verified
        self._kept.move_to_end(name)
        if len(self._kept) > self._cache:
            self._kept.popitem(last=False)
        return requester

    async def _verified(self, text: str) -> _Verified:
        """INVARIANT: the key is one of the issuer that the token names, and of no other."""
        presented = token.read(text, Claims)
        claims = presented.claims
        issuer = self._issuers.get(claims.iss)
        audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if issuer is None or issuer.audience not in audiences or presented.algorithm not in issuer.algorithms:
            raise TokenInvalid()
        if not issuer.speaks_for(claims.client_id, claims.role):
            raise TokenInvalid()
        key = await issuer.keys.find(presented.kid)
        if key is None or not key.verifies(presented.algorithm, presented.signed, presented.signature):
            raise TokenInvalid()
        return _Verified(claims, issuer, key)

    def _in_time(self, claims: Claims) -> None:
        now = int(self._clock().timestamp())
        if max(claims.nbf, claims.iat) > now + self._skew_s or claims.exp < claims.iat:
            raise TokenInvalid()
        if claims.exp + self._skew_s <= now:
            raise TokenExpired()

    def _bound(self, claims: Claims, certificate: str | None) -> None:
        """RFC 8705 §3: a token that was bound to a certificate is worth nothing without it."""
        if claims.cnf is not None and claims.cnf.certificate != certificate:
            raise TokenInvalid()

    async def _registered(self, verified: _Verified) -> Requester:
        """INVARIANT: unknown means deny.

        The register is read each time: what was suspended, or has expired, is served no more from the next request on.
        """
        served = await self._register.served(verified.claims.client_id)
        if served is None:
            raise TokenInvalid()
        if verified.known is None or verified.known[0] is not served:
            verified.known = served, _requester(verified.claims, served)
        requester = verified.known[1]
        refusal = barred(served.client, served.organisation, civil_day(self._clock()))
        if refusal is not None:
            raise Barred(requester, refusal)
        return requester


def _requester(claims: Claims, served: AsRegistered) -> Requester:
    """A token adds no attribute, and its districts only narrow. Raises TokenInvalid."""
    client = served.client.content
    if not _fits(claims, client, served.organisation.content):
        raise TokenInvalid()
    return Requester(
        organisation=client.organisation,
        client=claims.client_id,
        operator=claims.sub,
        role=claims.role,
        districts=frozenset(claims.districts or client.districts),
        person=claims.person,
        attributes=client.attributes,
        limits=client.limits,
        purposes=None if client.purposes is None else frozenset(client.purposes),
        telling=client.withheld,
    )


def _fits(claims: Claims, client: Client, organisation: Organisation) -> bool:
    """Whether the token says nothing that its client is not registered for."""
    return (
        claims.org == client.organisation
        and claims.role in client.roles
        and organisation.admits([claims.role])
        and names_operator(claims.sub)
        and (claims.role == "person") == (claims.person is not None)
        and (claims.person is None or bool(_DIGEST.fullmatch(claims.person)))
        and (claims.cnf is not None or not client.bound_tokens)
        and (not client.districts or set(claims.districts) <= set(client.districts))
    )


def challenge(refusal: Refusal) -> dict[str, str]:
    """The headers of a refusal of credentials: WWW-Authenticate of a 401 (RFC 6750 §3), Retry-After of a 503."""
    if isinstance(refusal, IssuerUnavailable | StoreUnavailable):
        return {"Retry-After": "10"}
    realm = 'Bearer realm="personal-credit-gateway"'
    if isinstance(refusal, Unauthenticated):
        return {"WWW-Authenticate": realm}
    return {"WWW-Authenticate": f'{realm}, error="invalid_token", error_description="{refusal.message}"'}


def _bearer(headers: Sequence[str]) -> str:
    if not headers:
        raise Unauthenticated()
    scheme, _, text = headers[0].strip().partition(" ")
    text = text.strip()
    if scheme.lower() != "bearer" or not text:
        raise Unauthenticated()
    if len(headers) > 1 or not text.isascii():
        raise TokenInvalid()
    return text


def names_operator(text: str) -> bool:
    """Whether a text may stand for a natural person at a client: short, and nothing like an id number in it."""
    return bool(_OPERATOR.fullmatch(text)) and not _ID_LIKE.search(text)
