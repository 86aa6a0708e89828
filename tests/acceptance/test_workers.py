"""Two workers, one gateway: one log, one use of a consent, one set of figures, whichever of them is asked or killed."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from exchange.store.consent import Consents
from exchange.store.database import Database
from gateway.demo.start import prepare
from gateway.settings import Settings, load
from policies import properties
from policies.rulebook import FILES, FOLDER
from tests.acceptance.fleet import WORKERS, alive, command, connecting, environ_of, serving, until
from tests.acceptance.in_process import PEOPLE
from tests.acceptance.running import free_port
from tests.nursery import ran
from tests.redis_server import RedisServer

OPENED = "p, market-clerk, LICENSING, UTL02.arrears_amount, BANDED, , ordinary, P-NEW, LICENSING\n"
SMALL = {"per_minute": 1, "burst": 30, "per_day": None, "per_month": None}


async def made(folder: Path, store_url: str | None = None) -> Settings:
    data = folder / "data"
    await asyncio.to_thread(prepare, data, people=10, database=None, at=datetime.now(UTC), store=store_url)
    return load({}, None, data=data, store=store_url).settings


@pytest.fixture
async def city(tmp_path: Path, store_url: str) -> Settings:
    return await made(tmp_path, store_url)


@pytest.fixture
async def small(tmp_path: Path) -> Settings:
    """On SQLite, where the kind of store makes no difference."""
    return await made(tmp_path)


def codes(answers: list[httpx.Response]) -> Counter[str]:
    """Of the refusals, and `ok`."""
    found: Counter[str] = Counter()
    for answer in answers:
        errors = answer.json().get("errors")
        found[errors[0]["extensions"]["code"] if errors else "ok"] += 1
    return found


def ids(answers: list[httpx.Response]) -> list[str]:
    return [answer.json()["data"]["person"]["disclosure"]["id"] for answer in answers]


async def test_both_answer_and_one_log_holds_all(city: Settings) -> None:
    async with serving(city) as fleet:
        answers = await fleet.at_once(200, lambda http: fleet.ask(http, "clean", "LOAN_APPROVAL"))
        assert codes(answers) == {"ok": 200}
        shares = await fleet.shares()
        assert sum(shares.values()) == 200
        assert all(shares[str(number)] > 0 for number in range(1, WORKERS + 1)), shares
        entries = await fleet.entries()
    by_id = {entry["id"]: entry for entry in entries}
    assert len(by_id) == len(entries)
    assert [by_id[id]["answer"] for id in ids(answers)] == [fleet.digests.answer(answer.content) for answer in answers]
    assert fleet.process.returncode == 0


async def test_of_200_uses_of_a_consent_for_one_use_one_is_a_profile(city: Settings) -> None:
    async with serving(city) as fleet:
        answers = await fleet.at_once(
            200,
            lambda http: fleet.ask(http, "consent-single-use", "LOAN_APPROVAL", consent="consent-single-use-1"),
        )
        assert codes(answers) == {"ok": 1, "CONSENT_USED_UP": 199}
        assert all(share > 0 for share in (await fleet.shares()).values())
        used = [entry for entry in await fleet.entries() if entry["ground"]["consent"] == "consent-single-use-1"]
    assert Counter(entry["event"] for entry in used)["disclosure"] == 1


async def test_what_is_revoked_through_one_is_refused_by_all(city: Settings) -> None:
    revoke = "mutation($id: ID!) { revokeConsent(id: $id) { state } }"
    database = await Database.open(city.store_url)
    consents = Consents(database)
    first = await consents.named("consent-single-use-1")
    assert first
    await consents.add([replace(first, id="revoked-by-and-by", single_use=False)])
    await database.close()
    whose = PEOPLE["consent-single-use"]
    async with serving(city) as fleet:

        async def ask(http: httpx.AsyncClient) -> httpx.Response:
            return await fleet.ask(http, "consent-single-use", "LOAN_APPROVAL", consent="revoked-by-and-by")

        assert codes(await fleet.at_once(20, ask)) == {"ok": 20}
        async with connecting() as http:
            done = await fleet.post(http, "person", revoke, {"id": "revoked-by-and-by"}, person=whose)
        assert done.json()["data"]["revokeConsent"]["state"] == "REVOKED"
        assert codes(await fleet.at_once(40, ask)) == {"CONSENT_REVOKED": 40}
        assert all(share > 0 for share in (await fleet.shares()).values())


async def test_a_kept_answer_is_the_same_from_each(city: Settings) -> None:
    name = secrets.token_urlsafe(16)
    async with serving(city) as fleet:

        async def ask(http: httpx.AsyncClient) -> httpx.Response:
            return await fleet.ask(http, "clean", "LOAN_APPROVAL", idempotency_key=name)

        async with connecting() as http:
            first = await ask(http)
        answers = await fleet.at_once(40, ask)
        assert {answer.content for answer in answers} == {first.content}
        assert all(share > 0 for share in (await fleet.shares()).values())
        entries = await fleet.entries()
    assert [entry["id"] for entry in entries if entry["event"] == "disclosure"] == ids([first])


async def test_killed_under_load_a_worker_is_replaced_and_no_answer_lacks_its_entry(city: Settings) -> None:
    received: list[httpx.Response] = []
    broken: Counter[str] = Counter()
    async with serving(city) as fleet:
        stop = False

        async def asking() -> None:
            while not stop:
                async with connecting() as http:
                    try:
                        received.append(await fleet.ask(http, "clean", "LOAN_APPROVAL"))
                    except httpx.TransportError as error:
                        broken[type(error).__name__] += 1

        asks = asyncio.gather(*(asking() for _ in range(8)))
        for kill in range(1, 5):
            before = len(received)
            await until(lambda before=before: len(received) > before + 20)
            victim = fleet.pids[kill % WORKERS]
            os.kill(victim, signal.SIGKILL)
            await until(lambda victim=victim: victim not in fleet.pids and len(fleet.pids) == WORKERS)
            await until(lambda kill=kill: len(fleet.logged("worker_died")) == kill)
        stop = True
        await asks
        assert fleet.process.poll() is None
        assert codes(received).keys() == {"ok"}
        assert sum(broken.values()) <= 4 * 8  # what the killed one had begun
        by_id = {entry["id"]: entry for entry in await fleet.entries()}
        for id, answer in zip(ids(received), received, strict=True):
            assert by_id[id]["answer"] == fleet.digests.answer(answer.content)
        assert {died["exit"] for died in fleet.logged("worker_died")} == {-signal.SIGKILL}


async def test_no_worker_outlives_a_killed_supervisor(small: Settings) -> None:
    async with serving(small) as fleet:
        pids = fleet.pids
        assert len(pids) == WORKERS
        fleet.process.kill()
        fleet.process.wait()
        await until(lambda: not any(map(alive, pids)))
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", fleet.port))
            taken.listen()


async def test_what_is_under_way_when_it_is_stopped_is_sealed_and_leaves(small: Settings) -> None:
    sent: list[str] = []

    async def trace(event: str, _: object) -> None:
        if event == "http11.send_request_body.complete":
            sent.append(event)

    async def traced(request: httpx.Request) -> None:
        request.extensions["trace"] = trace

    async with serving(small) as fleet:
        pids = fleet.pids

        async def asking(http: httpx.AsyncClient) -> httpx.Response:
            http.event_hooks = {"request": [traced]}
            return await fleet.ask(http, "clean", "LOAN_APPROVAL")

        with sqlite3.connect(small.store_file or "", isolation_level=None) as holder:
            holder.execute("BEGIN IMMEDIATE")  # nobody seals
            asks = asyncio.create_task(fleet.at_once(12, asking))
            await until(lambda: len(sent) == 12 and fleet.has_read(12))
            assert not asks.done()
            fleet.process.terminate()
            while not await fleet.refuses():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            assert not asks.done()
            holder.execute("ROLLBACK")
        answers = await asks
        await until(lambda: fleet.process.poll() is not None)
        assert fleet.process.returncode == 0
        assert codes(answers) == {"ok": 12}
        by_id = {entry["id"]: entry for entry in await fleet.entries()}
        assert [by_id[id]["answer"] for id in ids(answers)] == [fleet.digests.answer(a.content) for a in answers]
        assert not any(map(alive, pids))
        assert [ended["exit"] for ended in fleet.logged("worker_ended")] == [0] * WORKERS


async def test_who_sends_half_a_body_holds_up_no_stop(small: Settings) -> None:
    async with serving(small, GATEWAY_DRAIN_S="1") as fleet:
        token = fleet.token("bank-system")
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        _, writer = await asyncio.open_connection("127.0.0.1", fleet.port)
        writer.write(head.encode())
        await writer.drain()
        await until(lambda: fleet.has_read(1))
        fleet.process.terminate()
        await until(lambda: fleet.process.poll() is not None, 15)
        assert fleet.process.returncode == 0
        assert fleet.logged("workers_killed") == []
        writer.close()


async def test_one_that_stands_still_is_replaced(small: Settings) -> None:
    async with serving(small) as fleet:
        still = fleet.pids[0]
        os.kill(still, signal.SIGSTOP)
        await until(lambda: still not in fleet.pids and len(fleet.pids) == WORKERS, 40)
        assert [found["pid"] for found in fleet.logged("worker_still")] == [still]


def limited(folder: Path) -> Path:
    """The demo's clients, of which one may ask 30 times."""
    file = yaml.safe_load(Path("gateway/demo/clients.yaml").read_text("utf-8"))
    file["clients"]["bank-system"]["limits"] = {"client": SMALL, "operator": SMALL}
    clients = folder / "clients.yaml"
    clients.write_text(yaml.safe_dump(file), "utf-8")
    return clients


