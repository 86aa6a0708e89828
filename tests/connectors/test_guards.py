"""Each guard by itself, and all in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from connectors.guards import Measures, at_most, breaker, deadline, measured
from exchange.person import PersonId
from exchange.records import Delivered, Findings, Givens, Outcome, Unavailable, Wanted
from tests.connectors.small import NEW

FINE = Delivered({}, None)
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
        labels = {"department": "PBC", "outcome": outcome}
        assert registry.get_sample_value("gateway_source_outcomes_total", labels) == 1
        assert registry.get_sample_value("gateway_source_seconds_count", labels) == 1


async def test_guards_pass_check_and_close_through() -> None:
    source = Source()
    guarded = measured(at_most(8, deadline(breaker(source))), Measures(CollectorRegistry()))
    assert (await guarded.check()).reachable
    await guarded.close()
    assert source.outcome is DOWN
