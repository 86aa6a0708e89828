"""OAuth 2 at the demo's issuer: the client credentials grant (RFC 6749 §4.4), its keys, and its metadata (RFC 8414).

The code grant, for the dashboard's users, ends here too; how it begins is `gateway.demo.authorize`.

A client shows its secret (§2.3.1) or signs an assertion (RFC 7523 §2.2), and names in `operator` the natural person on
whose behalf it asks: a parameter of ours, without which no token is given.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from exchange.client import Client
from exchange.digests import Digests
from exchange.refusals import BodyInvalid, BodyTooLarge
from exchange.store.register import Register
from gateway.auth import names_operator
from gateway.demo.assertions import KIND, Assertions
from gateway.demo.authorize import AUTHORIZE, Authorize, GrantInvalid
from gateway.demo.issuer import PERSON, PUBLIC, Issuer
from gateway.demo.posted import posted
from gateway.demo.secrets import Secrets
from gateway.settings import Settings

TOKEN, JWKS, METADATA = "/demo/oauth/token", "/demo/oauth/jwks.json", "/demo/.well-known/oauth-authorization-server"
_LASTS = timedelta(hours=1)
_KEPT = {"Cache-Control": "public, max-age=300"}
_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_CODE = "authorization_code"
_FORM = "application/x-www-form-urlencoded"


class OAuthRefused(Exception):
    """An error of RFC 6749 §5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


class OAuth:
    """Exists only where the demo's own issuer does."""

    def __init__(
        self,
        issuer: Issuer,
        register: Register,
        secrets: Secrets,
        assertions: Assertions,
        jwks: bytes,
        clock: Callable[[], datetime],
        authorize: Authorize,
    ) -> None:
        self._issuer = issuer
        self._register = register
        self._secrets = secrets
        self._assertions = assertions
        self._jwks = jwks
        self._clock = clock
        self.authorize = authorize

    @classmethod
    def open(cls, settings: Settings, register: Register, digests: Digests, clock: Callable[[], datetime]) -> OAuth:
        folder = settings.demo_issuer
        assert folder
        issuer = Issuer.open(folder, issuer=settings.issuer, audience=settings.audience)
        assertions = Assertions(folder / "clients", issuer.name, clock)
        authorize = Authorize.open(settings, register, digests, clock)
        return cls(issuer, register, Secrets(folder), assertions, (folder / PUBLIC).read_bytes(), clock, authorize)

    def jwks(self) -> Response:
        return Response(self._jwks, media_type="application/jwk-set+json", headers=_KEPT)

    def metadata(self, request: Request) -> Response:
        """`issuer` is what the tokens say. In the demo that is a name only, which leads nowhere."""
        return JSONResponse(self._said(_base(request)), headers=_KEPT)

    def openid(self, request: Request) -> Response:
        """The same for those who sign people in (OpenID Connect Discovery)."""
        return self.authorize.metadata(_base(request), self._said(_base(request)))

    def _said(self, base: str) -> dict[str, object]:
        return {
            "issuer": self._issuer.name,
            "token_endpoint": base + TOKEN,
            "jwks_uri": base + JWKS,
            "authorization_endpoint": base + AUTHORIZE,
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt", "none"],
            "token_endpoint_auth_signing_alg_values_supported": ["Ed25519", "EdDSA", "ES256", "RS256"],
            "tls_client_certificate_bound_access_tokens": True,
        }

    async def token(self, request: Request, certificate: str | None) -> Response:
        """`certificate`: of the client, from the trusted proxy; the token is then bound to it (RFC 8705 §3)."""
        try:
            form = await _form(request)
            if form.get("grant_type") == _CODE:
                return JSONResponse(await self._redeemed(request, form), headers=_NOT_KEPT)
            id = self._authenticated(request, form)
            token = await self._token(id, form, certificate)
        except OAuthRefused as refused:
            content = {"error": refused.error, "error_description": refused.description}
            if refused.error != "invalid_client":
                return JSONResponse(content, 400, _NOT_KEPT)
            return JSONResponse(content, 401, {**_NOT_KEPT, "WWW-Authenticate": 'Basic realm="demo issuer"'})
        content = {"access_token": token, "token_type": "Bearer", "expires_in": int(_LASTS.total_seconds())}
        return JSONResponse(content, headers=_NOT_KEPT)

    async def _redeemed(self, request: Request, form: dict[str, str]) -> dict[str, object]:
        """For a code: of the dashboard, which has no secret and shows its PKCE verifier instead."""
        if request.headers.getlist("authorization") or "client_secret" in form:
            raise OAuthRefused("invalid_request", "This client has no secret.")
        try:
            return await self.authorize.redeemed(form)
        except GrantInvalid:
            raise OAuthRefused(
                "invalid_grant", "The code is unknown, used or too old, or not for this client, address or verifier."
            ) from None

    def _authenticated(self, request: Request, form: dict[str, str]) -> str:
        """The client id; a client uses one way to prove it, and only one (§2.3)."""
        headers = request.headers.getlist("authorization")
        if "client_secret" in form:
            raise OAuthRefused("invalid_request", "The secret goes into the Authorization header.")
        if "client_assertion" in form or "client_assertion_type" in form:
            if headers or form.get("client_assertion_type") != KIND:
                raise OAuthRefused("invalid_request", "One way of authentication, and a known one.")
            id = self._assertions.client(form.get("client_assertion", ""))
        else:
            id, secret = _basic(headers)
            id = id if self._secrets.fit(id, secret) else None
        if id is None or form.get("client_id", id) != id:
            raise OAuthRefused("invalid_client", "There is no such client, or it did not prove that it is the one.")
        return id

    async def _token(self, id: str, form: dict[str, str], certificate: str | None) -> str:
        if form.get("grant_type") != "client_credentials":
            wanted = "grant_type" in form
            raise OAuthRefused(
                "unsupported_grant_type" if wanted else "invalid_request",
                "grant_type must be client_credentials or authorization_code.",
            )
        if form.get("scope"):
            raise OAuthRefused("invalid_scope", "There are no scopes: what a client may see, its registration says.")
        client = await self._known(id)
        operator = form.get("operator", "")
        if not names_operator(operator):
            raise OAuthRefused("invalid_request", "operator must name the natural person; never an id number.")
        return self._issuer.token(
            id, client, at=self._clock(), lasts=_LASTS, operator=operator, certificate=certificate
        )

    async def _known(self, id: str) -> Client:
        """Whether it is served at all is for the gateway to say, at each request."""
        served = await self._register.served(id)
        if served is None or id == PERSON:
            raise OAuthRefused("unauthorized_client", "This client may not use this grant.")
        return served.client.content


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def _form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthRefused("invalid_request", f"The body must be {_FORM}.")
    try:
        text = (await posted(request)).decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=32)
    except BodyTooLarge:
        raise OAuthRefused("invalid_request", "The body is too large.") from None
    except (ValueError, BodyInvalid):
        raise OAuthRefused("invalid_request", f"The body must be {_FORM}.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthRefused("invalid_request", "A parameter may stand once.")
    return form


def _basic(headers: list[str]) -> tuple[str, str]:
    """Id and secret; empty ones, which fit nobody, where the header is none of this kind."""
    scheme, _, text = (headers[0] if len(headers) == 1 else "").strip().partition(" ")
    try:
        id, colon, secret = base64.b64decode(text.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (unquote_plus(id), unquote_plus(secret)) if colon and scheme.lower() == "basic" else ("", "")
