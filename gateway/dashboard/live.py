"""A fragment of a page that comes anew over server-sent events whenever it has changed.

INVARIANT: each event is asked from the API as the user, in the session that the page belongs to; when that session
ends, in whatever process, the stream ends before its next event.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import Response, StreamingResponse

from exchange.refusals import LimitsUnavailable, Refusal, SessionOther
from gateway.dashboard.api import ApiRefused
from gateway.dashboard.headers import PAGE
from gateway.dashboard.visit import Visit

EVERY_S = 2.0
LASTS_S = 60.0
"""A stream ends after this, and the browser asks for another: no stream outlives a worker's end for long."""
MOST = 100
"""Streams open at once in one process."""
_RETRY_MS = 1000
_MARK = 16
Draws = Callable[[Visit], Awaitable[Response]]
_open: set[object] = set()


def mark(visit: Visit) -> str:
    """Names the page's session in the stream's address, since EventSource sends no header. It opens nothing."""
    return visit.session.secret.text_of("live")[:_MARK]


def stream(visit: Visit, draws: Draws) -> Response:
    """`draws`: the fragment, asked anew each time. Raises SessionOther for a page of another session, and
    LimitsUnavailable where too many look already."""
    if not hmac.compare_digest(visit.query("of").encode(), mark(visit).encode()):
        raise SessionOther()
    if len(_open) >= MOST:
        raise LimitsUnavailable()
    headers = {**PAGE, "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(visit, draws), 200, headers, "text/event-stream")


async def _events(visit: Visit, draws: Draws) -> AsyncIterator[str]:
    held = object()
    _open.add(held)
    try:
        yield f"retry: {_RETRY_MS}\n\n"
        before, until = None, asyncio.get_running_loop().time() + LASTS_S
        while asyncio.get_running_loop().time() < until:
            shown = await _shown(visit, draws)
            if shown is None:
                yield _event("ended", "")
                return
            yield _event("shown", shown) if shown != before else ": as before\n\n"
            before = shown
            await asyncio.sleep(EVERY_S)
    finally:
        _open.discard(held)


async def _shown(visit: Visit, draws: Draws) -> str | None:
    """None: nobody may see it in this session any more."""
    frame = visit.request.app.state.gateway.dashboard
    try:
        if await frame.sessions.find(visit.session.secret, frame.clock(), use=False) is None:
            return None
        return bytes((await draws(visit)).body).decode()
    except (ApiRefused, Refusal):
        return None


def _event(name: str, data: str) -> str:
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n"
