"""The demo's own OpenID provider: whoever comes chooses whom to play (OpenID Connect Core, code flow with PKCE).

It knows no passwords; that is why no city may run it. All else is as it should be anywhere: one client, one redirect
address, S256 alone, codes that hold once and for a minute.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from exchange.digests import Digests
from exchange.person import PersonId
from exchange.refusals import Refusal
from exchange.store.register import Register
from gateway.dashboard import origin, render
from gateway.dashboard.cookies import Cookies
from gateway.dashboard.headers import PAGE
from gateway.dashboard.provider import DISCOVERY, at_hash, challenge_of
from gateway.dashboard.signing import CALLBACK
from gateway.dashboard.visit import posted
from gateway.demo.codes import LASTS_S, Codes, Granted
from gateway.demo.issuer import PERSON, Issuer
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.users import USERS
from gateway.settings import Settings

AUTHORIZE, OPENID = "/demo/oauth/authorize", f"/demo{DISCOVERY}"
_LASTS = timedelta(hours=8)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_FIELDS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)
_LONGEST = 1_024
_SEE_OTHER = 303


class GrantInvalid(Exception):
    """RFC 6749 §5.2, `invalid_grant`."""


class Declined(Exception):
    """The client cannot be trusted with an answer: nothing is sent to its address."""


class Authorize:
    def __init__(
        self,
        issuer: Issuer,
        register: Register,
        codes: Codes,
        digests: Digests,
        client: str,
        public_url: str | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._issuer = issuer
        self._register = register
        self._codes = codes
        self._digests = digests
        self._client = client
        self._public_url = public_url
        self._clock = clock
        self._cookies = Cookies(secure=bool(public_url and public_url.startswith("https:")))

    @classmethod
    def open(cls, settings: Settings, register: Register, digests: Digests, clock: Callable[[], datetime]) -> Authorize:
        folder = settings.demo_issuer
        assert folder
        issuer = Issuer.open(folder, issuer=settings.issuer, audience=settings.audience)
        return cls(issuer, register, Codes(folder), digests, settings.sign_in_client, settings.public_url, clock)

    def metadata(self, base: str, more: Mapping[str, object]) -> Response:
        """OpenID Connect Discovery §3: what the OAuth metadata says, and the rest."""
        found = {
            **more,
            "authorization_endpoint": base + AUTHORIZE,
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["Ed25519"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid"],
        }
        return JSONResponse(found, headers={"Cache-Control": "public, max-age=300"})

    async def page(self, request: Request) -> Response:
        """GET: who may be played. POST: somebody was chosen, or nobody."""
        posting = request.method == "POST"
        try:
            if posting:
                origin.check(request, self._public_url)
            said = await posted(request) if posting else dict(request.query_params)
            self._known(request, said)
        except (Declined, Refusal):
            return self._shown(request, 400, said={}, users=())
        error = _error(said)
        if error:
            return self._back(said, error=error)
        if not posting:
            return self._shown(request, 200, said={name: said.get(name, "") for name in _FIELDS}, users=USERS.values())
        user = USERS.get(said.get("user", ""))
        if user is None:
            return self._back(said, error="access_denied")
        now = int(self._clock().timestamp())
        granted = Granted(
            user.operator,
            said["client_id"],
            said["redirect_uri"],
            said.get("nonce", ""),
            said["code_challenge"],
            now + LASTS_S,
        )
        return self._back(said, code=self._codes.give(granted, now))

    async def redeemed(self, form: Mapping[str, str]) -> dict[str, object]:
        """The answer of the token endpoint for `grant_type=authorization_code`. Raises GrantInvalid, and Refusal where
        the register cannot be read.

        A code is used up by whoever shows it, also with a wrong verifier: who stole one cannot try.
        """
        now = self._clock()
        granted = self._codes.take(form.get("code", ""), int(now.timestamp()))
        verifier = form.get("code_verifier", "")
        if (
            granted is None
            or form.get("client_id") != granted.client
            or form.get("redirect_uri") != granted.redirect_uri
            or not _VERIFIER.fullmatch(verifier)
            or not hmac.compare_digest(challenge_of(verifier), granted.challenge)
        ):
            raise GrantInvalid()
        user = USERS[granted.user]
        served = await self._register.served(user.client)
        if served is None:
            raise GrantInvalid()
        person = self._digests.person(PersonId.parse(TEST_PEOPLE[0].id_number)) if user.client == PERSON else None
        access = self._issuer.token(
            user.client, served.client.content, at=now, lasts=_LASTS, operator=user.operator, person=person
        )
        claims = {"nonce": granted.nonce} if granted.nonce else {}
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": int(_LASTS.total_seconds()),
            "id_token": self._issuer.id_token(
                user.operator, granted.client, at=now, at_hash=at_hash("Ed25519", access), **claims
            ),
        }

    def _known(self, request: Request, said: Mapping[str, str]) -> None:
        """Raises Declined for another client, or an address that is not the one registered for it, to the letter."""
        address = origin.own(request, self._public_url) + CALLBACK
        if said.get("client_id") != self._client or said.get("redirect_uri") != address:
            raise Declined()

    def _back(self, said: Mapping[str, str], **answer: str) -> Response:
        state = {"state": said["state"]} if said.get("state") else {}
        return RedirectResponse(f"{said['redirect_uri']}?{urlencode({**answer, **state})}", _SEE_OTHER, dict(PAGE))

    def _shown(self, request: Request, status: int, **context: Any) -> Response:
        language = self._cookies.language(request)
        return render.shown(
            "demo_authorize.html",
            status,
            language=language,
            theme=self._cookies.theme(request),
            t=lambda key: render.word(key, language),
            address=AUTHORIZE,
            **context,
        )


def _error(said: Mapping[str, str]) -> str | None:
    """RFC 6749 §4.1.2.1. PKCE is asked of every client, and its plain method of none."""
    if said.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in said.get("scope", "").split():
        return "invalid_scope"
    if said.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(said.get("code_challenge", "")):
        return "invalid_request"
    return "invalid_request" if any(len(said.get(name, "")) > _LONGEST for name in _FIELDS) else None
