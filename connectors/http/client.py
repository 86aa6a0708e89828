"""HTTP to one service: bounded, without redirects and proxies; its failures as codes, without a word of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from connectors.http.document import parsed
from connectors.http.reading import context
from connectors.http.service import Tls
from connectors.place import GuardsPlace
from connectors.sql.runner import SourceFailed

MOST_BYTES = 8 * 1024 * 1024
"""Of one response."""
_LARGE = 256 * 1024
"""Bytes that are parsed beside the event loop."""
_MOST_RETRY_S = 3600
_ELSEWHERE = {502: "UNREACHABLE", 503: "UNREACHABLE", 504: "TIMEOUT"}
"""What stands before a service says that nobody is there behind it; a busy service says when to come again."""
_TRUSTED_S = 1.0
"""A connection that was idle for longer may be half-open, and is not used again."""


class Denied(SourceFailed):
    """401 or 403: perhaps the token has ended before its time."""


@dataclass(eq=False)
class _Pool:
    http: httpx.AsyncClient
    transport: httpx.AsyncHTTPTransport
    requests: int = 0
    """That run now."""
    given_up: bool = False


class Client:
    """One pool of kept-alive connections, `at_once` at most, made at the first ask.

    A pool in which a request was given up is used by no other: it may hold that request's connection for busy for ever.
    """

    def __init__(self, tls: Tls | None, charset: str, guards: GuardsPlace) -> None:
        self._tls = tls
        self._charset = charset
        self._guards = guards
        self._pool: _Pool | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._pool.transport._pool.connections) if self._pool else 0

    async def json(
        self,
        method: str,
        url: str,
        *,
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        spend: Callable[[int], None] = lambda octets: None,
    ) -> Any:
        """The document that a 200 holds. Raises SourceFailed, and Denied for 401 and 403.

        `spend` is told of each piece of the body, and raises SourceFailed where it is one too many.
        """
        sent = {"accept": "application/json", "accept-encoding": "identity", **(headers or {})}
        try:
            async with (
                self._lent() as http,
                http.stream(method, url, json=body, data=form, params=query or None, headers=sent) as response,
            ):
                _judge(response)
                data = await _bounded(response, spend)
        except httpx.TimeoutException:
            raise SourceFailed("TIMEOUT") from None
        except httpx.TransportError:
            raise SourceFailed("UNREACHABLE") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise SourceFailed("FAILED") from None
        charset = response.charset_encoding or self._charset
        if len(data) > _LARGE:
            return await asyncio.to_thread(parsed, data, charset)
        return parsed(data, charset)

    async def close(self) -> None:
        if self._pool:
            await self._pool.http.aclose()
        await asyncio.gather(*self._closing)

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[httpx.AsyncClient]:
        pool = self._pool = self._pool or self._made()
        pool.requests += 1
        try:
            yield pool.http
        except (httpx.TimeoutException, asyncio.CancelledError):
            pool.given_up = True
            if self._pool is pool:
                self._pool = None
            raise
        finally:
            pool.requests -= 1
            if pool.given_up and not pool.requests:
                closing = asyncio.create_task(pool.http.aclose())
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)

    def _made(self) -> _Pool:
        try:
            verify = context(self._tls)
        except (OSError, ValueError):
            raise SourceFailed("UNREACHABLE") from None
        most = self._guards.at_once
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=_TRUSTED_S)
        transport = httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=limits)
        http = httpx.AsyncClient(
            transport=transport, trust_env=False, follow_redirects=False, timeout=self._guards.statement_s
        )
        return _Pool(http, transport)


def _judge(response: httpx.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    if status in (401, 403):
        raise Denied("FAILED")
    if status in (404, 410):
        raise SourceFailed("SHAPE_CHANGED")
    if status == 429 or (status == 503 and "retry-after" in response.headers):
        raise SourceFailed("BUSY", _retry_after_s(response.headers.get("retry-after", "")))
    raise SourceFailed(_ELSEWHERE.get(status, "FAILED"))


def _retry_after_s(text: str) -> int | None:
    """Seconds or an HTTP date; within an hour, or None."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(max(1, int(text)), _MOST_RETRY_S)
    try:
        left = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(1, round(left)), _MOST_RETRY_S)


async def _bounded(response: httpx.Response, spend: Callable[[int], None]) -> bytes:
    """The body as sent: what is compressed although nobody asked could unpack to anything."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise SourceFailed("FAILED")
    data = bytearray()
    async for some in response.aiter_raw():
        data += some
        spend(len(some))
        if len(data) > MOST_BYTES:
            raise SourceFailed("FAILED")
    return bytes(data)
