"""The disk or the lock fails: nothing is disclosed, nothing is half-written, and the log goes on afterwards.

Each fault is tried twice where it can be: it failed, and it failed but persisted.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest

from exchange.audit import START
from exchange.consent import Consent, ConsentState, ground_on
from exchange.disclosure import Disclosure
from exchange.refusals import AuditUnavailable
from exchange.requester import Requester
from exchange.store.consent import Consents
from exchange.store.log import Log
from exchange.store.sqlite import SqliteDatabase

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
CONSENT = Consent(
    "consent-1",
    "5a" * 16,
    "bank-a",
    frozenset({"LOAN_APPROVAL"}),
    NOW - timedelta(1),
    NOW + timedelta(1),
    single_use=True,
)
HOLD = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
    "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.readline(); c.execute('COMMIT')"
)


def disclosure(id: str) -> Disclosure:
    requester = Requester("bank-a", "bank-system", "op-017", "bank-system")
    return Disclosure(id, NOW, requester, "LOAN_APPROVAL", (CONSENT.person,), ground_on(CONSENT))


class Faulty(SqliteDatabase):
    """Connections that do what a test says before they are handed out."""

    fault = staticmethod(lambda connection: None)
    kind: type[sqlite3.Connection] | None = None

    def opened(self, wait_s: float = 2.0) -> sqlite3.Connection:
        if self.kind is None:
            connection = super().opened(wait_s)
        else:
            connection = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False, factory=self.kind, timeout=wait_s
            )
            connection.execute("PRAGMA foreign_keys = ON")
        self.fault(connection)
        return connection


@pytest.fixture
async def database(url):
    database = Faulty.at(url)
    await database.prepare()
    await Consents(database).add([CONSENT])
    yield database
    await database.close()


@pytest.fixture
def log(database):
    log = Log(database, budget_s=0.5)
    yield log
    log.close()


async def untouched(database: SqliteDatabase, log: Log) -> bool:
    return await log.head() == START and await Consents(database).named(CONSENT.id) == CONSENT


async def mended(database: Faulty, log: Log) -> bool:
    """Once the fault is gone the same ask is sealed, on the same consent."""
    database.fault, database.kind = (lambda connection: None), None
    await log.seal([disclosure("later")], None)
    found = await Consents(database).named(CONSENT.id)
    return (
        await log.health() and (await log.verify()).sound and found is not None and found.state is ConsentState.CONSUMED
    )


def full(connection: sqlite3.Connection) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


def read_only(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")


def gone(connection: sqlite3.Connection) -> None:
    connection.close()


@pytest.mark.parametrize("fault", [read_only, gone])
async def test_a_disk_that_cannot_be_written(database, log, fault):
    database.fault = fault
    with pytest.raises(AuditUnavailable):
        await log.seal([disclosure("first")], None)
    assert not await log.health()
    assert await untouched(database, log)
    assert await mended(database, log)


async def test_a_full_disk(database, log):
    """Entries fit until they fit no more; from then on nothing is acknowledged, and what was acknowledged stands."""
    database.fault = full
    acknowledged, refused = [], 0
    for number in range(200):
        refusal = Disclosure(f"r-{number}", NOW, disclosure("").requester, code="CONSENT_REQUIRED")
        try:
            await log.seal([refusal], None)
        except AuditUnavailable:
            refused += 1
        else:
            acknowledged.append(refusal.id)
    with pytest.raises(AuditUnavailable):
        await log.seal([disclosure("first")], None)
    assert refused
    assert (await log.head()).sequence == len(acknowledged)
    assert [id for id in acknowledged if await log.find(id) is None] == []
    assert await Consents(database).named(CONSENT.id) == CONSENT
    assert await mended(database, log)


async def test_a_lock_that_another_process_holds(database, log, start):
    holder = start("-c", HOLD, str(database.path))
    assert holder.stdout.readline() == "held\n"
    began = time.monotonic()
    outcomes = await asyncio.gather(
        *(log.seal([disclosure(f"d-{number}")], None) for number in range(10)), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} == {AuditUnavailable}
    assert time.monotonic() - began < 4  # and not ten times its half second
    assert not await log.health()
    holder.stdin.write("\n")
    holder.stdin.flush()
    assert holder.wait(10) == 0
    await asyncio.sleep(0.2)
    assert await untouched(database, log)
    assert await mended(database, log)


async def test_a_lock_that_is_released_in_time_costs_only_time(database, log, start):
    holder = start("-c", HOLD, str(database.path))
    assert holder.stdout.readline() == "held\n"
    sealing = asyncio.ensure_future(log.seal([disclosure("first")], None))
    await asyncio.sleep(0.1)
    assert not sealing.done()
    holder.stdin.write("\n")
    holder.stdin.flush()
    await sealing
    assert (await log.head()).sequence == 1


class CommitFails(sqlite3.Connection):
    def execute(self, sql, *parameters):
        if sql == "COMMIT":
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *parameters)


class CommitPersistsAndFails(sqlite3.Connection):
    def execute(self, sql, *parameters):
        done = super().execute(sql, *parameters)
        if sql == "COMMIT":
            raise sqlite3.OperationalError("disk I/O error")
        return done


async def test_a_commit_that_fails(database, log):
    database.kind = CommitFails
    with pytest.raises(AuditUnavailable):
        await log.seal([disclosure("first")], None)
    assert await untouched(database, log)
    assert await mended(database, log)


async def test_a_commit_that_fails_but_persisted(database, log):
    """The acknowledgement was lost: the ask that comes again is answered, not doubled, and not refused its consent."""
    database.kind = CommitPersistsAndFails
    with pytest.raises(AuditUnavailable):
        await log.seal([disclosure("first")], None)
    assert (await log.head()).sequence == 1
    database.kind = None
    await log.seal([disclosure("first")], None)
    assert (await log.head()).sequence == 1
    assert (await log.verify()).sound


async def test_a_fault_nobody_thought_of_does_not_end_the_writer(database, log):
    def fault(connection: sqlite3.Connection) -> None:
        raise MemoryError

    database.fault = fault
    with pytest.raises(AuditUnavailable):
        await log.seal([disclosure("first")], None)
    assert await untouched(database, log)
    assert await mended(database, log)