@pytest.mark.parametrize("where", ["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def test_a_client_has_its_figures_once(small: Settings, tmp_path: Path, where: str) -> None:
    clients = limited(tmp_path)

    async def asked(limits: str) -> None:
        async with serving(small, GATEWAY_LIMITS=limits, GATEWAY_CLIENTS=str(clients)) as fleet:
            answers = await fleet.at_once(60, lambda http: fleet.ask(http, "clean", "LOAN_APPROVAL"))
            assert codes(answers) in [{"ok": n, "RATE_LIMITED": 60 - n} for n in (30, 31)]
            assert all(share > 0 for share in (await fleet.shares()).values())
            if where == "memory":  # and it is of no use to be answered by a new one
                for pid in fleet.pids:
                    os.kill(pid, signal.SIGKILL)
                await until(lambda: len(fleet.logged("worker_started")) == 2 * WORKERS)
                await asyncio.sleep(1)
                again = await fleet.at_once(20, lambda http: fleet.ask(http, "clean", "LOAN_APPROVAL"))
                assert codes(again)["ok"] <= 1

    if where == "memory":
        await asked("memory")
        return
    with RedisServer.running() as server:
        await asked(server.url)


@pytest.mark.redis
async def test_when_redis_dies_both_refuse_after_the_grace(small: Settings) -> None:
    with RedisServer.running() as server:
        async with serving(small, GATEWAY_LIMITS=server.url, GATEWAY_LIMITS_GRACE_S="0") as fleet:

            async def ask(http: httpx.AsyncClient) -> httpx.Response:
                return await fleet.ask(http, "clean", "LOAN_APPROVAL")

            assert codes(await fleet.at_once(20, ask)) == {"ok": 20}
            server.stop()
            assert codes(await fleet.at_once(20, ask)) == {"LIMITS_UNAVAILABLE": 20}
            server.start()
            for _ in range(20):  # each worker finds it again at an ask of its own
                found = codes(await fleet.at_once(20, ask))
                if found == {"ok": 20}:
                    break
                await asyncio.sleep(0.5)
            assert found == {"ok": 20}


async def test_a_change_of_the_policies_reaches_both(small: Settings) -> None:
    policies = small.data / "policies"
    policies.mkdir()
    for name in (*FILES, properties.FILE):
        shutil.copy(FOLDER / name, policies / name)
    async with serving(small, GATEWAY_POLICIES=str(policies)) as fleet:

        async def revisions() -> Counter[str]:
            answers = await fleet.at_once(20, lambda http: http.get(f"{fleet.url}/health/ready"))
            return Counter(answer.json()["policy"]["revision"] for answer in answers)

        (before,) = await revisions()
        permits = policies / "permits.csv"
        permits.write_text(permits.read_text("utf-8") + OPENED, "utf-8")
        fleet.process.send_signal(signal.SIGHUP)
        await until(lambda: len(fleet.logged("policy_taken")) == WORKERS)
        assert before not in await revisions()
        kept = [entry for entry in await fleet.entries() if entry["administrative"].get("act") == "POLICY_IN_FORCE"]
        assert len(kept) == 2  # once for each revision, not for each worker
        fleet.process.send_signal(signal.SIGHUP)
        await until(lambda: len(fleet.logged("policy_unchanged")) == WORKERS)


def failed(settings: Settings, **environ: str) -> tuple[int, str]:
    done = ran(*command(settings, free_port()), environ=environ_of(settings, **environ))
    return done.returncode, done.stderr


async def test_a_fault_of_the_start_is_told_once_and_stops_everything(small: Settings, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    code, told = await asyncio.to_thread(failed, small, GATEWAY_DEPARTMENTS=str(empty))
    assert code == 1
    assert [line for line in told.splitlines() if not line.startswith("{")] == [
        "empty:1: no mapping file (*.yaml) is here"
    ]


async def test_an_address_that_somebody_has_is_told(small: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = await asyncio.to_thread(ran, *command(small, port), environ=environ_of(small))
    assert done.returncode == 3
    assert done.stderr.splitlines() == [f"Port {port} of 127.0.0.1 cannot be had: choose another with --port."]


async def test_no_worker_listens_before_all_are_ready(small: Settings) -> None:
    async with serving(small) as fleet:
        lines: list[dict[str, Any]] = [json.loads(line) for line in fleet.log.read_text("utf-8").splitlines()]
        assert [line["event"] for line in lines] == ["worker_started", "worker_started", "serving"]
