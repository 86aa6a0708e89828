"""How the gateway is used and how its log stands: exact, counted once by whatever process, for supervisors only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from exchange.audit import Fault, Verdict
from exchange.requester import Requester
from exchange.store import activity as stored
from exchange.store import verification
from exchange.store.activity import MARK, NEW, Activity, Step, city_hour, counted
from tests.exchange.store.test_index import plans, scanned
from tests.resolvers.conftest import NOW
from tests.resolvers.reading import Reading, disclosure, opened, refused

EVENING = datetime.fromisoformat("2026-03-10T23:30:00+08:00")
OTHER = Requester("bank-b", "desk", "op", "bank-officer")
ACTIVITY = """query($by: [ActivityDimension!]!, $since: String = "2026-03-01", $until: String = "2026-04-01",
  $step: ActivityStep = DAY) { activity(since: $since, until: $until, by: $by, step: $step) {
  entries period organisation client clientKind district role purpose event code } }"""
STATE = "{ logState { size checkpoint archived lastVerified { at entries sound fault sequence } } }"


@pytest.fixture
async def reading(store_url: str) -> AsyncIterator[Reading]:
    """Before midnight of the city three asks and a refusal, an hour later two of another bank."""
    async with opened(store_url) as made:
        await made.seal(*(disclosure(at=EVENING) for _ in range(3)), refused("CONSENT_REQUIRED", at=EVENING))
        await made.seal(*(disclosure(at=EVENING + timedelta(hours=1), requester=OTHER) for _ in range(2)))
        yield made


async def counts(reading: Reading, *by: str, who: str = "office", **given: str) -> list[tuple[Any, ...]]:
    body = await reading.run(who, ACTIVITY, by=list(by), **given)
    assert "errors" not in body, body
    return [tuple(v for v in cell.values() if v is not None) for cell in body["data"]["activity"]]


@pytest.mark.parametrize("who", ["office", "auditor"])
async def test_by_day_and_hour_of_the_city(reading: Reading, who: str) -> None:
    assert await counts(reading, "PERIOD", who=who) == [(4, "2026-03-10"), (2, "2026-03-11")]
    hours = await counts(reading, "PERIOD", "EVENT", who=who, step="HOUR")
    assert hours == [
        (3, "2026-03-10T23", "disclosure"),
        (1, "2026-03-10T23", "refusal"),
        (2, "2026-03-11T00", "disclosure"),
    ]


async def test_by_client_kind_purpose_and_code(reading: Reading) -> None:
    assert await counts(reading, "CLIENT_KIND") == [(4, "bank"), (2, "unregistered")]
    assert await counts(reading, "CLIENT", "DISTRICT") == [(4, "bank-system", ""), (2, "desk", "")]
    assert await counts(reading, "CODE", "PURPOSE") == [
        (5, "LOAN_APPROVAL", ""),
        (1, "LOAN_APPROVAL", "CONSENT_REQUIRED"),
    ]
    assert await counts(reading) == [(6,)]
    assert await counts(reading, since="2026-03-12") == []


async def test_what_is_sealed_later_is_counted_at_the_next_read(reading: Reading) -> None:
    assert await counts(reading) == [(6,)]
    await reading.seal(disclosure(at=EVENING))
    assert await counts(reading) == [(7,)]
    assert await counts(reading) == [(7,)]


async def test_pieces_are_counted_once_by_many_at_once(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "_PIECE", 2)
    await reading.seal(*(disclosure(at=EVENING) for _ in range(15)))
    size = (await reading.log.head()).sequence
    database = reading.database._database
    assert await asyncio.gather(*(Activity(database).catch_up() for _ in range(4))) == [size] * 4
    assert await Activity(database).read(Step.DAY, "", "9", []) == [(size,)]


async def test_who_dies_between_counting_and_writing_loses_nothing(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "_ADD", "not a statement (?, ?, ?, ?, ?, ?, ?, ?, ?)")
    body = await reading.run("office", ACTIVITY, by=[])
    assert body["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"
    monkeypatch.undo()
    assert await counts(reading) == [(6,)]


@pytest.mark.parametrize(
    ("since", "until", "step"),
    [
        ("2026-03-10", "2026-03-10", "DAY"),
        ("2026-03-11", "2026-03-10", "DAY"),
        ("2026-03", "2026-03-10", "DAY"),
        ("20260301", "2026-03-10", "DAY"),
        ("", "x", "DAY"),
        ("2020-01-01", "2026-03-10", "DAY"),
        ("2026-03-01", "2026-04-02", "HOUR"),
    ],
)
async def test_other_periods_are_refused(reading: Reading, since: str, until: str, step: str) -> None:
    body = await reading.run("office", ACTIVITY, by=[], since=since, until=until, step=step)
    assert body["errors"][0]["extensions"]["code"] == "PERIOD_INVALID"


@pytest.mark.parametrize("by", [["CODE", "CODE"], ["CODE", "ROLE", "PURPOSE", "EVENT", "PERIOD"]])
async def test_other_groupings_are_refused(reading: Reading, by: list[str]) -> None:
    body = await reading.run("office", ACTIVITY, by=by)
    assert body["errors"][0]["extensions"]["code"] == "GROUPING_INVALID"


@pytest.mark.parametrize("query", [STATE, '{ activity(since: "2026-01-01", until: "2026-02-01", by: []) { entries } }'])
@pytest.mark.parametrize("who", ["analyst", "bank", "person"])
async def test_for_nobody_else(reading: Reading, who: str, query: str) -> None:
    body = await reading.run(who, query)
    assert body["errors"][0]["extensions"]["code"] == "ACT_NOT_PERMITTED"
    assert (await reading.entries())[-1]["code"] == "ACT_NOT_PERMITTED"


async def test_how_the_log_stands(reading: Reading) -> None:
    found = (await reading.run("auditor", STATE))["data"]["logState"]
    assert (found["size"], found["archived"], found["lastVerified"]) == (7, 0, None)
    assert found["checkpoint"].startswith("log.example.invalid\n7\n")
    database = reading.database._database
    await verification.note(database, NOW, await reading.log.verify())
    found = (await reading.run("auditor", STATE))["data"]["logState"]["lastVerified"]
    assert found == {
        "at": "2026-11-24T09:00:00.000000Z",
        "entries": 7,
        "sound": True,
        "fault": None,
        "sequence": None,
    }
    head = (await reading.log.head())._replace(sequence=2)
    await verification.note(database, NOW + timedelta(days=1), Verdict(head, Fault.EDITED, 3))
    found = (await reading.run("auditor", STATE))["data"]["logState"]["lastVerified"]
    assert (found["entries"], found["sound"], found["fault"], found["sequence"]) == (2, False, "edited", 3)


async def test_nothing_passes_over_the_log(reading: Reading) -> None:
    database = reading.database._database
    for sql, values in ((NEW, [0, 100]), (MARK, []), (counted(["period", "purpose"]), ["day", "2026", "2027"])):
        plan = await plans(database, sql, values)
        assert [step for step in scanned(plan) if "activity_until" not in step] == [], plan


@pytest.mark.parametrize(
    ("utc", "city"),
    [("2026-12-31T16", "2027-01-01T00"), ("2026-03-10T15", "2026-03-10T23"), ("0001-01-01T00", "0001-01-01T08")],
)
def test_hours_of_the_city(utc: str, city: str) -> None:
    assert city_hour(utc) == city
