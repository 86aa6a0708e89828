from __future__ import annotations

from datetime import UTC, datetime

import pytest

from exchange.frequency import Beyond, Frequency, Period

LATE = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
"""Already the new year in the city."""


@pytest.mark.parametrize(("per", "period"), [("day", "2027-01-01"), ("month", "2027-01"), ("year", "2027")])
def test_a_period_is_the_citys_own(per: str, period: str) -> None:
    assert Period(per).at(LATE) == period


def test_what_is_over_the_number_is_refused_or_counted() -> None:
    monthly, yearly = Frequency(1, Period.MONTH), Frequency(2, Period.YEAR, Beyond.COUNTED)
    assert [monthly.refuses(used) for used in (0, 1, 2)] == [False, True, True]
    assert [yearly.refuses(used) for used in (0, 2, 200)] == [False, False, False]


def test_which_of_two_lets_more_pass() -> None:
    monthly, twice, daily = Frequency(1, Period.MONTH), Frequency(2, Period.MONTH), Frequency(1, Period.DAY)
    counted = Frequency(1, Period.MONTH, Beyond.COUNTED)
    assert monthly.within(None)
    assert monthly.within(twice)
    assert not twice.within(monthly)
    assert not daily.within(monthly)
    assert not counted.within(monthly)
    assert monthly.within(counted)
