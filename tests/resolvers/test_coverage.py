"""What departments hold, for supervision and analysis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.holding import Holding, wanted
from exchange.records import Unavailable
from exchange.store.holding import Holdings
from resolvers.operation import Operations
from tests.resolvers.conftest import CATALOGUE, NOW, SCHEMA
from tests.resolvers.reading import Reading, opened

COVERAGE = """{ coverage { department records { recordType state asOf suppressed people records
  items { item code percent } } } }"""


async def count(wishes: Mapping[str, tuple[str, ...]]) -> Mapping[str, Holding | Unavailable]:
    found: dict[str, Holding | Unavailable] = dict.fromkeys(wishes, Holding(4, 7))
    found["PBC03"] = Holding(1234, 2345, dict.fromkeys(wishes["PBC03"], 2000))
    found["TAX01"] = Unavailable(NOW, "TIMEOUT")
    return found


@pytest.fixture
async def reading(store_url: str) -> AsyncIterator[Reading]:
    async with opened(store_url) as made:
        holdings = Holdings(made.database, count, wanted(CATALOGUE), timedelta(hours=1), lambda: NOW)
        made.operations = Operations(SCHEMA, replace(made.services, holdings=holdings))
        yield made


@pytest.mark.parametrize("who", ["analyst", "office"])
async def test_counts_with_their_time_and_state(reading: Reading, who: str) -> None:
    found = (await reading.run(who, COVERAGE))["data"]["coverage"]
    departments = {each["department"]: {r["recordType"]: r for r in each["records"]} for each in found}
    loans = departments["PBC"]["PBC03"]
    assert (loans["state"], loans["suppressed"], loans["people"], loans["records"]) == ("DELIVERED", False, 1230, 2340)
    assert loans["asOf"] == "2026-11-24T09:00:00.000000Z"
    assert {item["percent"] for item in loans["items"]} == {"[85,90)"}
    assert {"item": "PBC03.balance", "code": "PBC03012", "percent": "[85,90)"} in loans["items"]
    few = departments["CRT"]["CRT01"]
    assert (few["state"], few["suppressed"], few["people"], few["records"]) == ("DELIVERED", True, None, None)
    down = departments["TAX"]["TAX01"]
    assert (down["state"], down["suppressed"], down["people"], down["asOf"]) == ("TIMEOUT", True, None, None)
    assert "PSB" not in departments  # identity is in no statistics
    entry = (await reading.entries())[-1]
    assert (entry["administrative"]["act"], entry["administrative"]["object"]) == ("STATISTICS_READ", "coverage")


@pytest.mark.parametrize("who", ["bank", "person", "auditor"])
async def test_for_nobody_else(reading: Reading, who: str) -> None:
    body = await reading.run(who, "{ coverage { department } }")
    assert body["errors"][0]["extensions"]["code"] == "ACT_NOT_PERMITTED"
