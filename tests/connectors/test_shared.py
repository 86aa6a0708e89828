"""Asks that want the same at the same time share a statement, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from connectors.guards.shared import MOST_PEOPLE, Shared
from exchange.person import PersonId, check_digit
from exchange.records import Column, Delivered, Findings, Givens, Outcome, Row, Unavailable, Wanted

_LOANS = (Wanted("PBC03", (Column("balance"),)),)
_MORE = (Wanted("PBC03", (Column("balance"), Column("opened_on"))),)


def _person(number: int) -> PersonId:
    body = f"53019919700101{number:03}"
    return PersonId.parse(body + check_digit(body))


PEOPLE = [_person(number) for number in range(300)]


class Department:
    """Answers about each person with the given values that it was asked under; tells what it was asked."""

    department = "PBC"

    def __init__(self, answer: Callable[[Sequence[PersonId]], Outcome | None] = lambda _: None) -> None:
        self.asked: list[tuple[tuple[Wanted, ...], tuple[PersonId, ...], Givens]] = []
        self.cancelled = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._answer = answer

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        self.asked.append((wanted, tuple(people), given))
        try:
            await self.gate.wait()
            if (own := self._answer(people)) is not None:
                return own
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        told = str(given.get("institution", ""))
        return Delivered({person: ((Row((f"{told}:{person.number}",)),),) for person in people})

    async def check(self) -> Findings:
        return Findings(self.department, True)

    async def close(self) -> None: ...


def _in(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def _told(outcome: Outcome) -> dict[PersonId, str]:
    assert isinstance(outcome, Delivered)
    return {person: answers[0][0].values[0] for person, answers in outcome.answers.items()}  # type: ignore[index,union-attr,misc]


def _unavailable(why: str) -> Unavailable:
    return Unavailable(datetime.now(UTC), why)


async def test_asks_of_one_moment_are_one_statement_and_each_hears_of_its_own_people() -> None:
    department = Department()
    shared = Shared(department)
    outcomes = await asyncio.gather(*(shared.fetch(_LOANS, [person], {}, _in(2)) for person in PEOPLE[:20]))
    assert [people for _, people, _ in department.asked] == [tuple(PEOPLE[:20])]
    for person, outcome in zip(PEOPLE, outcomes, strict=False):
        assert _told(outcome) == {person: f":{person.number}"}


async def test_who_comes_while_one_is_under_way_goes_with_the_next() -> None:
    department = Department()
    shared = Shared(department)
    department.gate.clear()
    first = asyncio.create_task(shared.fetch(_LOANS, [PEOPLE[0]], {}, _in(2)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(shared.fetch(_LOANS, [person], {}, _in(2))) for person in PEOPLE[1:4]]
    await asyncio.sleep(0)
    department.gate.set()
    await asyncio.gather(first, *others)
    assert [len(people) for _, people, _ in department.asked] == [1, 3]


async def test_an_ask_waits_no_longer_than_a_moment_for_one_that_hangs() -> None:
    department = Department()
    shared = Shared(department)
    department.gate.clear()
    first = asyncio.create_task(shared.fetch(_LOANS, [PEOPLE[0]], {}, _in(9)))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(shared.fetch(_LOANS, [PEOPLE[1]], {}, _in(9)))
    await asyncio.sleep(0.05)
    assert [people for _, people, _ in department.asked] == [(PEOPLE[0],), (PEOPLE[1],)]
    department.gate.set()
    await asyncio.gather(first, second)


async def test_two_banks_in_one_millisecond_never_share() -> None:
    """What each is told rests on its own institution; and one that may see more asks with more columns."""
    department = Department()
    shared = Shared(department)
    bank_a, bank_b = {"institution": "A"}, {"institution": "B"}
    person = PEOPLE[0]
    a, b, more = await asyncio.gather(
        shared.fetch(_LOANS, [person], bank_a, _in(2)),
        shared.fetch(_LOANS, [person], bank_b, _in(2)),
        shared.fetch(_MORE, [person], bank_a, _in(2)),
    )
    assert len(department.asked) == 3
    assert (_told(a), _told(b)) == ({person: f"A:{person.number}"}, {person: f"B:{person.number}"})
    assert _told(more) == {person: f"A:{person.number}"}
    assert {(wanted, given["institution"]) for wanted, _, given in department.asked} == {
        (_LOANS, "A"),
        (_LOANS, "B"),
        (_MORE, "A"),
    }


async def test_equal_values_are_the_same_whoever_brings_them() -> None:
    department = Department()
    shared = Shared(department)
    asks = (shared.fetch(_LOANS, [person], {"institution": "A"}, _in(2)) for person in PEOPLE[:2])
    await asyncio.gather(*asks)
    assert len(department.asked) == 1


async def test_about_one_person_twice_is_asked_once() -> None:
    department = Department()
    shared = Shared(department)
    one, other = await asyncio.gather(*(shared.fetch(_LOANS, [PEOPLE[0]], {}, _in(2)) for _ in range(2)))
    assert one == other
    assert department.asked[0][1] == (PEOPLE[0],)


@pytest.mark.parametrize("why", ["FAILED", "TIMEOUT"])
async def test_what_goes_wrong_about_one_is_asked_again_for_each_alone(why: str) -> None:
    bad = PEOPLE[1]
    department = Department(lambda people: _unavailable(why) if bad in people else None)
    shared = Shared(department)
    outcomes = await asyncio.gather(*(shared.fetch(_LOANS, [person], {}, _in(2)) for person in PEOPLE[:3]))
    assert [isinstance(outcome, Delivered) for outcome in outcomes] == [True, False, True]
    assert isinstance(outcomes[1], Unavailable)
    assert outcomes[1].why == why


async def test_one_person_who_takes_for_ever_leaves_the_others_their_answers() -> None:
    class Slow(Department):
        async def fetch(
            self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
        ) -> Outcome:
            if PEOPLE[1] in people:
                self.asked.append((wanted, tuple(people), given))
                await asyncio.sleep(max(0.0, deadline - asyncio.get_running_loop().time()))
                return _unavailable("TIMEOUT")
            return await super().fetch(wanted, people, given, deadline)

    shared = Shared(Slow())
    outcomes = await asyncio.gather(*(shared.fetch(_LOANS, [person], {}, _in(0.4)) for person in PEOPLE[:3]))
    assert [isinstance(outcome, Delivered) for outcome in outcomes] == [True, False, True]


async def test_what_is_the_department_s_own_trouble_is_not_asked_again() -> None:
    department = Department(lambda _: _unavailable("UNREACHABLE"))
    shared = Shared(department)
    outcomes = await asyncio.gather(*(shared.fetch(_LOANS, [person], {}, _in(2)) for person in PEOPLE[:5]))
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert len(department.asked) == 1


async def test_a_statement_is_about_so_many_and_no_more() -> None:
    department = Department()
    shared = Shared(department)
    await asyncio.gather(*(shared.fetch(_LOANS, [person], {}, _in(2)) for person in PEOPLE))
    assert sum(len(people) for _, people, _ in department.asked) == len(PEOPLE)
    assert max(len(people) for _, people, _ in department.asked) <= MOST_PEOPLE


async def test_a_portfolio_hears_of_all_its_people() -> None:
    department = Department()
    shared = Shared(department)
    whole, one = await asyncio.gather(
        shared.fetch(_LOANS, PEOPLE[:100], {}, _in(2)), shared.fetch(_LOANS, [PEOPLE[200]], {}, _in(2))
    )
    assert len(_told(whole)) == 100
    assert len(_told(one)) == 1


async def test_who_leaves_takes_nobody_along() -> None:
    department = Department()
    shared = Shared(department)
    department.gate.clear()
    leaving, staying = (asyncio.create_task(shared.fetch(_LOANS, [person], {}, _in(2))) for person in PEOPLE[:2])
    await asyncio.sleep(0.01)
    leaving.cancel()
    await asyncio.sleep(0.01)
    assert department.cancelled == 0
    department.gate.set()
    assert _told(await staying) == {PEOPLE[1]: f":{PEOPLE[1].number}"}


async def test_when_all_have_left_the_statement_is_ended() -> None:
    department = Department()
    shared = Shared(department)
    department.gate.clear()
    asks = [asyncio.create_task(shared.fetch(_LOANS, [person], {}, _in(2))) for person in PEOPLE[:2]]
    await asyncio.sleep(0.01)
    for ask in asks:
        ask.cancel()
    await asyncio.gather(*asks, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert department.cancelled == 1


async def test_of_asks_that_have_gone_before_they_were_sent_nothing_is_left() -> None:
    department = Department()
    shared = Shared(department)
    shared.begun(_LOANS, [PEOPLE[0]], {}, _in(2)).cancel()
    await asyncio.sleep(0.01)
    assert department.asked == []
    assert not shared._lines


async def test_who_left_while_waiting_for_a_statement_is_sent_at_no_time() -> None:
    faults: list[object] = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, said: faults.append(said))
    try:
        department = Department()
        shared = Shared(department)
        department.gate.clear()
        first = asyncio.create_task(shared.fetch(_LOANS, [PEOPLE[0]], {}, _in(2)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        shared.begun(_LOANS, [PEOPLE[1]], {}, _in(2)).cancel()
        department.gate.set()
        await first
        await asyncio.sleep(0.01)
    finally:
        loop.set_exception_handler(before)
    assert (len(department.asked), faults, shared._lines) == (1, [], {})


async def test_an_error_reaches_everybody_who_asked() -> None:
    def fail(_: Sequence[PersonId]) -> Outcome:
        raise RuntimeError

    shared = Shared(Department(fail))
    asks = (shared.fetch(_LOANS, [person], {}, _in(2)) for person in PEOPLE[:2])
    assert [type(found) for found in await asyncio.gather(*asks, return_exceptions=True)] == [RuntimeError] * 2
    assert not shared._lines
