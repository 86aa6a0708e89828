"""Asks that come together are read together: fewer statements, never an older one, never another's rows."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from exchange.change import Statement
from exchange.consent import Consent
from exchange.dispute import Dispute
from exchange.frequency import Frequency, Period, Turn
from exchange.refusals import StoreUnavailable
from exchange.store.consent import Consents
from exchange.store.database import Database, Row
from exchange.store.dispute import Disputes
from exchange.store.together import MOST, Together, by
from exchange.store.turns import COUNT, Turns

AT = datetime(2026, 11, 24, 6, tzinfo=UTC)


class Asked:
    """A database of which each statement is counted, and ends when it is let go."""

    remote = True

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.go = asyncio.Event()
        self.fails = False

    async def read_all(self, statements: Sequence[Statement]) -> list[list[Row]]:
        self.asked.append(sorted(key for each in statements for key in each.parameters))
        fails, loop = self.fails, asyncio.get_running_loop()
        if self.loop is None:
            self.loop = loop
        if loop is self.loop:
            await self.go.wait()
        if fails:
            raise StoreUnavailable()
        number = len(self.asked)
        return [[(key, number) for key in each.parameters if key != "nobody"] for each in statements]

    loop: asyncio.AbstractEventLoop | None = None
    """Where it is let go; on another it need not be."""


def kind(asked: Asked, name: str) -> Together[str]:
    return Together(asked, lambda keys: Statement(name, tuple(keys)), lambda rows: by(rows, 0))  # type: ignore[arg-type]


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def together(asked: Asked) -> Together[str]:
    return kind(asked, "some")


async def soon() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_comes_in_one_turn_of_the_loop_shares_a_statement(asked: Asked, together: Together[str]) -> None:
    asked.go.set()
    found = await asyncio.gather(together.rows(["a"]), together.rows(["b", "a"]), together.rows(["nobody"]))
    assert asked.asked == [["a", "b", "nobody"]]
    assert [sorted(set(rows) & {"a", "b"}) for rows in found] == [["a", "b"]] * 3


async def test_who_comes_while_a_statement_is_under_way_is_answered_by_a_later_one(
    asked: Asked, together: Together[str]
) -> None:
    first = asyncio.ensure_future(together.rows(["a"]))
    await soon()
    later = [asyncio.ensure_future(together.rows([key])) for key in ("a", "b")]
    await soon()
    assert asked.asked == [["a"]]
    asked.go.set()
    assert (await first)["a"] == [("a", 1)]
    assert (await later[0])["a"] == [("a", 2)]
    assert (await later[1])["b"] == [("b", 2)]
    assert asked.asked == [["a"], ["a", "b"]]


async def test_one_statement_fails_for_those_in_it_alone(asked: Asked, together: Together[str]) -> None:
    asked.fails = True
    first = [asyncio.ensure_future(together.rows([key])) for key in ("a", "b")]
    await soon()
    asked.fails = False
    later = asyncio.ensure_future(together.rows(["a"]))
    await soon()
    asked.go.set()
    failed = await asyncio.gather(*first, return_exceptions=True)
    assert [type(each) for each in failed] == [StoreUnavailable] * 2
    assert failed[0] is not failed[1]
    assert (await later)["a"] == [("a", 2)]


async def test_what_is_read_of_several_kinds_goes_together_and_each_hears_of_its_own(
    asked: Asked, together: Together[str]
) -> None:
    asked.go.set()
    others = kind(asked, "others")
    found = await asyncio.gather(together.rows(["a", "b"]), others.rows(["b"]), together.rows(["nobody"]))
    assert asked.asked == [["a", "b", "b", "nobody"]]
    assert [sorted(rows) for rows in found] == [["a", "b"], ["b"], ["a", "b"]]


async def test_who_asked_and_never_waits_leaves_no_trace(asked: Asked, together: Together[str]) -> None:
    asked.fails = True
    asked.go.set()
    said: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
    together.rows(["a"])
    await soon()
    gc.collect()
    assert (asked.asked, said) == ([["a"]], [])


async def test_who_leaves_is_not_asked_for_and_keeps_nobody(asked: Asked, together: Together[str]) -> None:
    first = asyncio.ensure_future(together.rows(["a"]))
    await soon()
    gone, stays = (asyncio.ensure_future(together.rows([key])) for key in ("b", "c"))
    await soon()
    gone.cancel()
    first.cancel()
    await soon()
    asked.go.set()
    assert (await stays)["c"] == [("c", 2)]
    assert asked.asked == [["a"], ["c"]]


async def test_a_statement_is_bounded(asked: Asked, together: Together[str]) -> None:
    asked.go.set()
    await asyncio.gather(*(together.rows([f"{ask}.{n}" for n in range(100)]) for ask in range(9)))
    assert [len(keys) for keys in asked.asked] == [MOST, MOST, 100]


async def test_nobody_asks_for_nothing(asked: Asked, together: Together[str]) -> None:
    assert await together.rows([]) == {}
    assert asked.asked == []


async def test_each_event_loop_waits_for_its_own(asked: Asked, together: Together[str]) -> None:
    waiting = asyncio.ensure_future(together.rows(["a"]))
    await soon()

    def elsewhere() -> None:
        async def ask() -> None:
            assert (await together.rows(["b"]))["b"] == [("b", 2)]

        asyncio.run(ask())

    await asyncio.to_thread(elsewhere)
    assert not waiting.done()
    asked.go.set()
    assert "a" in await waiting


# What is read so


@pytest.fixture
def statements(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    read = type(database).read

    async def counted(self: Database, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        made.append(sql)
        return await read(self, sql, parameters)

    monkeypatch.setattr(type(database), "read", counted)
    return made


async def test_two_banks_that_ask_at_once_see_only_their_own_consents(
    database: Database, statements: list[str], make_consent: Callable[..., Consent]
) -> None:
    consents = Consents(database)
    people = [f"{n:032x}" for n in range(4)]
    given = [
        make_consent(f"consent-{bank}-{n}", person=person, organisation=bank)
        for bank in ("bank-a", "bank-b")
        for n, person in enumerate(people)
    ]
    await consents.add(given)
    await consents.add([replace(given[0], id="other", purposes=frozenset({"POST_LOAN"}))])
    statements.clear()
    asks = [(bank, people[n : n + 2]) for bank in ("bank-a", "bank-b", "bank-c") for n in (0, 1, 2)]
    found = await asyncio.gather(*(consents.of(bank, its, "LOAN_APPROVAL") for bank, its in asks))
    for (bank, its), told in zip(asks, found, strict=True):
        own = [consent for consent in given if consent.organisation == bank]
        assert told == {person: [one for one in own if one.person == person] for person in its}
    assert len(statements) == (1 if database.remote else len(asks))


async def test_a_revocation_holds_for_whoever_asks_after_it(
    database: Database, make_consent: Callable[..., Consent]
) -> None:
    consents = Consents(database)
    await consents.add([consent := make_consent()])

    async def ask() -> str:
        [found] = (await consents.of("bank-a", [consent.person], "LOAN_APPROVAL"))[consent.person]
        named = await consents.named(consent.id)
        assert named is not None
        return f"{found.state} {named.state}"

    async def keep_asking(until: asyncio.Event) -> None:
        while not until.is_set():
            await ask()
            await asyncio.sleep(0)

    done = asyncio.Event()
    load = [asyncio.ensure_future(keep_asking(done)) for _ in range(8)]
    await asyncio.sleep(0.01)
    await consents.revoke(consent.id, AT)
    assert await ask() == "revoked revoked"
    done.set()
    await asyncio.gather(*load)


async def test_disputes_and_turns_are_each_ones_own(database: Database, statements: list[str]) -> None:
    people = [f"{n:032x}" for n in range(3)]
    disputes = [
        Dispute(f"d{n}", "dispute", person, "PBC03", f"k{n}", opened_on=date(2026, 11, 1) + timedelta(days=5 - n))
        for n, person in enumerate([*people, people[0]])
    ]
    await Disputes(database).add(disputes)
    frequency = Frequency(2, Period.MONTH)
    turns = [Turn(person, "bank-a", "POST_LOAN", "2026-11", frequency, "") for person in people]
    async with database.write() as tx:
        await tx.insert([(COUNT, [(*turns[0].key, 1), (*turns[1].key, 2)])])
        await tx.insert([(COUNT, [(*turns[0].key, 1)])])
        await tx.insert([(COUNT, [(people[2], "bank-b", "POST_LOAN", "2026-11", 1)])])
    statements.clear()
    kept, counted = Disputes(database), Turns(database)
    told = await asyncio.gather(
        kept.open(people[:1]),
        kept.open(people[1:]),
        kept.open(["nobody"]),
        counted.used(turns[:1]),
        counted.used(turns),
    )
    assert [[dispute.id for dispute in each] for each in told[:3]] == [["d3", "d0"], ["d2", "d1"], []]  # type: ignore[union-attr]
    assert told[3:] == [{turns[0].key: 2}, {turns[0].key: 2, turns[1].key: 2}]
    assert len(statements) == (2 if database.remote else 5)  # disputes are begun before the turns
