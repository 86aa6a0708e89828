"""The log's PostgreSQL server, the way to it, or the gateway that holds its lock breaks: one chain, nothing doubled."""

from __future__ import annotations

import asyncio
import os
import resource
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from exchange.consent import Consent, ConsentState, ground_on
from exchange.decision import Decision, Treatment
from exchange.disclosure import Disclosure
from exchange.refusals import AuditUnavailable, StoreUnavailable
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.log import Log
from exchange.store.postgres import PostgresConnection
from exchange.store.schema import upgrade
from gateway.demo.cluster import PostgresServer
from gateway.demo.cluster import server as started
from tests.faults.proxy import Mode, Proxy
from tests.faults.sealing import disclosure

pytestmark = pytest.mark.postgres
BUDGET_S = 1.0
HOLDING = str(Path(__file__).with_name("holding.py"))


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with started() as made:
        yield made


@pytest.fixture
async def url(server: PostgresServer) -> str:
    name = f"store_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(f"{server.url}/postgres")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    await upgrade(f"{server.url}/{name}")
    return f"{server.url}/{name}"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """Straight to the server."""
    database = await Database.open(url)
    yield database
    await database.close()


@pytest.fixture
def log(database: Database) -> Iterator[Log]:
    log = Log(database, budget_s=BUDGET_S)
    yield log
    log.close()


@pytest.fixture
def patient(database: Database) -> Iterator[Log]:
    """Waits longer than a machine at work needs to wake another."""
    log = Log(database, budget_s=10)
    yield log
    log.close()


@pytest.fixture
async def proxy(server: PostgresServer) -> AsyncIterator[Proxy]:
    proxy = await Proxy(server.port).start()
    yield proxy
    await proxy.stop()


@pytest.fixture
async def far(url: str, proxy: Proxy) -> AsyncIterator[Log]:
    """A log whose server is reached through the proxy."""
    database = await Database.open(f"postgresql://postgres@127.0.0.1:{proxy.port}/{url.rpartition('/')[2]}")
    log = Log(database, budget_s=BUDGET_S)
    yield log
    await asyncio.to_thread(log.close)
    await database.close()


