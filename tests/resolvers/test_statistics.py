"""Statistics for supervision and analysis: counts that are true, small ones that are not there, and nobody in any."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from exchange.requester import Requester
from exchange.store.statistics import ATOMS, BOUNDS, ENTRIES, FINDINGS, MONTHS, PROFILES
from resolvers.operation import Operations
from tests.exchange.store.test_index import plans, scanned
from tests.resolvers.conftest import SCHEMA
from tests.resolvers.reading import Reading, disclosure, opened, refused

MARCH, APRIL = datetime.fromisoformat("2026-03-10T09:00:00+08:00"), datetime.fromisoformat("2026-04-10T09:00:00+08:00")
OTHER = Requester("bank-b", "desk", "op", "bank-officer")
ASKS = """query($by: [StatisticDimension!]!, $since: String = "2026-03", $until: String = "2026-04") {
  statistics(since: $since, until: $until) { since until months asOf total { asks people refused suppressed }
    asks(by: $by) { suppressed asks people refused
      key { month clientKind role purpose district code department recordType treatment } } } }"""
RELEASES = """query($by: [StatisticDimension!]!) { statistics(since: "2026-03", until: "2026-04") {
  releases(by: $by) { suppressed asks delivered key { purpose department recordType treatment } } } }"""


def person(number: int) -> str:
    return f"{number:032x}"


@pytest.fixture
async def reading(store_url: str) -> AsyncIterator[Reading]:
    """March: 40 asks for loans and 30 refused ones of one bank, 25 for cards, 3 after the loan. April: 12 for loans."""
    async with opened(store_url) as made:
        loans = [disclosure(at=MARCH + timedelta(minutes=n), people=(person(n),)) for n in range(40)]
        cards = [disclosure(at=MARCH, people=(person(n),), purpose="CARD_APPROVAL") for n in range(25)]
        few = [disclosure(at=MARCH, people=(person(n),), purpose="POST_LOAN") for n in range(3)]
        no = [refused("CONSENT_REQUIRED", at=MARCH, people=(person(n),)) for n in range(30)]
        april = [disclosure(at=APRIL, people=(person(n),), requester=OTHER) for n in range(12)]
        await made.seal(*loans, *cards, *few, *no, *april)
        yield made


async def asks(reading: Reading, *by: str, who: str = "analyst", **given: str) -> dict[str, Any]:
    body = await reading.run(who, ASKS, by=list(by), **given)
    assert "errors" not in body, body
    return body["data"]["statistics"]


def told(cells: list[dict[str, Any]], *by: str) -> dict[Any, int]:
    found = {tuple(cell["key"][name] for name in by): cell["asks"] for cell in cells if not cell["suppressed"]}
    return {key[0] if len(by) == 1 else key: count for key, count in found.items()}


def code(body: dict[str, Any]) -> str:
    return body["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("who", ["analyst", "office"])
async def test_large_counts_are_told_as_they_are(reading: Reading, who: str) -> None:
    found = await asks(reading, "PURPOSE", who=who)
    assert (found["since"], found["until"], found["months"]) == ("2026-03", "2026-04", ["2026-03", "2026-04"])
    # The three after the loan are hidden among those for cards.
    assert told(found["asks"], "purpose") == {"LOAN_APPROVAL": 82}
    assert found["total"] == {"asks": 110, "people": 110, "refused": 30, "suppressed": False}
    by_month = await asks(reading, "MONTH", "CODE", who=who)
    assert told(by_month["asks"], "month", "code") == {
        ("2026-03", ""): 40,
        ("2026-03", "CONSENT_REQUIRED"): 30,
        ("2026-04", ""): 12,
    }


async def test_by_kind_of_organisation_as_the_register_has_it(reading: Reading) -> None:
    found = await asks(reading, "CLIENT_KIND", "MONTH")
    assert told(found["asks"], "clientKind", "month") == {("bank", "2026-03"): 70, ("unregistered", "2026-04"): 12}


async def test_what_is_suppressed_looks_like_what_never_was(reading: Reading) -> None:
    found = {cell["key"]["purpose"]: cell for cell in (await asks(reading, "PURPOSE"))["asks"]}
    few, never = found["POST_LOAN"], found["JUDICIAL_INQUIRY"]
    assert {**few, "key": {}} == {**never, "key": {}}
    del few["key"]
    assert few == {"suppressed": True, "asks": None, "people": None, "refused": None}


async def test_what_was_told_once_stands_whatever_comes_later(reading: Reading) -> None:
    """n now and n + 1 later: an entry that comes late changes no month that was told."""
    before = await asks(reading, "PURPOSE")
    await reading.seal(disclosure(at=MARCH, people=(person(99),)), refused("CONSENT_REQUIRED", at=APRIL))
    assert await asks(reading, "PURPOSE") == before
    with_another = Reading(reading.database)
    assert await asks(with_another, "PURPOSE") == before
    with_another.log.close()


async def test_two_who_ask_first_at_once_are_told_the_same(reading: Reading) -> None:
    other = Reading(reading.database)
    assert await asks(reading, "CODE") == await asks(other, "CODE")
    other.log.close()


async def test_releases_by_record_type_and_treatment(reading: Reading) -> None:
    body = await reading.run("analyst", RELEASES, by=["RECORD_TYPE", "TREATMENT"])
    cells = body["data"]["statistics"]["releases"]
    assert told(cells, "recordType", "treatment") == {("PBC03", "BANDED"): 52}
    assert {cell["delivered"] for cell in cells if not cell["suppressed"]} == {52}
    # Identity and contact are in no statistics: the matrix gives them to nobody as aggregates.
    assert not [cell for cell in cells if cell["key"]["recordType"].startswith("PSB")]


STATES = """query($by: [StatisticDimension!]!) { statistics(since: "2026-03", until: "2026-05") {
  sourceStates(by: $by) { suppressed asks key { purpose department state } } } }"""


async def test_source_states_by_department(reading: Reading) -> None:
    body = await reading.run("analyst", STATES, by=["DEPARTMENT", "STATE"])
    cells = body["data"]["statistics"]["sourceStates"]
    # Of public security nothing: identity is in no statistics.
    assert told(cells, "department", "state") == {("PBC", "DELIVERED"): 52}
    assert {cell["key"]["state"] for cell in cells} >= {"ABSENT", "TIMEOUT", "UNAVAILABLE", "WITHHELD"}
    may = datetime.fromisoformat("2026-05-10T09:00:00+08:00")
    both = {"PBC.one": "DELIVERED", "PBC.two": "TIMEOUT"}
    down = [disclosure(at=may, people=(person(n),), sources={"PBC": "UNAVAILABLE"}) for n in range(40)]
    half = [disclosure(at=may, people=(person(n),), sources=both, purpose="CARD_APPROVAL") for n in range(30)]
    few = [disclosure(at=may, people=(person(n),), sources=both, purpose="POST_LOAN") for n in range(3)]
    await reading.seal(*down, *half, *few)
    cells = (await reading.run("analyst", STATES, by=["DEPARTMENT", "STATE"]))["data"]["statistics"]["sourceStates"]
    assert told(cells, "state") == {"DELIVERED": 52, "UNAVAILABLE": 40}
    by_purpose = (await reading.run("analyst", STATES, by=["PURPOSE", "STATE", "DEPARTMENT"]))["data"]["statistics"]
    assert told(by_purpose["sourceStates"], "purpose", "state") == {
        ("LOAN_APPROVAL", "DELIVERED"): 52,
        ("LOAN_APPROVAL", "UNAVAILABLE"): 40,
    }


async def test_source_states_of_record_types_are_not_asked_for(reading: Reading) -> None:
    assert code(await reading.run("analyst", STATES, by=["RECORD_TYPE"])) == "GROUPING_INVALID"
    assert code(await reading.run("analyst", RELEASES, by=["STATE"])) == "GROUPING_INVALID"


async def test_a_rare_selection_is_hidden_among_the_others_of_its_kind(reading: Reading) -> None:
    """Of 40 asks for loans three asked for something else: neither they nor what is left of the 40 is told."""
    may = datetime.fromisoformat("2026-05-10T09:00:00+08:00")
    rare = [disclosure(at=may, people=(person(n),), sources={"PBC": "ABSENT"}) for n in range(3)]
    await reading.seal(*rare, *(disclosure(at=may, people=(person(n),)) for n in range(37)))
    query = """{ statistics(since: "2026-05", until: "2026-05") { asks(by: []) { asks }
      releases(by: [RECORD_TYPE]) { asks delivered } } }"""
    found = (await reading.run("analyst", query))["data"]["statistics"]
    assert found["asks"] == [{"asks": 40}]
    assert {cell["asks"] for cell in found["releases"]} == {None}


async def test_no_person_no_id_and_no_digest_is_in_an_answer(reading: Reading) -> None:
    for by in (["PURPOSE", "ROLE"], ["MONTH", "CODE", "DISTRICT"], ["CLIENT_KIND"]):
        text = json.dumps(await asks(reading, *by))
        assert not re.search(r"[0-9a-f]{16,}|[0-9]{15,}|li\.wei|desk|bank-b", text)


async def test_every_read_is_sealed(reading: Reading) -> None:
    await asks(reading, "PURPOSE")
    entry = (await reading.entries())[-1]
    assert (entry["event"], entry["role"], entry["people"]) == ("administration", "analyst", [])
    assert (entry["administrative"]["act"], entry["administrative"]["changed"]) == ("STATISTICS_READ", 0)
    assert len(entry["administrative"]["digest"]) == 32


@pytest.mark.parametrize("who", ["bank", "person", "auditor"])
async def test_for_nobody_else(reading: Reading, who: str) -> None:
    body = await reading.run(who, "{ statistics { months } }")
    assert (body["data"], code(body)) == ({"statistics": None}, "ACT_NOT_PERMITTED")
    assert (await reading.entries())[-1]["code"] == "ACT_NOT_PERMITTED"


@pytest.mark.parametrize(
    ("since", "until"),
    [("2026-11", "2026-11"), ("2026-04", "2026-03"), ("2026-03-01", "2026-04"), ("x", "2026-04"), ("", ""), ("x", "x")],
)
async def test_other_periods_are_refused(reading: Reading, since: str, until: str) -> None:
    body = await reading.run("analyst", ASKS, by=[], since=since, until=until)
    assert (body["data"], code(body)) == ({"statistics": None}, "PERIOD_INVALID")


@pytest.mark.parametrize("until", ["", "x", "2026", "2026-99", "٢٠٢٦-٠٣", "9999-12"])
async def test_a_last_month_alone_that_is_none_is_refused(reading: Reading, until: str) -> None:
    body = await reading.run("analyst", "query($until: String) { statistics(until: $until) { months } }", until=until)
    assert code(body) == "PERIOD_INVALID"


@pytest.mark.parametrize(
    "by", [["PURPOSE", "PURPOSE"], ["RECORD_TYPE"], ["MONTH", "ROLE", "PURPOSE", "DISTRICT", "CODE"]]
)
async def test_other_groupings_are_refused(reading: Reading, by: list[str]) -> None:
    body = await reading.run("analyst", ASKS, by=by)
    assert code(body) == "GROUPING_INVALID"
    assert body["data"]["statistics"]["asks"] is None


async def test_without_months_the_last_twelve(reading: Reading) -> None:
    body = await reading.run("analyst", "{ statistics { since until total { asks } } }")
    assert body["data"]["statistics"] == {"since": "2025-11", "until": "2026-10", "total": {"asks": 110}}


async def test_a_month_that_is_made_is_read_in_two_statements(reading: Reading) -> None:
    await asks(reading, "PURPOSE")
    reading.database.statements.clear()
    await asks(reading, "PURPOSE")
    read = [sql for sql in reading.database.statements if "statistic_" in sql]
    assert len(read) == 3  # the months, the total, the cells
    assert len(reading.database.statements) == 3


async def test_making_a_month_passes_over_no_other(reading: Reading) -> None:
    database = reading.database._database
    window = ["2026-03-01", "2026-04-01"]
    bounds = [1, 200, *window, 200]
    for sql, values in (
        (BOUNDS, window),
        (ATOMS, bounds),
        (PROFILES, bounds),
        (FINDINGS, [["aa"]]),
        (ENTRIES, [["1", "2"]]),
        (MONTHS, ["2026-03", "2026-04"]),
    ):
        plan = await plans(database, sql, values)
        assert [step for step in scanned(plan) if "json_each" not in step and "SCAN listed" not in step] == [], plan
    assert "log_index_" in await plans(database, ATOMS, bounds)
    assert "log_person_sequence" in await plans(database, ATOMS, bounds)


async def test_what_takes_long_is_refused_and_goes_on(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the months would pass for all."""
    slow, statistics = asyncio.Event(), reading.services.statistics
    assert statistics
    make = statistics._make_all

    async def held(due: Sequence[str], now: datetime) -> None:
        await slow.wait()
        await make(due, now)

    monkeypatch.setattr(statistics, "_make_all", held)
    operations = Operations(SCHEMA, replace(reading.services, deadline_s=0.01))
    monkeypatch.setattr(reading, "operations", operations)
    for _ in range(2):
        assert code(await reading.run("analyst", ASKS, by=["PURPOSE"])) == "COUNTS_PENDING"
    monkeypatch.setattr(reading, "operations", Operations(SCHEMA, reading.services))
    slow.set()
    assert told((await asks(reading, "PURPOSE"))["asks"], "purpose") == {"LOAN_APPROVAL": 82}


async def test_months_before_the_log_cost_nothing(reading: Reading) -> None:
    await asks(reading, "PURPOSE", since="2024-01", until="2026-04")
    reading.database.statements.clear()
    await asks(reading, "PURPOSE", since="2024-01", until="2026-04")
    assert len(reading.database.statements) == 4  # the months, the first of the log, the total, the cells
