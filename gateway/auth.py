"""Credentials: a bearer JWT becomes a Requester (RFC 6750, RFC 7519, RFC 8725)."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from exchange.refusals import IssuerUnavailable, Refusal, TokenExpired, TokenInvalid, Unauthenticated
from exchange.requester import Requester
from exchange.retention import civil_day
from gateway import token
from gateway.clients import Clients
from gateway.issuers import Issuer
from gateway.jwks import VerifyingKey
from gateway.token import Claims

_OPERATOR = re.compile(r"[\w.@-]{1,64}")
_ID_LIKE = re.compile(r"\d{15}")
_DIGEST = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token whose signature holds as long as its issuer has that key."""

    claims: Claims
    issuer: Issuer
    key: VerifyingKey


class Authenticator:
    """Verifies tokens. Only that a signature is good is kept, by the token's hash; all the rest is asked every time:
    time, key, certificate, client."""

    def __init__(
        self,
        issuers: Mapping[str, Issuer],
        clients: Clients,
        *,
        skew_s: int = 30,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        cache: int = 4_096,
    ) -> None:
        """`issuers`: by `iss`. `skew_s`: how far their clocks may be from ours."""
        self._issuers = issuers
        self._clients = clients
        self._skew_s = skew_s
        self._clock = clock
        self._cache = cache
        self._kept: OrderedDict[bytes, _Verified] = OrderedDict()

    async def requester(self, headers: Sequence[str], certificate: str | None = None) -> Requester:
        """From the request's Authorization headers, and the digest of the client certificate that it came with.

        Raises Unauthenticated, TokenInvalid, TokenExpired or IssuerUnavailable.
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
        requester = self._registered(verified.claims)
        self._kept[name] = verified
        self._kept.move_to_end(name)
        if len(self._kept) > self._cache:
            self._kept.popitem(last=False)
        return requester

    async def _verified(self, text: str) -> _Verified:
        """INVARIANT: the key is one of the issuer that the token names, and of no other."""
        presented = token.read(text)
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
            and (claims.cnf is not None or not client.bound_tokens)
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
            limits=client.limits,
        )


def challenge(refusal: Refusal) -> dict[str, str]:
    """The headers of a refusal of credentials: WWW-Authenticate of a 401 (RFC 6750 §3), Retry-After of a 503."""
    if isinstance(refusal, IssuerUnavailable):
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
