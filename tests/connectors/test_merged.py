"""One department on five databases: what they tell together, where they differ, and one of them down."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pytest

from connectors.check import check
from connectors.directory import Directory
from connectors.guards.guard import Guard
from connectors.kinds import opened
from connectors.mapping import read
from connectors.merged import Merged
from connectors.recorder import Recorder
from exchange.person import PersonId
from exchange.records import Answer, Conflict, Delivered, Givens, Held, Outcome, Row, Unavailable, Wanted
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.five import FIVE, SOURCES, environ_of, make_five
from tests.connectors.small import CATALOGUE, NEW, NOBODY, OTHER, make_sqlite, write_mapping
from tests.connectors.sql.test_postgres import make_postgres

TODAY = date(2026, 11, 24)
Native: TypeAlias = Mapping[str, list[tuple[object, ...]]]
ALL = {**GIVEN, "disputed:PBC06": ["T9", "T1"]}
LOANS, MOBILE, EMPLOYER = (
    wanted("terms"),
    wanted("mobile", "address", record="PBC01"),
    wanted("employer", record="PBC02"),
)
AMOUNTS = wanted("amount", record="PBC06")


@asynccontextmanager
async def city(folder: Path, text: str = FIVE, environ: Mapping[str, str] | None = None, recorder=None):
    place = write_mapping(folder / "m", text)
    directory = await Directory.open(place, CATALOGUE, environ or make_five(folder), TODAY, recorder=recorder)
    try:
        yield directory
    finally:
        await directory.close()


async def outcome(directory: Directory, *questions: Wanted, person: PersonId = NEW) -> Outcome:
    deadline = asyncio.get_running_loop().time() + 20
    return (await directory.fetch({"PBC": questions}, (person,), ALL, deadline))["PBC"]


async def answer(directory: Directory, question: Wanted, person: PersonId = NEW) -> Answer:
    found = await outcome(directory, question, person=person)
    assert isinstance(found, Delivered), found
    return found.answers[person][0]


async def rows(directory: Directory, question: Wanted) -> list[Row]:
    found = await answer(directory, question)
    assert isinstance(found, Sequence), found
    return list(found)


async def test_one_statement_for_each_source_that_is_reached(tmp_path: Path) -> None:
    recorder = Recorder()
    async with city(tmp_path, recorder=recorder) as directory:
        found = await outcome(directory, LOANS, MOBILE, EMPLOYER, AMOUNTS)
        assert isinstance(found, Delivered)
        assert [part.source for part in found.parts] == list(SOURCES)
        assert len(recorder.plans) == 5
        await outcome(directory, LOANS)
        await outcome(directory, AMOUNTS)
        assert len(recorder.plans) == 5 + 1 + 2
        plans = await directory.plan({"PBC": (LOANS, AMOUNTS)})
        assert {name: [each.record for each in plan.reads] for name, plan in plans.items()} == {
            "PBC.loans": ["PBC03"],
            "PBC.pay": ["PBC06"],
            "PBC.old_pay": ["PBC06"],
        }


async def test_rows_that_agree_are_one_and_values_that_differ_are_all_told(tmp_path: Path) -> None:
    async with city(tmp_path) as directory:
        by_day = {row.values[1]: row for row in await rows(directory, wanted("amount", "paid_on", record="PBC06"))}
    assert by_day["2026-01-01"].values[0] == "10"
    assert by_day["2026-01-01"].sources == ("pay", "old_pay")
    assert by_day["2026-01-01"].as_of == "2026-09-30", "the older day: all of the row is vouched for then"
    assert by_day["2026-01-01"].days == ("2026-10-31", "2026-09-30")
    new, old = ("pay", "2026-10-31"), ("old_pay", "2026-09-30")
    assert by_day["2026-02-01"].values[0] == Conflict((Held("20", *new), Held("20.01", *new), Held("21", *old)))
    assert (by_day["2026-03-01"].values[0], by_day["2026-03-01"].sources) == ("40", ("old_pay",))
    assert len(by_day) == 3


async def test_where_a_person_has_one_record_all_sources_tell_of_it(tmp_path: Path) -> None:
    """`address` has a place in one of the two only, which is no word against the other's."""
    async with city(tmp_path) as directory:
        (row,) = await rows(directory, MOBILE)
    assert row.values == (Conflict((Held("13800000001", "people"), Held("13900000009", "jobs"))), "昆明市五华区")


