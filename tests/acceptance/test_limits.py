"""Rate and quota from the registration to the refusal: 429, sealed, and no statement at any department."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import httpx
import pytest
import yaml

from exchange.refusals import AuditUnavailable, ConsentRevoked
from exchange.store.counters import Counters
from tests.acceptance.in_process import PEOPLE, Asked, made, opened
from tests.acceptance.running import free_port
from tests.nursery import Process
from tests.redis_server import RedisServer

CLEAN = PEOPLE["clean"]
QUERY = """query($id: IdNumber!, $p: Purpose!) {
  person(idNumber: $id, purpose: $p, reference: "A-2026-1") { financial { hasLoanAccounts } }
}"""
_WIDE: dict[str, Any] = {"per_minute": None, "per_day": None, "per_month": None}
Opening = Callable[..., AbstractAsyncContextManager[Asked]]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("city") / "data"
    made(data)
    return data


def registered(folder: Path, figures: dict[str, Any]) -> Path:
    """The demo's clients, with these figures for `bank-system`."""
    file = yaml.safe_load(Path("gateway/demo/clients.yaml").read_text("utf-8"))
    whole = {"client": _WIDE | figures.get("client", {}), "operator": _WIDE | figures.get("operator", {})}
    file["clients"]["bank-system"]["limits"] = whole | {"purposes": figures.get("purposes", {})}
    clients = folder / "clients.yaml"
    clients.write_text(yaml.safe_dump(file), "utf-8")
    return clients


@pytest.fixture
def opening(city: Path, tmp_path: Path) -> Opening:
    """The gateway whose client `bank-system` has the given limits, over what they leave out unlimited."""

    @asynccontextmanager
    async def open(figures: dict[str, Any], **settings: object) -> AsyncIterator[Asked]:
        data = tmp_path / "data"
        if not data.exists():  # a register of its own: it begins with the file
            shutil.copytree(city, data)
        async with opened(data, {}, clients=registered(tmp_path, figures), **settings) as asked:
            yield asked

    return open


async def ask(asked: Asked, purpose: str = "LOAN_APPROVAL", number: str = CLEAN) -> httpx.Response:
    asked.recorder.clear()
    return await asked.post("bank-system", QUERY, {"id": number, "p": purpose})


async def refused(asked: Asked, answer: httpx.Response, code: str, rule: str, status: int = 429) -> dict[str, Any]:
    """The error and the sealed entry, after what holds for each such refusal."""
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (status, code)
    assert error["extensions"].get("rule", "") == rule
    wait = error["extensions"]["retryAfter"]
    assert answer.headers["retry-after"] == str(wait)
    assert wait >= 1
    assert not asked.recorder.plans
    entry = await asked.last_entry()
    assert (entry["event"], entry["code"]) == ("refusal", code)
    assert CLEAN not in answer.text + json.dumps(entry)
    return error | {"entry": entry}


@pytest.mark.parametrize("scope", ["client", "operator"])
async def test_a_bucket_that_is_dry_refuses_every_request(opening: Opening, scope: str) -> None:
    async with opening({scope: {"per_minute": 1, "burst": 2}}) as asked:
        assert (await ask(asked)).json()["data"]["person"]
        assert (await asked.post("bank-system", "{ me { role } }", {})).status_code == 200
        error = await refused(asked, await ask(asked), "RATE_LIMITED", f"{scope}.per_minute 1")
        assert error["extensions"]["basis"]
        answer = await asked.post("bank-system", "{ nothing", {})
        await refused(asked, answer, "RATE_LIMITED", f"{scope}.per_minute 1")
        assert (await asked.post("bank-b-system", "{ me { role } }", {})).status_code == 200


async def test_a_flood_of_refusals_is_two_entries_and_every_one_is_counted(opening: Opening) -> None:
    async with opening({"operator": {"per_minute": 1, "burst": 1}}) as asked:
        assert (await ask(asked)).json()["data"]["person"]
        head = await asked.gateway.log.head()
        for answer in await asyncio.gather(*(ask(asked) for _ in range(300))):
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
        assert (await asked.gateway.log.head()).sequence == head.sequence + 1
        await asked.gateway.endpoint.drain()
        entries = [json.loads(text) for text in await asked.gateway.log.entries(head.sequence)]
        assert [(entry["event"], entry["code"]) for entry in entries] == [("refusal", "RATE_LIMITED")] * 2
        assert [(entry["operator"], entry["times"]) for entry in entries] == [(entries[0]["operator"], 1), (ANY, 299)]
        assert (await asked.gateway.log.verify()).sound


