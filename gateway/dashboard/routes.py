"""The dashboard's addresses, and how it is put together."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from exchange.session import Lasting
from exchange.store.database import Database
from exchange.store.session import Sessions
from gateway.built import Built
from gateway.dashboard import origin, render
from gateway.dashboard.api import Answers
from gateway.dashboard.cookies import Cookies
from gateway.dashboard.frame import Frame
from gateway.dashboard.page import Page, Part
from gateway.dashboard.pages import PAGES
from gateway.dashboard.provider import DISCOVERY, Provider, Registered
from gateway.dashboard.signing import CALLBACK, Signing
from gateway.demo.issuer import PUBLIC
from gateway.keysource import KeyFile, Published
from gateway.settings import Settings

_OWN = "http://127.0.0.1"
_TIMEOUT_S = 5.0
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}
"""The address of a built file changes with what is in it."""


def enabled(settings: Settings) -> bool:
    """Where somebody can sign in: at a provider of the settings, or at the demo's own."""
    return settings.sign_in_issuer is not None or settings.demo_issuer is not None


def routes() -> list[BaseRoute]:
    root = origin.ROOT
    found: list[BaseRoute] = [
        Route(f"{root}/sign-in", _to(lambda frame, request: frame.sign_in(request))),
        Route(CALLBACK, _to(lambda frame, request: frame.callback(request))),
        Route(f"{root}/sign-out", _to(lambda frame, request: frame.sign_out(request)), methods=["POST"]),
        Route(f"{root}/signed-out", _to(lambda frame, request: frame.signed_out(request))),
        Route(f"{root}/preferences", _to(lambda frame, request: frame.preferences(request)), methods=["POST"]),
    ]
    for page in PAGES:
        found.append(Route(root + page.path, _drawn(page, None)))
        found += [
            Route(root + page.path + part.path, _drawn(page, part), methods=list(part.methods)) for part in page.parts
        ]
    found.append(Route(f"{root}/{{rest:path}}", _to(lambda frame, request: frame.unknown(request))))
    if render.BUILT.is_dir():
        found.append(Mount("/static/dashboard", Built(directory=render.BUILT, headers=_KEPT)))
    return found


async def opened(
    settings: Settings,
    app: Starlette,
    database: Database,
    endpoint: Answers,
    clock: Callable[[], datetime],
    stack: AsyncExitStack,
) -> Frame:
    """`app`: the gateway itself, where the demo's own provider answers. Raises OSError or ssl.SSLError for a file of
    authorities that is none."""
    lasting = Lasting(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))
    sessions = Sessions(database, lasting)
    provider = await _provider(settings, app, clock, stack)
    url = settings.public_url
    return Frame(
        endpoint,
        Signing(provider, sessions),
        sessions,
        Cookies(secure=url is not None and url.startswith("https:")),
        PAGES,
        url,
        clock,
    )


async def _provider(
    settings: Settings, app: Starlette, clock: Callable[[], datetime], stack: AsyncExitStack
) -> Provider:
    skew_s = settings.clock_skew_s
    if settings.sign_in_issuer is None:
        folder = settings.demo_issuer
        assert folder
        own = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=_OWN, trust_env=False)
        await stack.enter_async_context(own)
        return Provider(
            Registered(settings.issuer, settings.sign_in_client),
            own,
            lambda _: KeyFile(folder / PUBLIC),
            discovery=f"{_OWN}/demo{DISCOVERY}",
            own=True,
            skew_s=skew_s,
            clock=clock,
        )
    context = ssl.create_default_context(cafile=settings.sign_in_ca)
    http = httpx.AsyncClient(verify=context, trust_env=False, follow_redirects=False, timeout=_TIMEOUT_S)
    await stack.enter_async_context(http)

    def keys(address: str) -> Published:
        source = Published(address, settings.sign_in_ca)
        stack.push_async_callback(source.close)
        return source

    registered = Registered(
        settings.sign_in_issuer, settings.sign_in_client, settings.sign_in_secret, settings.sign_in_scope
    )
    return Provider(registered, http, keys, skew_s=skew_s, clock=clock)


def _to(answers: Callable[[Frame, Request], object]) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        return await answers(_frame(request), request)  # type: ignore[misc]

    return answer


def _drawn(page: Page, part: Part | None) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        request.scope.setdefault("state", {})["page"] = page
        return await _frame(request).draw(request, page, part)

    return answer


def _frame(request: Request) -> Frame:
    return request.app.state.gateway.dashboard