async def test_rows_of_one_source_that_tell_the_same_fact_are_one(tmp_path: Path) -> None:
    text = FIVE.replace("record_key: n  # pay\n", "record_key: n\n      same_by: [paid_on]\n")
    native: Native = {"pay": [("T1", NEW.number, 1000, "2026-01-01"), ("T5", NEW.number, 1100, "2026-01-01")]}
    environ = make_five(tmp_path, pay=native, old_pay={"pay": [("X", NEW.number, 1000, "2026-01-01")]})
    async with city(tmp_path, text, environ) as directory:
        (row,) = await rows(directory, AMOUNTS)
    assert isinstance(row.values[0], Conflict)
    assert [(held.value, held.source) for held in row.values[0].held] == [
        ("10", "pay"),
        ("11", "pay"),
        ("10", "old_pay"),
    ]


async def test_newest_first_and_the_limit_hold_for_the_merged_rows(tmp_path: Path) -> None:
    """The newest is only in the second source; the day by which rows are ordered was not asked for, nor is it told."""
    async with city(tmp_path) as directory:
        found = await rows(directory, wanted("amount", record="PBC06", order="paid_on", first=2))
        assert [(len(row.values), row.sources) for row in found] == [(1, ("old_pay",)), (1, ("pay", "old_pay"))]
        assert found[0].values == ("40",)
        assert isinstance(found[1].values[0], Conflict)


async def test_a_source_is_not_cut_where_the_day_itself_differs(tmp_path: Path) -> None:
    """The old source has the payment far down its own order; cut there, its other day would not be heard of."""
    pay: Native = {"pay": [("K", NEW.number, 1000, "2026-05-01")]}
    old: Native = {"pay": [("K", NEW.number, 1000, "2020-01-01"), ("J", NEW.number, 900, "2026-04-01")]}
    async with city(tmp_path, environ=make_five(tmp_path, pay=pay, old_pay=old)) as directory:
        (row,) = await rows(directory, wanted("amount", "paid_on", record="PBC06", order="paid_on", first=1))
    days = Conflict((Held("2026-05-01", "pay", "2026-10-31"), Held("2020-01-01", "old_pay", "2026-09-30")))
    assert row.values == ("10", days)


async def test_the_dispute_mark_stays_with_the_record(tmp_path: Path) -> None:
    async with city(tmp_path) as directory:
        found = await rows(directory, wanted("paid_on", record="PBC06", marks=True, order="paid_on"))
    assert [(row.values[0], row.mark) for row in found] == [
        ("2026-03-01", None),
        ("2026-02-01", None),
        ("2026-01-01", 1),
    ]


async def test_existence_needs_every_source_to_say_no_and_one_to_say_yes(tmp_path: Path) -> None:
    exists = wanted(record="PBC06", exists=True)
    environ = make_five(tmp_path, without=["old_pay"])
    async with city(tmp_path, environ=environ) as directory:
        assert await _of(directory, OTHER, exists, LOANS) is True
        assert isinstance(await _of(directory, NOBODY, exists, LOANS), Unavailable)
    async with city(tmp_path, environ=make_five(tmp_path / "whole")) as directory:
        assert await _of(directory, NOBODY, exists, LOANS) is False


async def _of(directory: Directory, person: PersonId, *questions: Wanted) -> Answer:
    found = await outcome(directory, *questions, person=person)
    assert isinstance(found, Delivered), found
    return found.answers[person][0]