async def test_a_refusal_that_cannot_be_sealed_has_the_status_of_that(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opening({"operator": {"per_minute": 1, "burst": 1}}) as asked:
        await ask(asked)
        head = await asked.gateway.log.head()

        async def away(*_: object) -> None:
            raise AuditUnavailable

        with monkeypatch.context() as patched:
            patched.setattr(asked.gateway.log, "seal", away)
            answer = await ask(asked)
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "AUDIT_UNAVAILABLE")
        await asked.gateway.endpoint.drain()
        (entry,) = [json.loads(text) for text in await asked.gateway.log.entries(head.sequence)]
        assert (entry["code"], entry["times"]) == ("RATE_LIMITED", 1)


async def test_what_is_refused_costs_rate_and_no_quota(opening: Opening) -> None:
    async with opening({"client": {"per_minute": 1, "burst": 7, "per_day": 2}}) as asked:
        for purpose, number in (("AUDIT", CLEAN), ("LOAN_APPROVAL", "5301"), ("LOAN_APPROVAL", PEOPLE["no-consent"])):
            assert (await ask(asked, purpose, number)).json()["data"]["person"] is None
        for _ in range(2):
            assert (await ask(asked)).json()["data"]["person"]
        error = await refused(asked, await ask(asked), "QUOTA_EXCEEDED", "client.per_day 2")
        assert error["entry"]["purpose"] == "LOAN_APPROVAL"
        assert len(error["entry"]["people"]) == 1
        await refused(asked, await ask(asked), "QUOTA_EXCEEDED", "client.per_day 2")
        await refused(asked, await ask(asked), "RATE_LIMITED", "client.per_minute 1")


