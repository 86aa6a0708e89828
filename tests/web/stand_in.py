"""A small server with the gateway's own page, policy headers and schema, and one made-up person behind it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema, graphql
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from exchange.standard.load import load
from gateway import explorer
from gateway.built import Built
from policies.engine import Engine
from resolvers.schema import build

ROOT = Path(__file__).parents[2]

PEOPLE = [
    {
        "id_number": "530199199003070015",
        "tags": ["clean"],
        "name": "李明",
        "story": "Steady work, one housing loan, never late.",
    },
    {
        "id_number": "530199198506122046",
        "tags": ["default-ended-4y11m", "arrears-current"],
        "name": "阿依古丽·买买提",
        "story": "A default that ended 4 years 11 months ago; lenders still see it.",
    },
]
REFERENCES = {"LOAN_APPROVAL": "SQ-1", "POST_LOAN": "HT-1", "BENEFIT_ELIGIBILITY": "DOC-1"}
CLIENTS = [
    ("bank-system", "Demo Bank A, loan system", "演示银行甲 信贷系统", ["LOAN_APPROVAL", "POST_LOAN"]),
    ("hrs-clerk", "Social security bureau, clerk", "人社局经办员", ["BENEFIT_ELIGIBILITY"]),
    ("person", "The person", "本人", ["SELF_QUERY"]),
    ("analyst", "Dashboard analyst", "统计分析员", []),
]


OWN = {"BeforeSending", "Names", "Consents", "Me"}
"""Operations of the page's own."""
NOTHING: dict[str, Any] = {
    "operation": None,
    "kind": "query",
    "role": "bank-system",
    "purpose": None,
    "ground": None,
    "consent": False,
    "revision": "r",
    "refusals": [],
    "fields": [],
    "departments": [],
}
"""What a document about nobody gives."""


class StandIn:
    """Records what the page sends."""

    def __init__(self) -> None:
        catalogue = load(None, ROOT / "gateway" / "demo" / "approval.yaml")
        self._schema: GraphQLSchema = build_schema(build(catalogue, Engine.load(None, catalogue)).as_str())
        self.tokens: list[dict[str, str]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        """(bearer token, request) of each operation that the reader sent."""
        self.looked: list[tuple[str, dict[str, Any]]] = []
        """Of each that the page asks by itself: previews, names, consents."""
        self.preview: dict[str, Any] = NOTHING
        self.consents: list[dict[str, Any]] = []
        self.answer: dict[str, Any] | None = None
        """Sent in place of what the schema would answer."""
        self.revoked: set[str] = set()

    def app(self, *, demo: bool) -> Starlette:
        routes: list[Route | Mount] = [
            Route("/graphql", self._graphql, methods=["GET", "POST"]),
            Mount("/static/graphiql", Built(directory=explorer.BUILT, headers=explorer.STATIC)),
        ]
        if demo:
            routes += [Route("/demo/choices", self._choices), Route("/demo/token", self._token, methods=["POST"])]
        return Starlette(routes=routes)

    async def _choices(self, _: Request) -> Response:
        clients = [
            {"id": id, "title": title, "title_zh": title_zh, "role": id, "organisation": id, "purposes": purposes}
            for id, title, title_zh, purposes in CLIENTS
        ]
        return JSONResponse({"clients": clients, "people": PEOPLE, "references": REFERENCES})

    async def _token(self, request: Request) -> Response:
        chosen = await request.json()
        self.tokens.append(chosen)
        return JSONResponse({"token": f"{chosen['client']}-{len(self.tokens)}"})

    async def _graphql(self, request: Request) -> Response:
        if request.method == "GET":
            return explorer.page(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token or token in self.revoked:
            return JSONResponse({"errors": [{"message": "", "extensions": {"code": "UNAUTHENTICATED"}}]}, 401)
        body = json.loads(await request.body())
        own = body.get("operationName") in OWN
        if body.get("operationName") != "IntrospectionQuery":
            (self.looked if own else self.asked).append((token, body))
        if self.answer and not own and body.get("operationName") != "IntrospectionQuery":
            return JSONResponse(self.answer)
        person = {
            "idNumber": "5****************5",
            "financial": {"hasCardAccounts": True},
            "disclosure": {"id": "d-1", "complete": True, "withheld": [], "sources": []},
        }
        me = {"organisation": "bank-a", "client": "pasted", "role": "hrs-clerk", "purposes": ["BENEFIT_ELIGIBILITY"]}
        values = {"person": person, "preview": self.preview, "catalogue": {"departments": []}}
        values |= {"consents": self.consents, "me": me}
        result = await graphql(self._schema, body["query"], values, variable_values=body.get("variables"))
        return JSONResponse(result.formatted)
