"""Each guard by itself, and all in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import structlog
import structlog.testing
from prometheus_client import CollectorRegistry

from connectors.guards import (
    Measures,
    at_most,
    breaker,
    deadline,
    guarded,
    maintenance,
    measured,
    retry,
    settled,
)
from connectors.place import GuardsPlace, SourcePlace
from connectors.windows import CITY, read_window
from exchange.person import PersonId
from exchange.records import Block, Column, Delivered, Findings, Givens, Outcome, Row, Rows, Unavailable, Wanted
from tests.connectors.small import NEW, OTHER

FINE = Delivered({}, None)
BUSY = Unavailable(datetime(2026, 11, 24, tzinfo=UTC), "BUSY")
DOWN = Unavailable(datetime(2026, 11, 24, tzinfo=UTC), "UNREACHABLE")


class Source:
    """Answers `outcome` after `seconds`; `stubborn` does not let itself be cancelled."""

    department = "PBC"

    def __init__(self, outcome: Outcome | Exception = FINE, seconds: float = 0, stubborn: bool = False) -> None:
        self.outcome, self.seconds, self.stubborn = outcome, seconds, stubborn
        self.asked = self.within = self.most = 0

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        self.asked += 1
        self.within += 1
        self.most = max(self.most, self.within)
        try:
            await self._sleep()
        finally:
            self.within -= 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    async def _sleep(self) -> None:
        ends = asyncio.get_running_loop().time() + self.seconds
        while (left := ends - asyncio.get_running_loop().time()) > 0:
            try:
                await asyncio.sleep(left)
            except asyncio.CancelledError:
                if not self.stubborn:
                    raise

    async def check(self) -> Findings:
        return Findings("PBC", reachable=True)

    async def close(self) -> None:
        self.outcome = DOWN


async def ask(connector, seconds: float = 1.0) -> Outcome:
    return await connector.fetch((), (NEW,), {}, asyncio.get_running_loop().time() + seconds)


@pytest.mark.parametrize("stubborn", [False, True])
async def test_deadline_answers_although_the_source_hangs(stubborn: bool) -> None:
    started = asyncio.get_running_loop().time()
    outcome = await ask(deadline(Source(seconds=0.6, stubborn=stubborn)), 0.05)
    assert isinstance(outcome, Unavailable)
    assert outcome.why == "TIMEOUT"
    assert asyncio.get_running_loop().time() - started < 0.4


async def test_deadline_lets_a_timely_answer_through() -> None:
    assert await ask(deadline(Source())) is FINE
    source = Source()
    outcome = await ask(deadline(source), -1)
    assert isinstance(outcome, Unavailable)
    assert source.asked == 0


async def test_at_most_n_at_once() -> None:
    source = Source(seconds=0.02)
    guarded = at_most(2, source)
    assert await asyncio.gather(*(ask(guarded) for _ in range(7))) == [FINE] * 7
    assert (source.asked, source.most) == (7, 2)


async def test_waiting_for_a_place_ends_at_the_deadline() -> None:
    guarded = at_most(1, Source(seconds=0.3))
    first, second = await asyncio.gather(ask(guarded), ask(guarded, 0.05))
    assert first is FINE
    assert isinstance(second, Unavailable)
    assert second.why == "TIMEOUT"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_breaker_opens_after_five_failures_and_tries_one() -> None:
    source, clock = Source(DOWN), Clock()
    guarded = breaker(source, rest_s=10, clock=clock)
    for _ in range(5):
        assert await ask(guarded) is DOWN
    refused = await ask(guarded)
    assert isinstance(refused, Unavailable)
    assert (refused.why, refused.retry_after_s, source.asked) == ("BREAKER_OPEN", 10, 5)
    assert abs((refused.since - datetime.now(UTC)).total_seconds()) < 5

    clock.now += 10
    assert await ask(guarded) is DOWN
    assert getattr(await ask(guarded), "why", None) == "BREAKER_OPEN"

    clock.now += 10
    source.outcome, source.seconds = FINE, 0.05
    first, second = await asyncio.gather(ask(guarded), ask(guarded))
    assert first is FINE
    assert getattr(second, "why", None) == "BREAKER_OPEN"
    assert await ask(guarded) is FINE


async def test_a_success_between_failures_keeps_it_closed() -> None:
    source = Source(DOWN)
    guarded = breaker(source)
    for _ in range(4):
        await ask(guarded)
    source.outcome = FINE
    await ask(guarded)
    source.outcome = DOWN
    for _ in range(4):
        assert await ask(guarded) is DOWN


async def test_a_busy_source_is_not_broken() -> None:
    source, clock = Source(BUSY), Clock()
    guarded = breaker(source, failures=2, rest_s=10, clock=clock)
    for _ in range(5):
        assert await ask(guarded) is BUSY
    assert not guarded.open


async def test_a_busy_answer_is_no_success_either() -> None:
    source, clock = Source(DOWN), Clock()
    guarded = breaker(source, failures=2, rest_s=10, clock=clock)
    for outcome in (DOWN, BUSY, DOWN):
        source.outcome = outcome
        assert await ask(guarded) is outcome
    assert getattr(await ask(guarded), "why", None) == "BREAKER_OPEN"

    clock.now += 10
    source.outcome, source.seconds = BUSY, 0.05
    first, second = await asyncio.gather(ask(guarded), ask(guarded))
    assert (first, getattr(second, "why", None)) == (BUSY, "BREAKER_OPEN")
    source.outcome = FINE
    assert await ask(guarded) is FINE
    assert not guarded.open


async def test_a_source_that_always_hangs_opens_the_breaker_within_the_deadline() -> None:
    source = Source(seconds=5)
    guarded = at_most(8, deadline(breaker(source)))
    for _ in range(5):
        assert getattr(await ask(guarded, 0.01), "why", None) == "TIMEOUT"
        await asyncio.sleep(0)
    assert getattr(await ask(guarded, 0.01), "why", None) == "BREAKER_OPEN"
    assert source.asked == 5


async def test_a_client_that_goes_away_is_no_failure_of_the_source() -> None:
    source = Source(seconds=5)
    guarded = breaker(source)
    for _ in range(6):
        task = asyncio.ensure_future(ask(guarded, 60))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    source.seconds = 0
    assert await ask(guarded) is FINE


async def test_measured_counts_outcomes_by_department_only() -> None:
    registry = CollectorRegistry()
    measures = Measures(registry)
    source = Source()
    guarded = measured(source, measures)
    await ask(guarded)
    source.outcome = DOWN
    await ask(guarded)
    for outcome in ("DELIVERED", "UNREACHABLE"):
        labels = {"department": "PBC", "source": "", "outcome": outcome}
        assert registry.get_sample_value("gateway_source_outcomes_total", labels) == 1
        assert registry.get_sample_value("gateway_source_seconds_count", labels) == 1


async def test_guards_pass_check_and_close_through() -> None:
    source = Source()
    guarded = measured(at_most(8, deadline(breaker(source))), Measures(CollectorRegistry()))
    assert (await guarded.check()).reachable
    await guarded.close()
    assert source.outcome is DOWN


async def test_a_source_has_its_own_deadline_within_the_request() -> None:
    loop, guarded = asyncio.get_running_loop(), deadline(Source(seconds=5), 0.05)
    began = loop.time()
    assert getattr(await ask(guarded, 60), "why", None) == "TIMEOUT"
    assert getattr(await ask(deadline(Source(seconds=5), 60), 0.05), "why", None) == "TIMEOUT"
    assert loop.time() - began < 1


async def test_the_queue_is_bounded_and_who_finds_it_full_hears_so_at_once() -> None:
    source = Source(seconds=0.2)
    guarded = at_most(1, source, queue=1)
    outcomes = await asyncio.gather(*(ask(guarded) for _ in range(3)))
    assert [getattr(each, "why", None) for each in outcomes] == [None, None, "BUSY"]
    assert source.most == 1
    assert await ask(guarded) is FINE
    assert (guarded.running, guarded.waiting) == (0, 0)


async def test_waiting_for_a_place_is_within_the_deadline() -> None:
    guarded = deadline(at_most(1, Source(seconds=0.3)), 0.1)
    first, second = await asyncio.gather(ask(guarded), ask(guarded))
    assert [getattr(each, "why", None) for each in (first, second)] == ["TIMEOUT", "TIMEOUT"]


class Fickle(Source):
    """One outcome after another; the last one stays."""

    def __init__(self, *outcomes: Outcome, seconds: float = 0) -> None:
        super().__init__(outcomes[0], seconds)
        self.outcomes = list(outcomes)

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        self.outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        return await super().fetch(wanted, people, given, deadline)


async def test_a_cut_connection_is_tried_once_more() -> None:
    source = Fickle(DOWN, FINE)
    assert await ask(retry(source)) is FINE
    assert source.asked == 2
    source = Fickle(DOWN)
    assert await ask(retry(source)) is DOWN
    assert source.asked == 2


@pytest.mark.parametrize("why", ["TIMEOUT", "SHAPE_CHANGED", "FAILED", "BUSY", "BREAKER_OPEN", "MAINTENANCE"])
async def test_nothing_else_is_tried_again(why: str) -> None:
    source = Fickle(Unavailable(DOWN.since, why), FINE)
    assert getattr(await ask(retry(source)), "why", None) == why
    assert source.asked == 1


@pytest.mark.parametrize(("took_s", "within_s"), [(0.6, 5.0), (0.15, 0.2)], ids=["a slow failure", "nothing left"])
async def test_no_second_try_that_could_not_help(took_s: float, within_s: float) -> None:
    source = Fickle(DOWN, FINE, seconds=took_s)
    assert await ask(retry(source), within_s) is DOWN
    assert source.asked == 1


async def test_no_second_try_at_an_open_breaker() -> None:
    source = Source(DOWN)
    guarded = retry(breaker(source, failures=1))
    assert await ask(guarded) is DOWN
    assert source.asked == 1
    assert getattr(await ask(guarded), "why", None) == "BREAKER_OPEN"


async def test_nothing_is_sent_in_a_maintenance_window() -> None:
    source, at = Source(), datetime(2026, 11, 29, 3, 59, 30, tzinfo=CITY)
    guarded = maintenance(source, [read_window("Sun 02:00-04:00")], lambda: at)
    outcome = await ask(guarded)
    assert isinstance(outcome, Unavailable)
    assert (outcome.why, outcome.since.hour, outcome.retry_after_s, source.asked) == ("MAINTENANCE", 2, 30, 0)
    at += timedelta(seconds=30)
    assert await ask(guarded) is FINE


QUESTIONS = (Wanted("PBC03", (Column("terms"),), first=1), Wanted("PBC03", exists=True))
ROW = Row((36,))


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {OTHER: ((ROW,), True)},
        {NEW: ((ROW,), True), OTHER: ((), False)},
        {NEW: ((ROW,),)},
        {NEW: ((ROW,), (ROW,))},
        {NEW: (True, True)},
        {NEW: ((ROW, ROW), True)},
        {NEW: ((Row((36, 37)),), True)},
        {NEW: ([ROW], True)},
        {NEW: (Rows(Block(2, [[36, 36]], [None] * 2, [None] * 2, [None] * 2), 0, 2, None, False), True)},
        {NEW: (Rows(Block(1, [[36], [37]], [None], [None], [None]), 0, 1, None, False), True)},
    ],
)
async def test_an_answer_beside_the_question_is_a_failure(answers) -> None:
    source = settled(Source(Delivered(answers, None)))
    outcome = await source.fetch(QUESTIONS, (NEW,), {}, asyncio.get_running_loop().time() + 1)
    assert getattr(outcome, "why", None) == "FAILED"


async def test_an_error_is_a_failure_and_its_text_stays_inside() -> None:
    with structlog.testing.capture_logs() as written:
        outcome = await ask(settled(Source(RuntimeError("530199199003070015"))))
    assert getattr(outcome, "why", None) == "FAILED"
    assert [(entry["event"], entry["error"]) for entry in written] == [("source raised", "RuntimeError")]
    assert "5301" not in str(written)


async def test_since_is_the_first_failure_in_a_row() -> None:
    later = Unavailable(DOWN.since + timedelta(hours=1), "TIMEOUT")
    fine = Delivered({NEW: ()}, None)
    guarded = settled(Fickle(DOWN, later, fine, later))
    outcomes = [await ask(guarded) for _ in range(4)]
    assert [getattr(each, "since", None) for each in outcomes] == [DOWN.since, DOWN.since, None, later.since]


async def test_all_guards_as_the_mapping_sets_them() -> None:
    registry, source = CollectorRegistry(), Source(Delivered({NEW: ()}, None, invalid=3), seconds=0.05)
    own = GuardsPlace(deadline_s=0.2, at_once=1, queue=1, failures=1, retries=0)
    place = SourcePlace("PBC", "loans", "pbc.yaml", 1, "sql", "", {}, guards=own)
    every = guarded(source, place, Measures(registry))

    def measure(name: str, **more: str) -> float | None:
        return registry.get_sample_value(f"gateway_source_{name}", {"department": "PBC", "source": "loans", **more})

    asks = [asyncio.ensure_future(ask(every)) for _ in range(3)]
    await asyncio.sleep(0.02)
    assert (measure("running"), measure("waiting"), measure("breaker_open")) == (1, 1, 0)
    assert [getattr(each, "why", None) for each in await asyncio.gather(*asks)] == [None, None, "BUSY"]
    source.seconds = 5
    assert [getattr(await ask(every, 60), "why", None) for _ in range(2)] == ["TIMEOUT", "BREAKER_OPEN"]
    assert measure("outcomes_total", outcome="DELIVERED") == 2
    assert measure("outcomes_total", outcome="BUSY") == 1
    assert (measure("invalid_values_total"), measure("breaker_open"), measure("running")) == (6, 1, 0)
