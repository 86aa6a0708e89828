"""The body of an ask: read within a limit, as one JSON object with a GraphQL document."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from exchange.refusals import BodyInvalid, BodyTooLarge, MediaTypeInvalid

_DEEPEST = 32
_PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True, repr=False)
class Posted:
    query: str
    variables: dict[str, Any]
    operation_name: str | None


async def read(request: Request, limit_bytes: int) -> Posted:
    """Raises MediaTypeInvalid, BodyTooLarge, BodyInvalid or ClientDisconnect."""
    _check_media(request)
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > limit_bytes:
        raise BodyTooLarge()
    body, more = bytearray(), True
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect()
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > limit_bytes:
                    raise BodyTooLarge()
    except TimeoutError:
        raise BodyInvalid() from None
    return parsed(bytes(body))


def parsed(body: bytes) -> Posted:
    """orjson stops at 1,024 nested arrays by itself; what it lets through is measured without recursion."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BodyInvalid() from None
    if not isinstance(content, dict):
        raise BodyInvalid()
    query, variables, name = content.get("query"), content.get("variables"), content.get("operationName")
    extensions = content.get("extensions")
    if (
        not isinstance(query, str)
        or not isinstance(variables, dict | None)
        or not isinstance(name, str | None)
        or not isinstance(extensions, dict | None)
        or _too_deep(variables)
    ):
        raise BodyInvalid()
    return Posted(query, variables or {}, name or None)


def _check_media(request: Request) -> None:
    said = request.headers.get("content-type", "")
    if said == "application/json" and "content-encoding" not in request.headers:
        return  # as nearly everybody says it
    media, *parameters = (part.strip().lower() for part in said.split(";"))
    charsets = {p.removeprefix("charset=").strip('"') for p in parameters if p.startswith("charset=")}
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if media != "application/json" or not charsets <= {"utf-8", "utf8"} or encoding != "identity":
        raise MediaTypeInvalid()


def _too_deep(variables: object) -> bool:
    level = [variables]
    for _ in range(_DEEPEST):
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return True
