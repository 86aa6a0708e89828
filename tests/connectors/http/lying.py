"""A service that does what it is told, right or wrong, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Answer = Callable[[dict[str, Any]], Response]

HEAD = """\
department: PBC
connector: http
url: ${URL}
standard: 1.0.0
agreement: {approver: 市信用办, valid_until: 2031-12-31}
person_key: {column: ID_NO, formats: [id18]}
"""
RESOURCE = """\
resources:
  PAY:
    path: /pay
    people: {field: ids, formats: [id18], batch: 2}
    rows: data.list
    columns: {N: no, ID_NO: person.id, FEN: amount.fen, DAY: day}
"""
RECORDS = """\
records:
  PBC06:
    from: PAY
    record_key: N
    items:
      amount: {column: FEN, unit: fen}
      paid_on: {column: DAY}
not_held: [PBC01, PBC02, PBC03]
"""


def row(number: str, no: str = "1", fen: Any = 100, day: Any = "2026-01-01") -> dict[str, Any]:
    return {"no": no, "person": {"id": number}, "amount": {"fen": fen}, "day": day}


def rows(*found: Any, **more: Any) -> Response:
    return JSONResponse({"data": {"list": list(found), **more}})


@dataclass
class Lying:
    """`/token` gives tokens t1, t2 …; every other path answers by `answer`."""

    answer: Answer
    asked: list[dict[str, Any]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    secured: bool = False
    tokens: int = 0
    expires_in: Any = 3600
    refused: set[str] = field(default_factory=set)
    token_answer: Response | None = None
    delay_s: float = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        response = await (self._token(request) if request.url.path == "/token" else self._data(request))
        await response(scope, receive, send)

    async def _token(self, request: Request) -> Response:
        await asyncio.sleep(0.05)
        form = parse_qs((await request.body()).decode())
        assert form == {"grant_type": ["client_credentials"], "scope": ["read"]}
        assert b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"gateway:s%3Acret"
        if self.token_answer:
            return self.token_answer
        self.tokens += 1
        return JSONResponse({"access_token": f"t{self.tokens}", "token_type": "Bearer", "expires_in": self.expires_in})

    async def _data(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        self.methods.append(request.method)
        self.queries.append(request.url.query)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.secured and (token in self.refused or not token):
            return Response(status_code=401)
        body = json.loads(await request.body() or "{}")
        self.asked.append(body)
        await asyncio.sleep(self.delay_s)
        answer: Any = self.answer(body)
        return await answer if isinstance(answer, Awaitable) else answer
