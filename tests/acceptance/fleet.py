"""`gateway serve --workers 2` as its operator has it: a supervisor, its workers, and whoever asks them over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from exchange.digests import Digests
from exchange.person import PersonId
from exchange.store.database import Database
from exchange.store.log import Log
from gateway.clients import Clients
from gateway.demo.issuer import Issuer
from gateway.founding import words
from gateway.settings import Settings
from policies.engine import Engine
from tests.acceptance.in_process import CATALOGUE, PEOPLE, REFERENCE
from tests.acceptance.running import clean_environ, free_port
from tests.nursery import Process

WORKERS = 2
_TLS = httpx.create_ssl_context()
"""Of no use here, and dear to make anew for each of hundreds of clients."""
_ESTABLISHED, _LISTEN = "01", "0A"
"""As /proc/net/tcp has them. What waits at the one that listens is a connection that nobody has accepted."""
QUERY = (
    "query A($id: IdNumber!, $purpose: Purpose!, $consent: ID, $reference: String) {"
    " person(idNumber: $id, purpose: $purpose, consent: $consent, reference: $reference)"
    " { financial { loanAccounts { balance accountStatus } } disclosure { id } } }"
)


@dataclass
class Fleet:
    process: Process
    port: int
    settings: Settings
    log: Path
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def digests(self) -> Digests:
        return Digests(self.settings.key(), self.settings.digest_algorithm)

    @property
    def pids(self) -> list[int]:
        """Of the workers."""
        return children(self.process.pid)

    def logged(self, event: str) -> list[dict[str, Any]]:
        lines = [line for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]
        return [found for found in map(json.loads, lines) if found["event"] == event]

    def token(self, client: str, person: str | None = None) -> str:
        name = f"{client} {person}"
        if name not in self.tokens:
            assert self.settings.demo_issuer
            assert self.settings.clients
            issuer = Issuer.open(
                self.settings.demo_issuer, issuer=self.settings.issuer, audience=self.settings.audience
            )
            known = Clients.read(self.settings.clients, words(Engine.load(None, CATALOGUE), CATALOGUE)).find(client)
            assert known
            digest = self.digests.person(PersonId.parse(person)) if person else None
            self.tokens[name] = issuer.token(
                client, known, at=datetime.now(UTC), lasts=timedelta(hours=1), person=digest
            )
        return self.tokens[name]

    async def post(
        self, http: httpx.AsyncClient, client: str, query: str, variables: Mapping[str, Any], **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(client, more.pop('person', None))}", **more}
        return await http.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def ask(
        self, http: httpx.AsyncClient, tag: str, purpose: str, client: str = "bank-system", **variables: Any
    ) -> httpx.Response:
        """Headers are given with `_`: `idempotency_key`."""
        headers = {"Idempotency-Key": variables.pop("idempotency_key")} if "idempotency_key" in variables else {}
        variables = {"id": PEOPLE[tag], "purpose": purpose, **REFERENCE.get(purpose, {}), **variables}
        return await self.post(http, client, QUERY, variables, **headers)

    async def at_once(self, asks: int, ask: Callable[[httpx.AsyncClient], Any]) -> list[httpx.Response]:
        """Each over a connection of its own."""

        async def one() -> httpx.Response:
            async with connecting() as http:
                return await ask(http)

        return await asyncio.gather(*(one() for _ in range(asks)))

    def has_read(self, connections: int) -> bool:
        """Whether so many connections are open, and what was sent on them is in the workers' hands."""
        at, states = f":{self.port:04X}", defaultdict[str, list[int]](list)
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            _, local, _, state, queues, *_ = line.split()
            if local.endswith(at):
                states[state].append(int(queues.partition(":")[2], 16))
        return states[_LISTEN] == [0] and states[_ESTABLISHED] == [0] * connections

    async def refuses(self) -> bool:
        """Whether nobody listens."""
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except ConnectionRefusedError:
            return True
        writer.close()
        return False

    async def shares(self) -> Mapping[str, float]:
        """Worker → the asks that it answered, as /metrics has them."""
        async with connecting() as http:
            text = (await http.get(f"{self.url}/metrics")).text
        found: dict[str, float] = defaultdict(float)
        for line in text.splitlines():
            if line.startswith("gateway_asks_total{"):
                worker = re.search(r'worker="(\d+)"', line)
                assert worker
                found[worker[1]] += float(line.split()[-1])
        return found

    async def entries(self) -> list[dict[str, Any]]:
        """Of the sealed log, once it was verified."""
        database = await Database.open(self.settings.store_url)
        log = Log(database)
        try:
            verdict = await log.verify()
            assert verdict.sound, verdict
            return [json.loads(text) async for text in log.pages(await log.tree.size())]
        finally:
            log.close()
            await database.close()


def connecting() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=20, trust_env=False, verify=_TLS)


def children(pid: int) -> list[int]:
    return [int(found) for found in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """A zombie that nobody has reaped yet is not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.02)


def command(settings: Settings, port: int, workers: int = WORKERS) -> list[object]:
    return ["serve", "--data", settings.data, "--port", port, "--workers", workers]


def environ_of(settings: Settings, **environ: str) -> dict[str, str]:
    return clean_environ() | {"GATEWAY_STORE": settings.store_url} | environ


def started(settings: Settings, environ: Mapping[str, str]) -> Fleet:
    port, log = free_port(), settings.data / "serve.log"
    with log.open("wb") as output:
        process = Process(command(settings, port), environ_of(settings, **environ), output)
    return Fleet(process, port, settings, log)


@asynccontextmanager
async def serving(settings: Settings, **environ: str) -> AsyncIterator[Fleet]:
    """Ready to answer; `environ` are more of its settings."""
    fleet = started(settings, environ)
    process = fleet.process
    try:
        await answering(fleet)
        yield fleet
    finally:
        known = fleet.pids if process.poll() is None else []
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, 30)
        finally:
            ended([process.pid, *known])


async def answering(fleet: Fleet) -> None:
    async with connecting() as http:
        for _ in range(1200):
            assert fleet.process.poll() is None, fleet.log.read_text()
            with suppress(httpx.TransportError):
                if (await http.get(f"{fleet.url}/health/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise AssertionError(fleet.log.read_text())


def ended(pids: Iterable[int]) -> None:
    """Whatever a failed test left."""
    for pid in pids:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