async def test_a_source_that_is_down_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    async with city(tmp_path, environ=make_five(tmp_path, without=["old_pay"])) as directory:
        found = await outcome(directory, LOANS, AMOUNTS, MOBILE)
        assert isinstance(found, Delivered)
        loans, amounts, contact = found.answers[NEW]
        assert isinstance(loans, Sequence)
        assert isinstance(contact, Sequence)
        assert (len(loans), len(contact)) == (3, 1)
        assert isinstance(amounts, Unavailable), "the rows of the source that answers would pass for all"
        assert amounts.why == "UNREACHABLE"
        assert {part.source for part in found.parts if part.unavailable} == {"old_pay"}
        assert directory.states()[0].state == "UNREACHABLE"
        make_sqlite(tmp_path / "old_pay.db", {})
        assert len(await rows(directory, AMOUNTS)) == 2
        assert directory.states()[0].state == "DELIVERED"


async def test_the_department_is_unavailable_where_all_that_were_asked_are(tmp_path: Path) -> None:
    async with city(tmp_path, environ=make_five(tmp_path, without=["old_pay", "pay"])) as directory:
        assert isinstance(await outcome(directory, AMOUNTS), Unavailable)
        assert isinstance(await outcome(directory, AMOUNTS, LOANS), Delivered)


class Listening(Guard):
    """Keeps what the source delivered."""

    def __init__(self, inner) -> None:
        super().__init__(inner)
        self.heard: list[Delivered] = []

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        found = await super().fetch(wanted, people, given, deadline)
        assert isinstance(found, Delivered)
        self.heard.append(found)
        return found


async def test_what_identifies_a_fact_leaves_only_as_a_digest_of_one_fetch(tmp_path: Path) -> None:
    """Record keys and the day of `same_by` were not asked for, and no requester may link two answers by them."""
    text = FIVE.replace("record_key: n  # pay\n", "record_key: n\n      same_by: [paid_on]\n")
    (place,) = read(write_mapping(tmp_path / "m", text), CATALOGUE, make_five(tmp_path), TODAY).values()
    pay, old = (Listening(opened(each, CATALOGUE)) for each in place.sources if "PBC06" in each.records)
    merged = Merged("PBC", CATALOGUE, [(place.sources[3], pay), (place.sources[4], old)])
    deadline = asyncio.get_running_loop().time() + 20
    for _ in range(2):
        await merged.fetch((AMOUNTS,), (NEW,), ALL, deadline)
    await merged.close()
    first, second = ({row.identity for row in _rows(each)} for each in pay.heard)
    assert first & {row.identity for row in _rows(old.heard[0])}, "the same fact has the same digest in one fetch"
    assert not first & second
    assert all(re.fullmatch("[0-9a-f]{32}", str(each)) for each in first | second)
    for heard in (*pay.heard, *old.heard):
        assert not re.search(r"'T\d|2026-0[123]-01|20260[123]01", repr(heard.answers))


def _rows(found: Delivered) -> tuple[Row, ...]:
    (answer,) = found.answers[NEW]
    assert isinstance(answer, Sequence)
    return answer


@pytest.mark.postgres
async def test_facts_are_the_same_in_different_databases(tmp_path: Path, postgres_url: str) -> None:
    environ = make_five(tmp_path)
    old: list[tuple[object, ...]] = [("T1", NEW.number, 1000, "2026-01-01"), ("T2", NEW.number, 2100, "2026-02-01")]
    environ |= {"OLD_PAY_URL": await make_postgres(postgres_url, "merged_old_pay", {"pay": old})}
    for text in (FIVE, FIVE.replace("record_key: n  # pay\n", "record_key: n\n      same_by: [paid_on]\n")):
        async with city(tmp_path, text, environ) as directory:
            found = await rows(directory, wanted("amount", record="PBC06", order="paid_on"))
        assert [row.sources for row in found] == [("pay", "old_pay")] * 2
        assert (isinstance(found[0].values[0], Conflict), found[1].values[0]) == (True, "10")


async def test_check_reaches_every_source(tmp_path: Path) -> None:
    folder = write_mapping(tmp_path / "m", FIVE)
    environ = make_five(tmp_path, without=["jobs"])
    (found,) = await check(folder, CATALOGUE, environ, TODAY)
    assert (found.reachable, found.faults) == (False, ())
    make_sqlite(tmp_path / "jobs.db", {})
    (found,) = await check(folder, CATALOGUE, environ_of(tmp_path), TODAY)
    assert (found.reachable, found.faults) == (True, ())
