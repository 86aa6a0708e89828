"""A fragment of a page that comes anew over server-sent events whenever it has changed.

INVARIANT: each event is asked from the API as the user, in the session that the page belongs to; when that session
ends, in whatever process, the stream ends before its next event.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from starlette.responses import Response, StreamingResponse

from exchange.refusals import LimitsUnavailable, Refusal, SessionOther
from gateway.dashboard.api import ApiRefused
from gateway.dashboard.headers import PAGE
from gateway.dashboard.visit import Visit
from gateway.telemetry import fault

EVERY_S = 2.0
LASTS_S = 60.0
"""A stream ends after this, and the browser asks for another: no stream outlives a worker's end for long."""
MOST = 100
"""Streams open at once in one process."""
MOST_OF_ONE = 6
"""… and of one session: nobody takes them all. Browsers open no more either, over HTTP/1.1."""
_RETRY_MS = 1000
_MARK = 16
Draws = Callable[[Visit], Awaitable[Response]]
_open: dict[object, str] = {}
"""Stream → name of its session."""
_PASSING = frozenset({429, 503})
"""What goes by: too many asks, a store or source that is down. The page keeps what it shows."""
_log = structlog.get_logger()


def mark(visit: Visit) -> str:
    """Names the page's session in the stream's address, since EventSource sends no header. It opens nothing."""
    return visit.session.secret.text_of("live")[:_MARK]


def stream(visit: Visit, draws: Draws) -> Response:
    """`draws`: the fragment, asked anew each time. Raises SessionOther for a page of another session, and
    LimitsUnavailable where too many look already, in this session or in all."""
    if not hmac.compare_digest(visit.query("of").encode(), mark(visit).encode()):
        raise SessionOther()
    own = sum(each == visit.session.secret.id for each in _open.values())
    if len(_open) >= MOST or own >= MOST_OF_ONE:
        raise LimitsUnavailable()
    headers = {**PAGE, "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(visit, draws), 200, headers, "text/event-stream")


async def _events(visit: Visit, draws: Draws) -> AsyncIterator[str]:
    held = object()
    _open[held] = visit.session.secret.id
    try:
        yield f"retry: {_RETRY_MS}\n\n"
        before, until = "", asyncio.get_running_loop().time() + LASTS_S
        while asyncio.get_running_loop().time() < until:
            shown = await _shown(visit, draws, before)
            if shown is None:
                yield _event("ended", "")
                return
            yield _event("shown", shown) if shown != before else ": as before\n\n"
            before = shown
            await asyncio.sleep(EVERY_S)
    finally:
        _open.pop(held, None)


async def _shown(visit: Visit, draws: Draws, before: str) -> str | None:
    """What is to be shown now; None: nobody may see it in this session any more."""
    frame = visit.request.app.state.gateway.dashboard
    try:
        if await frame.sessions.find(visit.session.secret, frame.clock(), use=False) is None:
            return None
        return bytes((await draws(visit)).body).decode()
    except (ApiRefused, Refusal) as refused:
        return before if refused.status in _PASSING else None
    except Exception as error:
        _log.error("stream_failed", page=visit.page.path, **fault(error))
        return None


def _event(name: str, data: str) -> str:
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n"