async def refused(log: Log, asks: list[Disclosure]) -> None:
    """All at once, each within its budget."""
    async with asyncio.timeout(BUDGET_S * 1.5):
        outcomes = await asyncio.gather(*(log.seal([ask], None) for ask in asks), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [AuditUnavailable] * len(asks)


async def until(holds: Callable[[], object], within_s: float = 10) -> None:
    async with asyncio.timeout(within_s):
        while True:
            with suppress(StoreUnavailable):
                if await holds():  # type: ignore[misc]
                    return
            await asyncio.sleep(0.02)


async def stands_once(log: Log, asks: list[Disclosure]) -> bool:
    """The log is whole, and is exactly these."""
    verdict = await log.verify()
    found = [await log.find(ask.id) for ask in asks]
    return verdict.sound and verdict.head.sequence == len(asks) and None not in found


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
async def test_where_the_sequencer_dies_or_stands_still_another_takes_over(
    start, url: str, patient: Log, end: int
) -> None:
    holder = start(HOLDING, url)
    assert holder.stdout.readline() == "held\n"
    asks = [disclosure() for _ in range(5)]
    sealing = asyncio.gather(*(patient.seal([ask], None) for ask in asks))
    await asyncio.sleep(0.2)
    assert not sealing.done()
    os.kill(holder.pid, end)
    await sealing
    assert await stands_once(patient, asks)


async def test_a_server_that_restarts_under_load(server: PostgresServer, log: Log) -> None:
    """Each ask comes again under its own id until it is sealed."""
    sealed: list[Disclosure] = []
    refusals, going = 0, True

    async def client() -> None:
        nonlocal refusals
        while going:
            ask = disclosure()
            while True:
                try:
                    await log.seal([ask], None)
                    break
                except AuditUnavailable:
                    refusals += 1
                    await asyncio.sleep(0.01)
            sealed.append(ask)

    asking = asyncio.gather(*(client() for _ in range(16)))
    try:
        for _ in range(3):
            before = len(sealed)
            await until(lambda before=before: asyncio.sleep(0, len(sealed) > before + 50))
            assert await log.health()
            await asyncio.to_thread(server.stop)
            try:
                await refused(log, [disclosure()])
                assert not await log.health()
            finally:
                await asyncio.to_thread(server.start)
    finally:
        going = False
        await asking
    assert refusals
    assert await log.health()
    assert await stands_once(log, sealed)


async def test_a_link_that_says_nothing_any_more(proxy: Proxy, far: Log, log: Log) -> None:
    first, lost, last = ([disclosure() for _ in range(5)] for _ in range(3))
    await asyncio.gather(*(far.seal([ask], None) for ask in first))
    await proxy.set(Mode.HALF_OPEN)
    await refused(far, lost)
    await asyncio.gather(*(far.seal([ask], None) for ask in last))
    assert await far.health()
    assert await stands_once(log, [*first, *last])


async def test_a_server_that_hangs(url: str, log: Log) -> None:
    first, lost, last = ([disclosure() for _ in range(5)] for _ in range(3))
    await asyncio.gather(*(log.seal([ask], None) for ask in first))
    with hung(await processes(url)):
        await refused(log, lost)
        async with asyncio.timeout(BUDGET_S * 1.5):
            assert not await log.health()
        await refused(log, lost)
    await until(log.health)
    await asyncio.gather(*(log.seal([ask], None) for ask in last))
    assert await stands_once(log, [*first, *last])


async def test_health_is_told_within_its_budget_where_the_server_hangs_in_the_probe(
    url: str, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = PostgresConnection.commit

    async def hanging(connection: PostgresConnection) -> None:
        with hung(await processes(url)):
            await commit(connection)

    monkeypatch.setattr(PostgresConnection, "commit", hanging)
    async with asyncio.timeout(BUDGET_S * 1.5):
        assert not await log.health()


async def processes(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    postmaster = Path(await connection.fetchval("SHOW data_directory")) / "postmaster.pid"
    mine = await connection.fetchval("SELECT pg_backend_pid()")
    found = [row[0] for row in await connection.fetch("SELECT pid FROM pg_stat_activity")]
    await connection.close()
    return [int(postmaster.read_text().split("\n")[0]), *(pid for pid in found if pid != mine)]


class hung:
    """These processes stand still."""

    def __init__(self, pids: list[int]) -> None:
        self.pids = pids

    def __enter__(self) -> None:
        self._all(signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        self._all(signal.SIGCONT)

    def _all(self, number: int) -> None:
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@pytest.mark.parametrize("lost", ["answer lost", "cut off"])
async def test_a_commit_whose_acknowledgement_is_lost(
    proxy: Proxy, far: Log, log: Log, database: Database, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """The ask that comes again is answered, and neither it nor the use of its consent is doubled."""
    ask, consent = disclosure(), await one_use(database)
    ask = replace(ask, purpose="LOAN_APPROVAL", ground=ground_on(consent))
    commit, loop = PostgresConnection.commit, asyncio.get_running_loop()

    async def unheard(connection: PostgresConnection) -> None:
        mode = proxy.set(Mode.MUTE) if lost == "answer lost" else proxy.set(reset_after=0, resets=1)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(mode, loop))
        await commit(connection)

    before = disclosure()
    await far.seal([before], None)
    monkeypatch.setattr(PostgresConnection, "commit", unheard)
    await refused(far, [ask])
    monkeypatch.undo()
    await proxy.set()
    await until(lambda: log.find(ask.id))
    for _ in range(2):
        await far.seal([ask], None)
    assert await stands_once(log, [before, ask])
    assert await database.read("SELECT sequence FROM consent_use") == [(2,)]
    used = await Consents(database).named(consent.id)
    assert used
    assert used.state is ConsentState.CONSUMED


async def one_use(database: Database) -> Consent:
    ask = disclosure()
    consent = Consent(
        "consent-1",
        ask.people[0],
        "bank-a",
        frozenset({"LOAN_APPROVAL"}),
        ask.at.replace(year=ask.at.year - 1),
        ask.at.replace(year=ask.at.year + 1),
        single_use=True,
    )
    await Consents(database).add([consent])
    return consent


async def test_a_full_disk(server: PostgresServer, url: str, patient: Log) -> None:
    """No file of the server may grow beyond a size, and entries of 10 MB are written until they fit no more."""
    first, small, big = disclosure(), disclosure(), [entry_of_10_mb() for _ in range(2)]
    await asyncio.to_thread(restarted, server, _SEGMENT)
    try:
        await until(patient.health)
        await patient.seal([first], None)
        await patient.seal([big[0]], None)
        with pytest.raises(AuditUnavailable):
            await patient.seal([big[1]], None)
        assert await patient.find(big[1].id) is None
        await patient.seal([small], None)
    finally:
        await asyncio.to_thread(restarted, server, resource.RLIM_INFINITY)
    await until(patient.health)
    await patient.seal([big[1]], None)
    assert await stands_once(patient, [first, big[0], small, big[1]])


def restarted(server: PostgresServer, size: int) -> None:
    """With a limit in bytes to its files."""
    server.stop()
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))
    try:
        server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


_SEGMENT = 16 << 20
"""Bytes of a file of the write-ahead log: were it to fail too, the whole server would start anew."""


def entry_of_10_mb() -> Disclosure:
    keys = (f"X.{secrets.token_hex(100)}" for _ in range(40_000))
    return replace(disclosure(), decisions={key: Decision(key, Treatment.FULL, rule="P-1") for key in keys})
