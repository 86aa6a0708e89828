"""The frame around every page: who is signed in, whose form this is, and what is shown when something is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from exchange.refusals import CountsPending, FormForeign, Internal, PageUnknown, Refusal, SessionEnded, SessionOther
from exchange.session import Secret, Session
from exchange.store.session import Sessions
from exchange.wording import Words
from gateway.dashboard import origin, render
from gateway.dashboard.api import Answers, ApiRefused, TokenRefused, Told, api
from gateway.dashboard.cookies import LANGUAGE, SESSION, SIGN_IN, SIGN_IN_S, THEME, Cookies
from gateway.dashboard.headers import PAGE, SIGNED_OUT
from gateway.dashboard.page import Draws, Page, Part
from gateway.dashboard.signing import CALLBACK, Signing
from gateway.dashboard.visit import ATTEMPT, ME, Visit, posted
from gateway.telemetry import fault

SIGN_IN_PATH = f"{origin.ROOT}/sign-in"
SIGNED_OUT_PATH = f"{origin.ROOT}/signed-out"
FORM_TOKEN = "form_token"  # noqa: S105
TOKEN_HEADER = "x-form-token"  # noqa: S105
_SAFE = frozenset({"GET", "HEAD"})
_SEE_OTHER = 303
_ACCEPTED = 202
_WRONG = 400
_PASSING = frozenset({429, 500, 503})
"""What goes by: the same may be asked again later, by the same person."""
_WHO = ("SIGN_IN_", "TOKEN_", "CLIENT_", "LICENCE_", "AGREEMENT_")
"""Beginnings of the codes that say who is not served."""
_EVERY_S, _ATTEMPTS = 3, 40
"""How often a page asks again for what is being counted."""
_NOWHERE = Page("/-", Words("", ""), draws=lambda visit: _unknown(visit), hidden=True)
_log = structlog.get_logger()
Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Frame:
    endpoint: Answers
    signing: Signing
    sessions: Sessions
    cookies: Cookies
    pages: tuple[Page, ...]
    public_url: str | None
    clock: Callable[[], datetime]

    async def draw(self, request: Request, page: Page, part: Part | None) -> Response:
        """One page, or a part of one, for whoever is signed in."""
        draws: Draws = part.draws if part else page.draws
        session: Session | None = None
        visit: Visit | None = None
        try:
            polls = part.polls if part else ATTEMPT in request.headers
            session = await self._session(request, use=not polls)
            form = await self._form(request, session)
            if session is None:
                raise SessionEnded()
            visit = Visit(
                request,
                session,
                page,
                self.cookies.language(request),
                self.cookies.theme(request),
                self.endpoint,
                self.pages,
                form=form,
            )
            if part is None:
                visit.me = (await visit.api(ME)).field("me")
            return await draws(visit)
        except TokenRefused:
            if session is not None:
                await self.sessions.end(session.secret)
            return self._refused(request, Told.of(SessionEnded()), SessionEnded.status, None)
        except ApiRefused as refused:
            return self._refused(request, refused.told, refused.status, visit)
        except Refusal as refusal:
            known = None if isinstance(refusal, SessionEnded | SessionOther) else visit
            return self._refused(request, Told.of(refusal), refusal.status, known)
        except Exception as error:
            _log.error("page_failed", page=page.path or "/", **fault(error))
            return self._refused(request, Told.of(Internal()), Internal.status, visit)

    async def unknown(self, request: Request) -> Response:
        return await self.draw(request, _NOWHERE, None)

    async def sign_in(self, request: Request) -> Response:
        """Off to the provider."""
        try:
            address, kept = await self.signing.begun(self._callback(request), request.query_params.get("next", ""))
        except Refusal as refusal:
            return self._refused(request, Told.of(refusal), refusal.status, None)
        response = RedirectResponse(address, _SEE_OTHER, dict(PAGE))
        self.cookies.begin(response, SIGN_IN, kept, SIGN_IN_S)
        return response

    async def callback(self, request: Request) -> Response:
        """Back from the provider. The session's secret is always new: nobody can fix it before."""
        query = dict(request.query_params)
        try:
            if len(query) != len(request.query_params.multi_items()):
                query = {}
            token, lasts_s, back = await self.signing.tokens(
                self.cookies.read(request, SIGN_IN), query, self._callback(request)
            )
            before = Secret.parse(self.cookies.read(request, SESSION))
            session = await self.signing.session(token, lasts_s, self.clock(), before)
            try:
                await api(self.endpoint, session, ME)
            except ApiRefused:
                await self.sessions.end(session.secret)
                raise
        except ApiRefused as refused:
            response = self._refused(request, refused.told, refused.status, None)
        except Refusal as refusal:
            response = self._refused(request, Told.of(refusal), refusal.status, None)
        else:
            response = RedirectResponse(back, _SEE_OTHER, dict(PAGE))
            self.cookies.begin(response, SESSION, session.secret.text)
        self.cookies.end(response, SIGN_IN)
        return response

    async def sign_out(self, request: Request) -> Response:
        try:
            session = await self._session(request, use=False)
            await self._form(request, session)
            if session is not None:
                await self.sessions.end(session.secret)
        except Refusal as refusal:
            return self._refused(request, Told.of(refusal), refusal.status, None)
        response = RedirectResponse(SIGNED_OUT_PATH, _SEE_OTHER, {**PAGE, **SIGNED_OUT})
        self.cookies.end(response, SESSION)
        return response

    async def signed_out(self, request: Request) -> Response:
        return self._outside(request, "signed_out.html", 200, back=origin.ROOT)

    async def preferences(self, request: Request) -> Response:
        """Language and colours: of this browser, signed in or not."""
        try:
            origin.check(request, self.public_url)
            form = await posted(request)
        except Refusal as refusal:
            return self._refused(request, Told.of(refusal), refusal.status, None)
        response = RedirectResponse(origin.local(form.get("back")), _SEE_OTHER, dict(PAGE))
        for name in (LANGUAGE, THEME):
            self.cookies.choose(response, name, form.get(name, ""))
        return response

    async def _session(self, request: Request, *, use: bool) -> Session | None:
        secret = Secret.parse(self.cookies.read(request, SESSION))
        return None if secret is None else await self.sessions.find(secret, self.clock(), use=use)

    async def _form(self, request: Request, session: Session | None) -> Mapping[str, str]:
        """INVARIANT: nothing is done, and no fragment is given, for a page of another site or of another session.

        Raises FormForeign or SessionOther.
        """
        given = request.headers.get(TOKEN_HEADER)
        if request.method in _SAFE:
            if _is_fragment(request) and session is not None and not (given and session.is_of(given)):
                raise SessionOther()
            return {}
        origin.check(request, self.public_url)
        form = await posted(request)
        given = given or form.pop(FORM_TOKEN, None)
        if given is None:
            raise FormForeign()
        if session is not None and not session.is_of(given):
            raise SessionOther()
        return form

    def _callback(self, request: Request) -> str:
        return origin.own(request, self.public_url) + CALLBACK

    def _refused(self, request: Request, told: Told, status: int, visit: Visit | None) -> Response:
        back = origin.local(_page_of(request))
        ended = told.code == SessionEnded.code
        more = {
            "told": told,
            "back": back,
            "sign_in": f"{SIGN_IN_PATH}?next={quote(back, safe='')}",
            "passes": status in _PASSING,
        }
        inside = visit is not None and bool(visit.me)
        if visit is not None and inside and told.code == CountsPending.code:
            response = self._pending(visit, more)
        elif _is_fragment(request):
            response = self._outside(request, "notice.html", status, ended=ended, **more)
            response.headers["HX-Retarget"] = "#notice"
            response.headers["HX-Reswap"] = "innerHTML"
        elif visit is not None and inside:
            response = visit.show("refused.html", status, pending=False, filtered=_filtered(request, status), **more)
        elif ended:
            response = self._outside(request, "welcome.html", status, **more)
        else:
            response = self._outside(request, "stopped.html", status, signs_in=_by_another(told, status), **more)
        if told.retry_after_s:
            response.headers["Retry-After"] = str(told.retry_after_s)
        return response

    def _pending(self, visit: Visit, more: Mapping[str, Any]) -> Response:
        """What is being counted comes by itself, within bounds; the question for it keeps no idle session alive."""
        asked = visit.attempt
        again = asked + 1 if asked < _ATTEMPTS else 0
        more = {**more, "passes": True}
        return visit.show(
            "refused.html", _ACCEPTED, pending=True, filtered=False, again=again, every_s=_EVERY_S, **more
        )

    def _outside(self, request: Request, template: str, status: int, **context: Any) -> Response:
        """A page for whoever is not signed in."""
        language = self.cookies.language(request)
        return render.shown(
            template,
            status,
            language=language,
            theme=self.cookies.theme(request),
            t=lambda key: render.word(key, language),
            **context,
        )


async def _unknown(visit: Visit) -> Response:
    raise PageUnknown()


def _filtered(request: Request, status: int) -> bool:
    """Whether it may be what the address asks for that is refused, and not the page."""
    return bool(request.url.query) and status < _WRONG


def _by_another(told: Told, status: int) -> bool:
    """Whether somebody else, or the same person signed in anew, may be served."""
    return told.code.startswith(_WHO) and status not in _PASSING


def _is_fragment(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def _page_of(request: Request) -> str:
    """Where the reader is: of a fragment or a form the page that it belongs to, which carries no parameter; of the
    way back from the provider, which is gone once, the first page."""
    if request.url.path == CALLBACK:
        return origin.ROOT
    if request.method in _SAFE and (not _is_fragment(request) or ATTEMPT in request.headers):
        return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    page = request.scope.get("state", {}).get("page")
    return origin.ROOT + page.path if isinstance(page, Page) else origin.ROOT
