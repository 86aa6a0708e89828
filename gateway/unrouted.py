"""What is answered where no route leads: the bare status, and headers as strict as those of a page."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from gateway.dashboard.headers import PAGE


async def unrouted(_: Request, error: Exception) -> Response:
    """404 and 405 of the router. They repeat nothing of the request."""
    assert isinstance(error, HTTPException)
    return PlainTextResponse(error.detail, error.status_code, {**PAGE, **(error.headers or {})})