async def test_what_the_seal_refuses_costs_no_quota(opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opening({"client": {"per_day": 1}}) as asked:
        seal, refusals = asked.gateway.log.seal, [ConsentRevoked]

        async def revoked_once(*arguments: Any) -> None:
            if refusals:
                raise refusals.pop()()
            await seal(*arguments)

        monkeypatch.setattr(asked.gateway.log, "seal", revoked_once)
        assert (await ask(asked)).json()["errors"][0]["extensions"]["code"] == "CONSENT_REVOKED"
        assert (await ask(asked)).json()["data"]["person"]
        await refused(asked, await ask(asked), "QUOTA_EXCEEDED", "client.per_day 1")


async def test_what_fails_costs_no_quota(opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opening({"client": {"per_day": 1}}) as asked:

        async def fails(*_: Any, **__: Any) -> Any:
            raise RuntimeError

        with monkeypatch.context() as broken:
            broken.setattr(asked.gateway.consents.__class__, "of", fails)
            assert (await ask(asked)).json()["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert (await ask(asked)).json()["data"]["person"]


async def test_a_purpose_has_figures_of_its_own(opening: Opening) -> None:
    limits = {"LOAN_APPROVAL": {"per_month": 1}, "CARD_APPROVAL": {"per_minute": 1, "burst": 1}}
    async with opening({"purposes": limits}) as asked:
        assert (await ask(asked)).json()["data"]["person"]
        await refused(asked, await ask(asked), "QUOTA_EXCEEDED", "purposes.LOAN_APPROVAL.per_month 1")
        assert (await ask(asked, "CARD_APPROVAL")).status_code == 200
        await refused(asked, await ask(asked, "CARD_APPROVAL"), "RATE_LIMITED", "purposes.CARD_APPROVAL.per_minute 1")


async def test_a_portfolio_counts_its_people(opening: Opening) -> None:
    numbers = list(dict.fromkeys(PEOPLE.values()))[:8]
    query = "query($asks: [PersonAsk!]!) { persons(asks: $asks, purpose: POST_LOAN) { idNumber } }"

    async def portfolio(asked: Asked, many: list[str]) -> httpx.Response:
        asked.recorder.clear()
        return await asked.post(
            "bank-system", query, {"asks": [{"idNumber": n, "reference": f"C-{place}"} for place, n in enumerate(many)]}
        )

    async with opening({"client": {"per_minute": 1, "burst": 14, "per_day": 8}}) as asked:
        assert (await portfolio(asked, numbers[:5])).json()["data"]["persons"]
        head = await asked.gateway.log.head()
        await refused(asked, await portfolio(asked, numbers[3:]), "QUOTA_EXCEEDED", "client.per_day 8")
        entries = [json.loads(text) for text in await asked.gateway.log.entries(head.sequence)]
        assert len({person for entry in entries for person in entry["people"]}) == len(entries) == 5
        assert (await portfolio(asked, numbers[5:])).json()["data"]["persons"]
        await refused(asked, await portfolio(asked, numbers[:2]), "RATE_LIMITED", "client.per_minute 1")


async def test_of_many_at_once_exactly_the_quota_is_answered(opening: Opening) -> None:
    async with opening({"operator": {"per_day": 7}}) as asked:
        answers = await asyncio.gather(*(ask(asked) for _ in range(40)))
        assert sorted(answer.status_code for answer in answers) == [200] * 7 + [429] * 33


async def test_a_limit_on_a_purpose_that_nobody_knows_stops_the_start(opening: Opening) -> None:
    with pytest.raises(Exception, match="'bank-system': limits"):
        async with opening({"purposes": {"LOAN_APROVAL": {"per_day": 1}}}):
            pass


@contextmanager
def served(data: Path, **settings: object) -> Iterator[str]:
    """`gateway serve` in a process of its own; its URL."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    environ |= {
        f"GATEWAY_{name.upper()}": str(value) for name, value in {"data": data, "port": port, **settings}.items()
    }
    with Path(os.devnull).open("wb") as nowhere:
        process = Process(["serve"], environ, nowhere)
    try:
        await_ready(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def await_ready(url: str, process: Process) -> None:
    for _ in range(600):
        assert process.poll() is None
        try:
            if httpx.get(f"{url}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("not ready")


@pytest.mark.redis
async def test_two_processes_share_one_quota(opening: Opening, tmp_path: Path, redis_server: RedisServer) -> None:
    figures = {"client": {"per_day": 5}}
    async with opening(figures, limits=redis_server.url) as asked:
        token = asked.token("bank-system")
    with (
        served(tmp_path / "data", limits=redis_server.url) as here,
        served(tmp_path / "data", limits=redis_server.url) as there,
    ):
        async with httpx.AsyncClient(timeout=20, headers={"Authorization": f"Bearer {token}"}) as http:
            body = {"query": QUERY, "variables": {"id": CLEAN, "p": "LOAN_APPROVAL"}}
            asks = (http.post(f"{url}/graphql", json=body) for _ in range(10) for url in (here, there))
            answers = await asyncio.gather(*asks)
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429] * 15
    assert all(answer.json()["data"]["person"] for answer in answers if answer.status_code == 200)


@pytest.mark.redis
async def test_without_the_server_nothing_is_disclosed_after_the_grace(
    opening: Opening, redis_server: RedisServer
) -> None:
    async with opening({"client": {"per_minute": 6_000}}, limits=redis_server.url, limits_grace_s=0) as asked:
        assert (await ask(asked)).json()["data"]["person"]
        redis_server.stop()
        for _ in range(2):
            await refused(asked, await ask(asked), "LIMITS_UNAVAILABLE", "", 503)
        metrics = (await asked.http.get("/metrics")).text
        assert "gateway_counters_shared 0.0" in metrics
        assert await counters_shown(asked) == "away"
        redis_server.start()
        for _ in range(100):
            answer = await ask(asked)
            if answer.status_code == 200:
                break
            await asyncio.sleep(0.05)
        assert answer.json()["data"]["person"]
        assert "gateway_counters_shared 1.0" in (await asked.http.get("/metrics")).text
        assert await counters_shown(asked) == "shared"


async def counters_shown(asked: Asked) -> str:
    ready = await asked.http.get("/health/ready")
    assert ready.status_code == 200
    return ready.json()["counters"]


@pytest.mark.redis
async def test_the_server_is_told_nobodys_name(opening: Opening, redis_server: RedisServer) -> None:
    async with opening({"client": {"per_day": 5}}, limits=redis_server.url) as asked:
        await ask(asked)
        counters: Counters = asked.gateway.services.counters
        held = b" ".join(await counters._shared._redis.keys())  # type: ignore[attr-defined]
        assert held
        for name in (b"bank", b"demo@", CLEAN.encode()):
            assert name not in held
