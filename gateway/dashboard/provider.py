"""The OpenID provider at whom users sign in: authorisation code with PKCE (OpenID Connect Core, RFC 6749, RFC 7636).

INVARIANT: nobody is signed in but by an id token that this provider signed, for this client, for this one attempt.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec
import structlog

from exchange.refusals import SignInDeclined, SignInRefused, SignInUnavailable, TokenInvalid
from gateway import token
from gateway.jwks import ALGORITHMS, KeysFaulty, VerifyingKey, parsed
from gateway.keysource import Source, SourceFailed, permitted

DISCOVERY = "/.well-known/openid-configuration"
_FRESH_S = 3_600.0
_PAUSE_S = 2.0
_LARGEST_BYTES = 262_144
_LONGEST_CODE = 2_048
_OK, _BAD_REQUEST = 200, 400
_log = structlog.get_logger()
_T = TypeVar("_T")


class Discovered(msgspec.Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery §3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    code_challenge_methods_supported: tuple[str, ...] | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    end_session_endpoint: str | None = None


class Tokens(msgspec.Struct, frozen=True):
    """Answer of the token endpoint (OpenID Connect Core §3.1.3.3)."""

    access_token: str
    id_token: str
    token_type: str
    expires_in: int | None = None


class IdClaims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str | list[str]
    exp: int
    iat: int
    nonce: str
    azp: str | None = None
    at_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """How the provider knows the dashboard."""

    issuer: str
    client: str
    secret: str | None = None
    scope: str = "openid"


class Provider:
    """`discovery`: where the document stands, if not beneath the issuer. `keys`: makes the source of its keys from the
    address that the document names."""

    def __init__(
        self,
        registered: Registered,
        http: httpx.AsyncClient,
        keys: Callable[[str], Source],
        *,
        discovery: str | None = None,
        own: bool = False,
        skew_s: int = 30,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`own`: the provider is this gateway itself (the demo's), so that addresses on it are paths."""
        self._registered = registered
        self._http = http
        self._make_keys = keys
        self._discovery = discovery or registered.issuer.rstrip("/") + DISCOVERY
        self._own = own
        self._skew_s = skew_s
        self._clock = clock
        self._document: Discovered | None = None
        self._document_until = 0.0
        self._keys: Mapping[str, VerifyingKey] = {}
        self._keys_until = self._keys_tried = float("-inf")
        self._source: Source | None = None

    async def address(self, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """Where the browser is sent. Raises SignInUnavailable."""
        found = await self._discovered()
        query = {
            "response_type": "code",
            "client_id": self._registered.client,
            "redirect_uri": redirect_uri,
            "scope": self._registered.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = found.authorization_endpoint
        if self._own:
            endpoint = urlsplit(endpoint).path
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def signed_in(self, code: str, verifier: str, nonce: str, redirect_uri: str) -> Tokens:
        """The tokens for a code. Raises SignInUnavailable, SignInDeclined where the provider takes the code not (or no
        more), and SignInRefused where its id token does not hold."""
        if not 0 < len(code) <= _LONGEST_CODE:
            raise SignInRefused()
        found = await self._discovered()
        tokens = await self._exchanged(found, code, verifier, redirect_uri)
        if tokens.token_type.lower() != "bearer":
            raise SignInUnavailable()
        try:
            await self._verified(tokens, nonce)
        except TokenInvalid:
            _log.warning("sign_in_refused", reason="ID_TOKEN")
            raise SignInRefused() from None
        return tokens

    async def _exchanged(self, found: Discovered, code: str, verifier: str, redirect_uri: str) -> Tokens:
        registered = self._registered
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"Accept": "application/json"}
        if registered.secret is None:
            form["client_id"] = registered.client
        elif "client_secret_basic" in found.token_endpoint_auth_methods_supported:
            pair = f"{quote(registered.client, safe='')}:{quote(registered.secret, safe='')}"  # RFC 6749 §2.3.1
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": registered.client, "client_secret": registered.secret}
        status, content = await self._asked("POST", found.token_endpoint, form, headers)
        if status == _BAD_REQUEST:
            raise SignInDeclined()
        return self._read(status, content, Tokens)

    async def _verified(self, tokens: Tokens, nonce: str) -> None:
        """OpenID Connect Core §3.1.3.7. Raises TokenInvalid."""
        presented = token.read(tokens.id_token, IdClaims)
        claims, now = presented.claims, int(self._clock().timestamp())
        audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        client = self._registered.client
        if (
            claims.iss != self._registered.issuer
            or client not in audiences
            or (claims.azp if len(audiences) > 1 or claims.azp is not None else client) != client
            or claims.exp + self._skew_s <= now
            or claims.iat > now + self._skew_s
            or claims.nonce != nonce
            or not claims.sub
            or presented.algorithm not in ALGORITHMS
        ):
            raise TokenInvalid()
        if claims.at_hash is not None and claims.at_hash != at_hash(presented.algorithm, tokens.access_token):
            raise TokenInvalid()
        key = await self._key(presented.kid)
        if key is None or not key.verifies(presented.algorithm, presented.signed, presented.signature):
            raise TokenInvalid()

    async def _key(self, kid: str) -> VerifyingKey | None:
        """An unknown one makes the keys be read anew, but not more often than every two seconds."""
        now = time.monotonic()
        if (kid not in self._keys or now >= self._keys_until) and now - self._keys_tried >= _PAUSE_S:
            self._keys_tried = now
            source = self._source or self._make_keys((await self._discovered()).jwks_uri)
            self._source = source
            try:
                content, fresh_s = await source.read()
                self._keys, self._keys_until = parsed(content, source.name), now + fresh_s
            except (SourceFailed, KeysFaulty):
                _log.warning("sign_in_unavailable", reason="KEYS")
                raise SignInUnavailable() from None
        return self._keys.get(kid)

    async def _discovered(self) -> Discovered:
        now = time.monotonic()
        if self._document is None or now >= self._document_until:
            status, content = await self._asked("GET", self._discovery, None, {"Accept": "application/json"})
            found = self._read(status, content, Discovered)
            methods = found.code_challenge_methods_supported
            addresses = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
            if (
                found.issuer != self._registered.issuer
                or not (self._own or all(map(permitted, addresses)))
                or (methods is not None and "S256" not in methods)
            ):
                _log.warning("sign_in_unavailable", reason="DISCOVERY")
                raise SignInUnavailable()
            self._document, self._document_until = found, now + _FRESH_S
        return self._document

    async def _asked(
        self, method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        try:
            async with self._http.stream(method, url, data=form, headers=headers) as response:
                content = bytearray()
                async for part in response.aiter_bytes():
                    content += part
                    if len(content) > _LARGEST_BYTES:
                        raise SignInUnavailable()
                return response.status_code, bytes(content)
        except (httpx.HTTPError, httpx.InvalidURL):
            _log.warning("sign_in_unavailable", reason="UNREACHABLE")
            raise SignInUnavailable() from None

    def _read(self, status: int, content: bytes, kind: type[_T]) -> _T:
        try:
            if status != _OK:
                raise ValueError
            return msgspec.json.decode(content, type=kind)
        except ValueError:
            _log.warning("sign_in_unavailable", reason="ANSWER")
            raise SignInUnavailable() from None


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def at_hash(algorithm: str, access_token: str) -> str:
    """Left half of the hash that belongs to the algorithm (OpenID Connect Core §3.1.3.6)."""
    hash_ = hashlib.sha512 if algorithm in {"Ed25519", "EdDSA"} else hashlib.sha256
    found = hash_(access_token.encode()).digest()
    return base64.urlsafe_b64encode(found[: len(found) // 2]).rstrip(b"=").decode()
