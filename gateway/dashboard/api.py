"""How pages get their data: from the gateway's own endpoint, as whoever is signed in.

INVARIANT: no confused deputy. A page has no right of its own; its question goes the way of every client's, with the
user's token: authentication, policies, limits, sealing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from exchange.refusals import Refusal
from exchange.session import Session

_UNAUTHORISED = 401
_LATER = ("UNAVAILABLE", "PENDING")
_FORBIDDEN = frozenset({"ACT_NOT_PERMITTED", "PURPOSE_NOT_PERMITTED", "PERSON_NOT_PERMITTED"})


class Answers(Protocol):
    """`gateway.endpoint.Endpoint`."""

    async def answer(self, request: Request) -> Response: ...


@dataclass(frozen=True, slots=True)
class Told:
    """One refusal, or one error beside data, as the API told it."""

    code: str
    message: str
    help: str = ""
    rule: str = ""
    basis: str = ""
    path: tuple[str | int, ...] = ()
    retry_after_s: int | None = None

    @classmethod
    def of(cls, refusal: Refusal) -> Told:
        return _told({"message": refusal.message, "extensions": refusal.extensions()})


@dataclass(frozen=True, slots=True)
class Answer:
    data: Mapping[str, Any]
    """Root fields; one that was refused is None."""
    told: tuple[Told, ...]
    extensions: Mapping[str, Any]

    def field(self, name: str) -> Any:
        """One root field. Raises ApiRefused where it was refused: the frame then shows why."""
        found = self.data.get(name)
        if found is None and self.told:
            raise ApiRefused(next((each for each in self.told if each.path[:1] == (name,)), self.told[0]))
        return found


class ApiRefused(Exception):
    """The API refused what a page is made of."""

    def __init__(self, told: Told, status: int | None = None) -> None:
        super().__init__(told.code)
        self.told = told
        self.status = status or (403 if told.code in _FORBIDDEN else 503 if told.code.endswith(_LATER) else 200)


class TokenRefused(ApiRefused):
    """The user's token is worth nothing (any more)."""


async def api(
    endpoint: Answers,
    session: Session,
    document: str,
    variables: Mapping[str, Any] | None = None,
    *,
    peer: tuple[str, int] | None = None,
) -> Answer:
    """Ask as the user. `peer`: address of the browser, for the security log.

    Raises TokenRefused where the token expired or was revoked, and ApiRefused where nothing at all was answered.
    """
    body = orjson.dumps({"query": document, "variables": dict(variables or {})})
    request = _posted(body, session.token, peer)
    response = await endpoint.answer(request)
    content = orjson.loads(bytes(response.body))
    told = tuple(_told(error) for error in content.get("errors", ()))
    if response.status_code == _UNAUTHORISED:
        raise TokenRefused(told[0], _UNAUTHORISED)
    data = content.get("data")
    if not data and told:
        status = response.status_code if response.status_code >= 400 else None
        raise ApiRefused(told[0], status)
    return Answer(data or {}, told, content.get("extensions") or {})


def _posted(body: bytes, token: str, peer: tuple[str, int] | None) -> Request:
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"authorization", b"Bearer " + token.encode()),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"accept", b"application/graphql-response+json"),
        ],
        "client": peer,
        "server": None,
    }
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(scope, receive)


def _told(error: Mapping[str, Any]) -> Told:
    found = error.get("extensions") or {}
    return Told(
        str(found.get("code", "")),
        str(error.get("message", "")),
        str(found.get("help", "")),
        str(found.get("rule", "")),
        str(found.get("basis", "")),
        tuple(error.get("path") or ()),
        found.get("retryAfter"),
    )
