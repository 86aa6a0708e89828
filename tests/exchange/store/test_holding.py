"""Counts of departments as they are kept: not too often, one at a time, and a department that is down is not zero."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from exchange.holding import Holding, Told
from exchange.records import Unavailable
from exchange.store.database import Database
from exchange.store.holding import COUNTED, COUNTING, Holdings

WISHES = {"PBC03": ("balance",), "TAX01": ()}
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


class City:
    """Two departments that count; time stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW
        self.asked: list[set[str]] = []
        self.found: dict[str, Holding | Unavailable] = {
            "PBC03": Holding(1234, 2345, {"balance": 2000}),
            "TAX01": Holding(55, 60),
        }
        self.slow = asyncio.Event()
        self.slow.set()

    async def count(self, wishes: Mapping[str, tuple[str, ...]]) -> Mapping[str, Holding | Unavailable]:
        self.asked.append(set(wishes))
        await self.slow.wait()
        return {record: self.found[record] for record in wishes if record in self.found}

    def holdings(self, database: Database) -> Holdings:
        return Holdings(database, self.count, WISHES, timedelta(hours=1), lambda: self.now)


@pytest.fixture
def city() -> City:
    return City()


async def states(holdings: Holdings, wait_s: float = 20) -> dict[str, tuple[str, Told]]:
    return {each.record: (each.state, each.told) for each in await holdings.read(wait_s)}


async def test_counted_once_an_hour_and_told_to_the_ten_below(database, city: City) -> None:
    holdings = city.holdings(database)
    first = await states(holdings)
    assert first == {
        "PBC03": (COUNTED, Told(1230, 2340, {"balance": "[85,90)"})),
        "TAX01": (COUNTED, Told(50, 60)),
    }
    assert await states(holdings) == first
    assert await states(city.holdings(database)) == first
    assert len(city.asked) == 1
    city.now += timedelta(hours=1)
    city.found["PBC03"] = Holding(1243, 2354, {"balance": 2009})
    assert await states(holdings) == first
    assert len(city.asked) == 2
    city.now += timedelta(hours=1)
    city.found["PBC03"] = Holding(1244, 2355, {"balance": 2355})
    assert (await states(holdings))["PBC03"] == (COUNTED, Told(1240, 2350, {"balance": "[95,100]"}))


async def test_a_department_that_is_down_is_unavailable_and_not_zero(database, city: City) -> None:
    holdings = city.holdings(database)
    await states(holdings)
    city.now += timedelta(hours=1)
    city.found["PBC03"] = Unavailable(NOW, "TIMEOUT")
    (loans, tax) = await holdings.read(20)
    assert (loans.state, loans.told.people, loans.as_of) == ("TIMEOUT", 1230, "2026-11-24T09:00:00.000000Z")
    assert (tax.state, tax.as_of) == (COUNTED, "2026-11-24T10:00:00.000000Z")
    asked = len(city.asked)
    await holdings.read(20)
    assert len(city.asked) == asked  # it is left alone for a minute
    city.now += timedelta(minutes=1)
    city.found["PBC03"] = Holding(1300, 2400)
    assert (await states(holdings))["PBC03"][0] == COUNTED
    assert city.asked[-1] == {"PBC03"}


async def test_one_that_never_answered_tells_nothing(database, city: City) -> None:
    city.found["PBC03"] = Unavailable(NOW, "NOT_COUNTED")
    del city.found["TAX01"]
    assert await states(city.holdings(database)) == {"PBC03": ("NOT_COUNTED", Told()), "TAX01": ("UNREACHABLE", Told())}


async def test_one_count_at_a_time_and_nobody_waits_longer_than_he_will(database, city: City) -> None:
    holdings = city.holdings(database)
    city.slow.clear()
    seen = await asyncio.gather(*(states(holdings, 0.01) for _ in range(5)))
    assert {state for each in seen for state, _ in each.values()} == {COUNTING}
    assert len(city.asked) == 1
    city.slow.set()
    assert (await states(holdings))["TAX01"] == (COUNTED, Told(50, 60))
    assert len(city.asked) == 1


async def test_of_two_processes_that_count_at_once_one_count_stands(database, city: City) -> None:
    one, other = city.holdings(database), city.holdings(database)
    assert await asyncio.gather(states(one), states(other)) == [await states(one)] * 2
    assert await database.read("SELECT count(*) FROM statistic_holding") == [(2,)]


async def test_a_count_under_way_ends_with_the_gateway(database, city: City) -> None:
    holdings = city.holdings(database)
    city.slow.clear()
    await states(holdings, 0.01)
    await holdings.close()
    city.slow.set()
    assert await database.read("SELECT count(*) FROM statistic_holding") == [(0,)]
