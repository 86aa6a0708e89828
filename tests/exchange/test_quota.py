"""Rates and quotas as figures, without a counter or a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.quota import (
    Allowance,
    Charge,
    ClientAllowance,
    Demand,
    Flow,
    Limits,
    Period,
    Scope,
    demand,
    dry,
    used_up,
)

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""Noon in the city."""


def flow(per_minute: int = 60, burst: int = 5, taken: int = 1) -> Flow:
    return Flow(Scope.CLIENT, "c", per_minute, burst, taken)


def test_a_full_bucket_gives_its_burst_and_then_one_for_each_interval() -> None:
    until, now = 0, 10**15
    for _ in range(5):
        assert flow().wait_us(until, now) == 0
        until = flow().after(until, now)
    assert flow().wait_us(until, now) == 1_000_000
    assert flow().wait_us(until, now + 999_999) == 1
    assert flow().wait_us(until, now + 1_000_000) == 0


def test_one_ask_for_more_than_the_burst_waits_for_a_full_bucket_and_pays_off() -> None:
    big, now = flow(taken=8), 10**15
    until = flow().after(0, now)
    assert big.wait_us(until, now) == 1_000_000
    until = big.after(until, now + 1_000_000)
    assert flow().wait_us(until, now + 1_000_000) == 4_000_000


@given(
    per_minute=st.integers(1, 6_000),
    burst=st.integers(1, 50),
    asks=st.lists(st.tuples(st.integers(0, 120_000_000), st.integers(1, 50)), min_size=1, max_size=60),
)
def test_no_window_ever_holds_more_than_a_burst_and_the_rate(
    per_minute: int, burst: int, asks: list[tuple[int, int]]
) -> None:
    now, until, granted = 10**15, 0, []
    for pause, taken in asks:
        now += pause
        draw = flow(per_minute, burst, min(taken, burst))
        if not draw.wait_us(until, now):
            until = draw.after(until, now)
            granted.append((now, draw.taken))
    for start in range(len(granted)):
        total = 0
        for at, taken in granted[start:]:
            total += taken
            assert total <= burst + (at - granted[start][0]) // flow(per_minute).interval_us


def charge(allowance: Allowance, number: int = 1, scope: Scope = Scope.CLIENT) -> Charge:
    return Charge(scope, scope.value, allowance, number, number)


def test_periods_are_the_citys() -> None:
    def counts(at: datetime) -> dict[str, int]:
        made = demand([charge(Allowance(per_day=1, per_month=1))], at)
        return {count.name: count.left_s for count in made.counts}

    assert counts(NOON) == {"client:2026-11-24": 12 * 3600, "client:2026-11": 12 * 3600 + 6 * 86_400}
    # 16:00 UTC is midnight in the city, and the year ends with it.
    before, after = counts(datetime(2026, 12, 31, 15, 59, 59, 500_000, UTC)), datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert before == {"client:2026-12-31": 1, "client:2026-12": 1}
    assert list(counts(after)) == ["client:2027-01-01", "client:2027-01"]


def test_the_longest_wait_is_told() -> None:
    rates = demand(
        [
            charge(Allowance(per_minute=60, burst=1)),
            charge(Allowance(per_minute=1, burst=1), scope=Scope.OPERATOR),
        ],
        NOON,
    )
    full = {each.name: each.after(0, rates.at_us) for each in rates.flows}
    short = dry(rates, full)
    assert short is not None
    assert (short.scope, short.wait_s, short.period) == (Scope.OPERATOR, 60, None)
    quotas = demand([charge(Allowance(per_day=5, per_month=3), number=4)], NOON)
    assert used_up(quotas, {}) is not None
    assert used_up(quotas, {}).period is Period.MONTH  # type: ignore[union-attr]
    assert used_up(demand([charge(Allowance(per_day=5), number=5)], NOON), {}) is None
    assert used_up(demand([charge(Allowance(per_day=0))], NOON), {}) is not None


def test_what_is_not_limited_makes_no_draw() -> None:
    assert demand([charge(Allowance())], NOON) == Demand(round(NOON.timestamp() * 1e6))
    no_quota = demand([Charge(Scope.CLIENT, "c", ClientAllowance(), 1, 0)], NOON)
    assert len(no_quota.flows) == 1
    assert no_quota.counts == ()


def test_a_registration_that_names_one_figure_keeps_the_others() -> None:
    limits = msgspec.convert({"client": {"per_day": 7}, "purposes": {"AUDIT": {"per_day": 1}}}, Limits)
    assert limits.client == ClientAllowance(per_day=7)
    assert limits.client.per_minute == 3_000
    assert limits.operator == Limits().operator
    assert limits.unknown({"LOAN_APPROVAL"}) == ["AUDIT"]
    assert limits.unknown({"AUDIT"}) == []


@pytest.mark.parametrize(
    ("before", "after", "wider"),
    [
        ({}, {}, False),
        ({}, {"client": {"per_day": 20_001}}, True),
        ({}, {"client": {"per_day": 19_999}}, False),
        ({}, {"client": {"per_day": None}}, True),
        ({"client": {"per_day": None}}, {}, False),
        ({}, {"operator": {"burst": 301}}, True),
        ({"operator": {"per_minute": None}}, {"operator": {"per_minute": None, "burst": 999}}, False),
        ({}, {"purposes": {"AUDIT": {"per_day": 1}}}, False),
        ({"purposes": {"AUDIT": {"per_day": 1}}}, {}, True),
        ({"purposes": {"AUDIT": {"per_day": 2}}}, {"purposes": {"AUDIT": {"per_day": 1, "per_month": 1}}}, False),
        ({"purposes": {"AUDIT": {"per_month": 2}}}, {"purposes": {"AUDIT": {"per_day": 1}}}, True),
    ],
)
def test_what_lets_more_than_before(before: dict[str, object], after: dict[str, object], wider: bool) -> None:
    assert msgspec.convert(after, Limits).widens(msgspec.convert(before, Limits)) is wider


@pytest.mark.parametrize(
    "wrong",
    [
        {"client": {"per_minute": 0}},
        {"client": {"per_day": -1}},
        {"client": {"burst": 0}},
        {"client": {"per_hour": 1}},
        {"everybody": {}},
        {"purposes": {"AUDIT": {"per_day": "many"}}},
    ],
)
def test_figures_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Limits)


def test_seconds_round_up() -> None:
    draw = demand([charge(Allowance(per_minute=40, burst=1))], NOON)
    (only,) = draw.flows
    short = dry(draw, {only.name: only.after(0, draw.at_us)})
    assert short is not None
    assert short.wait_s == 2
    later = demand([charge(Allowance(per_minute=40, burst=1))], NOON + timedelta(seconds=1.5))
    assert dry(later, {only.name: only.after(0, draw.at_us)}) is None
