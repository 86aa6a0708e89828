"""The endpoint on a real server: bad input, media types, the seal before the answer. The departments are watched."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.testing import capture_logs

from exchange.digests import Digests
from exchange.refusals import AuditUnavailable, ConsentRevoked
from exchange.standard.load import read
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.dispute import Disputes
from exchange.store.log import Log
from exchange.store.retry import KeptAnswers
from exchange.store.security import SecurityLog
from gateway import explorer
from gateway.endpoint import Endpoint
from gateway.limits import Limits
from gateway.media import GRAPHQL, JSON
from gateway.retries import Retries
from gateway.telemetry import Metrics
from policies.current import Current
from policies.engine import Engine
from resolvers.context import Services
from resolvers.operation import Operations
from resolvers.schema import build
from tests.gateway.keys import authenticator, issuer, token

ID = "530199199003070015"
ASK = 'query A($id: IdNumber!, $p: Purpose!) { person(idNumber: $id, purpose: $p, reference: "A-1") { idNumber } }'


@dataclass
class NoDepartments:
    """Every fetch is counted: of bad input none may be made."""

    fetches: int = 0

    async def fetch(self, wanted: Mapping[str, Any], people: Any, given: Any, deadline: float) -> dict[str, Any]:
        self.fetches += 1
        return {}

    async def plan(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def states(self) -> list[Any]:
        return []


class FailingLog:
    """A log in which every seal meets `refusal`, `times` times."""

    def __init__(self, refusal: type[Exception], times: int = 99) -> None:
        self.refusal, self.times = refusal, times
        self.sealed: list[Any] = []

    async def seal(self, disclosures: Any, answer: str | None, keep: object = None) -> None:
        if self.times > 0:
            self.times -= 1
            raise self.refusal()
        self.sealed += disclosures


@dataclass
class Served:
    http: httpx.AsyncClient
    departments: NoDepartments
    log: Log
    endpoint: Endpoint
    folder: Path
    bearer: dict[str, str] = field(default_factory=dict)

    async def post(self, content: Any, **headers: str) -> httpx.Response:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        named = {"Content-Type": "application/json", **self.bearer} | headers
        return await self.http.post("/graphql", content=raw, headers=named)

    async def refused(self, content: Any, code: str, status: int = 400, **headers: str) -> dict[str, Any]:
        """The answer, after what holds for every refusal: code, status, sealed, and nothing read or repeated."""
        before = (await self.log.head()).sequence
        response = await self.post(content, **headers)
        answer = response.json()
        error = answer["errors"][0]
        assert (error["extensions"]["code"], response.status_code) == (code, status)
        assert error["extensions"]["help"]
        assert ID not in response.text
        assert not answer.get("data") or set(answer["data"].values()) == {None}
        assert self.departments.fetches == 0
        entries = await self.log.entries(before)
        assert [json.loads(entry)["code"] for entry in entries] == [code]
        assert ID.encode() not in b"".join(entries)
        return error


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    folder = tmp_path_factory.mktemp("gateway")
    issuer(folder)
    catalogue = read()
    engine = Engine.load(None, catalogue)
    digests = Digests(b"k" * 32)
    database = await Database.open(f"sqlite:///{folder}/gateway.db")
    log = Log(database)
    security = SecurityLog(folder / "security.jsonl", digests, limit_bytes=65_536)
    departments = NoDepartments()
    services = Services(
        catalogue,
        Current(engine),
        departments,
        Consents(database),
        Disputes(database),
        digests,
        lambda: datetime.now(UTC),
    )
    endpoint = Endpoint(
        Operations(build(catalogue, engine), services),
        authenticator(folder, lambda: datetime.now(UTC)),
        log,
        security,
        digests,
        Limits(),
        Metrics(),
        Retries(KeptAnswers(database), log, services),
        body_limit_bytes=262_144,
        document_cache=16,
    )

    async def graphql(request: Any) -> Any:
        return await endpoint.answer(request) if request.method == "POST" else explorer.page(request, folder)

    app = Starlette(routes=[Route("/graphql", graphql, methods=["GET", "POST"])])
    async with running(app) as url, httpx.AsyncClient(base_url=url, timeout=20) as http:
        bearer = {"Authorization": f"Bearer {token(folder, at=datetime.now(UTC))}"}
        yield Served(http, departments, log, endpoint, folder, bearer)
    security.close()
    log.close()
    await database.close()


def ask(id: object = ID, purpose: object = "LOAN_APPROVAL", **more: Any) -> dict[str, Any]:
    return {"query": ASK, "variables": {"id": id, "p": purpose}, **more}


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"null", "BODY_INVALID", 400),
        (b"1", "BODY_INVALID", 400),
        (b"[]", "BODY_INVALID", 400),
        (b"\xff\xfe\xfd", "BODY_INVALID", 400),
        (b"[" * 100_000 + b"]" * 100_000, "BODY_INVALID", 400),
        (b'{"query": "{ me { role } }", "variables": 1}', "BODY_INVALID", 400),
        (b" " * 20_000_000, "BODY_TOO_LARGE", 413),
        ({"query": f'{{ person(idNumber: "{ID}"'}, "GRAPHQL_PARSE_FAILED", 400),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED", 400),
        ({"query": "mutation { a }"}, "GRAPHQL_VALIDATION_FAILED", 400),
        ({"query": "{" + " ".join(f"a{n}: __typename" for n in range(1000)) + "}"}, "DOCUMENT_TOO_LARGE", 400),
        ({"query": "{" + "a {" * 15 + "b" + "}" * 15 + "}"}, "DOCUMENT_TOO_LARGE", 400),
        (
            {"query": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"},
            "GRAPHQL_VALIDATION_FAILED",
            400,
        ),
        ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_NAME_REQUIRED", 400),
        ({"query": "query A { __typename }", "operationName": "B"}, "OPERATION_UNKNOWN", 400),
        ({"query": ASK, "variables": {"p": "LOAN_APPROVAL"}}, "VARIABLES_INVALID", 400),
        (ask(purpose="NOTHING"), "PURPOSE_UNKNOWN", 400),
        (ask(purpose="AUDIT"), "PURPOSE_NOT_PERMITTED", 200),
        (ask("5301"), "ID_NUMBER_INVALID", 200),
        (ask(ID[:-1]), "ID_NUMBER_INVALID", 200),
        (ask(ID[:-1] + "4"), "ID_NUMBER_INVALID", 200),
        (ask({"a": 1}), "ID_NUMBER_INVALID", 200),
        (ask(), "CONSENT_REQUIRED", 200),
    ],
)
async def test_bad_input(served: Served, content: Any, code: str, status: int) -> None:
    await served.refused(content, code, status)


async def test_a_fault_of_syntax_names_its_place(served: Served) -> None:
    error = await served.refused({"query": "{\n  a("}, "GRAPHQL_PARSE_FAILED")
    assert error["locations"][0]["line"] == 2


async def test_a_long_body_without_its_length(served: Served) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield b" " * 1024

    headers = {"Content-Type": "application/json", **served.bearer}
    response = await served.http.post("/graphql", content=chunks(), headers=headers)
    assert response.status_code == 413


async def test_media_types(served: Served) -> None:
    bad, good = {"query": "{ nothing }"}, {"query": "{ __typename }"}
    older = await served.post(bad, Accept=JSON)
    assert (older.status_code, older.headers["content-type"]) == (200, f"{JSON}; charset=utf-8")
    newer = await served.post(bad, Accept=f"{GRAPHQL}, {JSON};q=0.9")
    assert (newer.status_code, newer.headers["content-type"]) == (400, f"{GRAPHQL}; charset=utf-8")
    assert (await served.post(good)).json() == {"data": {"__typename": "Query"}}
    assert (await served.post(b"1", Accept=JSON)).status_code == 400
    await served.refused(good, "NOT_ACCEPTABLE", 406, Accept="text/html")
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk"):
        await served.refused(good, "MEDIA_TYPE_INVALID", 415, **{"Content-Type": media_type})
    await served.refused(good, "MEDIA_TYPE_INVALID", 415, **{"Content-Encoding": "gzip"})


async def test_headers_keep_answers_out_of_caches(served: Served) -> None:
    headers = (await served.post({"query": "{ __typename }"}, **{"X-Request-Id": ID})).headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert headers["x-request-id"] != ID


async def test_a_role_in_a_header_or_a_variable_changes_nothing(served: Served) -> None:
    response = await served.post({"query": "{ me { role } }"}, **{"X-Role": "auditor", "X-Hasura-Role": "auditor"})
    assert response.json()["data"]["me"]["role"] == "bank-system"


async def test_strangers_are_refused_before_their_body_is_read(served: Served) -> None:
    before = await served.log.head()
    for authorization, code in ((None, "UNAUTHENTICATED"), ("Bearer x.y.z", "TOKEN_INVALID")):
        headers = {"Authorization": authorization} if authorization else {}
        response = await served.http.post("/graphql", content=b"\xff" * 1000, headers=headers)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, code)
        assert response.headers["www-authenticate"].startswith("Bearer ")
    assert await served.log.head() == before


async def test_a_flood_of_junk_leaves_bounded_logs_and_a_working_gateway(served: Served) -> None:
    before = await served.log.head()

    async def junk(n: int) -> int:
        headers = {"Authorization": f"Bearer {n}"}
        return (await served.http.post("/graphql", content=b"{" * 100, headers=headers)).status_code

    for batch in range(20):
        assert set(await asyncio.gather(*(junk(batch * 50 + n) for n in range(50)))) == {401}
    assert await served.log.head() == before
    served.endpoint._security.flush()
    assert sum(file.stat().st_size for file in served.folder.glob("security.jsonl*")) < 20_000
    assert (await served.post({"query": "{ __typename }"})).status_code == 200


async def test_get_is_for_browsers_only(served: Served) -> None:
    for query in ("?query={__typename}", ""):
        response = await served.http.get(f"/graphql{query}")
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"
    page = await served.http.get("/graphql", headers={"Accept": "text/html,*/*"})
    assert page.status_code == 200
    assert "make web" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    with_query = await served.http.get("/graphql?query={a}", headers={"Accept": "text/html"})
    assert with_query.status_code == 405


@pytest.mark.parametrize(
    ("error", "code"), [(AuditUnavailable, "AUDIT_UNAVAILABLE"), (RuntimeError, "AUDIT_UNAVAILABLE")]
)
async def test_where_nothing_can_be_sealed_nothing_is_disclosed(
    served: Served, monkeypatch: pytest.MonkeyPatch, error: type[Exception], code: str
) -> None:
    monkeypatch.setattr(served.endpoint, "_log", FailingLog(error))
    response = await served.post({"query": "{ access(purpose: LOAN_APPROVAL) { role } }"})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (503, code)
    assert not response.json()["data"]


async def test_a_consent_that_is_gone_at_the_seal_takes_the_answer_with_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = FailingLog(ConsentRevoked, times=1)
    monkeypatch.setattr(served.endpoint, "_log", log)
    response = await served.post(ask())
    assert response.json()["errors"][0]["extensions"]["code"] == "CONSENT_REVOKED"
    assert [disclosure.code for disclosure in log.sealed] == ["CONSENT_REVOKED"]


async def test_the_unexpected_is_a_sealed_refusal_without_a_trace(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> Any:
        raise RuntimeError(ID)

    monkeypatch.setattr(served.endpoint._operations, "run", fails)
    with capture_logs() as told:
        await served.refused(ask(), "INTERNAL", 500)
    assert [line["event"] for line in told] == ["ask_failed"]
    assert ID not in str(told)


async def test_a_client_that_hangs_up_does_not_lose_the_seal(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (await served.log.head()).sequence
    run, going = served.endpoint._operations.run, asyncio.Event()

    async def slow(*arguments: Any) -> Any:
        going.set()
        await asyncio.sleep(0.2)
        return await run(*arguments)

    monkeypatch.setattr(served.endpoint._operations, "run", slow)
    waiting = asyncio.create_task(served.post(ask()))
    await going.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await served.endpoint.drain()
    assert len(await served.log.entries(before)) == 1


async def test_documents_are_kept_bounded_and_never_with_an_id_number(served: Served) -> None:
    kept = served.endpoint._documents._kept
    for n in range(30):
        await served.post({"query": f"{{ a{n}: __typename }}"})
    assert len(kept) == 16
    names = set(kept)
    await served.post({"query": f'{{ person(idNumber: "{ID}", purpose: LOAN_APPROVAL) {{ idNumber }} }}'})
    assert set(kept) == names
