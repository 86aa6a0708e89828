"""What the log's writer says to the store, and what it does when the event loop of those who wait stands still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from exchange.consent import Consent
from exchange.disclosure import Disclosure
from exchange.refusals import AuditUnavailable
from exchange.store import sealer
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.log import Log


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
    for name in ("begin_log", "commit", "rollback", "run", "many", "read_all", "insert"):
        monkeypatch.setattr(kind, name, noting(name, getattr(kind, name)))
    return made


async def test_a_seal_is_four_round_trips_however_much_it_seals(
    database: Database,
    log: Log,
    make_disclosure: Callable[..., Disclosure],
    make_consent: Callable[..., Consent],
    said: list[str],
) -> None:
    if not database.remote:
        pytest.skip("no round trips")
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
        assert said == ["begin_log", "read_all", "insert", "commit"]


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
