"""What the log's writer says to the store, and what it does when the event loop of those who wait stands still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import uvloop

from exchange.consent import Consent
from exchange.disclosure import Disclosure
from exchange.refusals import AuditUnavailable, ConsentRevoked, ConsentUsedUp
from exchange.store import facts, sealer
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.log import Log

AT = datetime(2026, 11, 24, 6, tzinfo=UTC)


@pytest.fixture
async def said(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each round trip of a connection that writes."""
    connection = await database.connect()
    kind, made = type(connection), list[str]()
    await connection.close()

    def noting(name: str, asked: Callable[..., Any]) -> Callable[..., Any]:
        async def noted(self: object, *arguments: Any) -> Any:
            made.append(name)
            return await asked(self, *arguments)

        return noted

    monkeypatch.setattr(sealer, "_SPEAKS_S", float("inf"))  # on a machine at work it would say that it is there
    for name in ("begin_log", "commit", "rollback", "run", "many", "read_all", "insert", "append"):
        monkeypatch.setattr(kind, name, noting(name, getattr(kind, name)))
    return made


@pytest.mark.parametrize("store_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_a_seal_is_two_round_trips_however_much_it_seals_and_four_where_others_append(
    database: Database,
    log: Log,
    make_disclosure: Callable[..., Disclosure],
    make_consent: Callable[..., Consent],
    said: list[str],
) -> None:
    people = [f"{number:032x}" for number in range(100)]
    consents = [make_consent(f"consent-{person}", person=person) for person in people]
    await Consents(database).add(consents)
    await log.seal([make_disclosure()], None)
    for disclosures in (
        [make_disclosure()],
        [make_disclosure(consents[0], people=(people[0],))],
        [make_disclosure(one, people=(one.person,)) for one in consents],
    ):
        said.clear()
        await log.seal(disclosures, None)
        assert said == ["read_all", "append"]
    other = Log(database)
    await other.seal([make_disclosure()], None)
    for round_trips in (
        ["read_all", "read_all", "begin_log", "read_all", "insert", "commit"],  # it is told of another's entry
        ["read_all", "append"],
    ):
        said.clear()
        await log.seal([make_disclosure(consents[0], people=(people[0],))], None)
        assert said == round_trips
    other.close()


async def test_what_is_consumed_is_consumed_under_the_lock(
    database: Database,
    log: Log,
    make_disclosure: Callable[..., Disclosure],
    make_consent: Callable[..., Consent],
    said: list[str],
) -> None:
    await Consents(database).add([once := make_consent("once", single_use=True)])
    await log.seal([make_disclosure()], None)
    said.clear()
    await log.seal([make_disclosure(once, people=(once.person,))], None)
    assert said.count("begin_log") == 1
    assert "append" not in said
    with pytest.raises(ConsentUsedUp):
        await log.seal([make_disclosure(once, people=(once.person,))], None)


async def test_a_consent_that_is_taken_back_between_the_look_and_the_entry_is_refused(
    database: Database,
    log: Log,
    make_disclosure: Callable[..., Disclosure],
    make_consent: Callable[..., Consent],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    consents = Consents(database)
    await consents.add([given := make_consent("given")])
    await log.seal([make_disclosure(given, people=(given.person,))], None)
    read = facts.read

    async def read_and_taken_back(*arguments: Any) -> Any:
        found = await read(*arguments)
        monkeypatch.setattr(facts, "read", read)
        await consents.revoke(given.id, AT)
        return found

    if database.remote:  # where a file is the store, whoever reads holds the lock
        monkeypatch.setattr(facts, "read", read_and_taken_back)
        with pytest.raises(ConsentRevoked):
            await log.seal([make_disclosure(given, people=(given.person,))], None)
        assert (await log.head()).sequence == 1


async def test_what_another_appends_between_the_look_and_the_entry_comes_first(
    database: Database, log: Log, make_disclosure: Callable[..., Disclosure], monkeypatch: pytest.MonkeyPatch
) -> None:
    other, mine, its = Log(database), make_disclosure(), make_disclosure()
    await log.seal([make_disclosure()], None)
    read = facts.read

    async def read_and_overtaken(*arguments: Any) -> Any:
        found = await read(*arguments)
        monkeypatch.setattr(facts, "read", read)
        await other.seal([its], None)
        return found

    if database.remote:
        monkeypatch.setattr(facts, "read", read_and_overtaken)
        await log.seal([mine], None)
        assert [await log.place(each.id) for each in (its, mine)] == [2, 3]
        assert (await log.verify()).sound
    other.close()


async def test_whoever_holds_the_lock_comes_first(
    database: Database, log: Log, make_disclosure: Callable[..., Disclosure], said: list[str]
) -> None:
    await log.seal([make_disclosure()], None)
    holder = await database.connect()
    await holder.begin_log()
    sealing = asyncio.ensure_future(log.seal([make_disclosure()], None))
    await asyncio.sleep(0.1)
    assert not sealing.done()
    await holder.rollback()
    await sealing
    await holder.close()
    assert (await log.head()).sequence == 2


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
async def test_what_was_sealed_while_the_loop_stood_still_is_sealed(
    database: Database, make_disclosure: Callable[..., Disclosure], loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    log, disclosure = Log(database, budget_s=0.5), make_disclosure()

    async def seal() -> None:
        sealing = asyncio.ensure_future(log.seal([disclosure], None))
        await asyncio.sleep(0)
        time.sleep(1)  # noqa: ASYNC251
        await sealing

    def elsewhere() -> None:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(seal())

    await log.seal([make_disclosure()], None)
    await asyncio.to_thread(elsewhere)
    assert await log.find(disclosure.id) is not None
    log.close()


async def test_whoever_waits_longer_than_the_budget_gets_nothing(
    database: Database, make_disclosure: Callable[..., Disclosure]
) -> None:
    log = Log(database, budget_s=0.3)
    holder = await database.connect()
    await holder.begin_log()
    with pytest.raises(AuditUnavailable):
        await log.seal([make_disclosure()], None)
    await holder.close()
    assert (await log.head()).sequence == 0
    log.close()
