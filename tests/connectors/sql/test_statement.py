"""What is watched of the statements: one for a fetch, released columns only, compiled once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.mapping import read
from connectors.place import SourcePlace
from connectors.recorder import Recorder
from connectors.sql.connector import GivenMissing, Sql
from connectors.sql.sqlite import SqliteRunner
from exchange.condition import All, Compare, Given, KeyIn, Not, OneOf
from exchange.records import Column, Delivered, Unavailable, Wanted
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.small import CATALOGUE, MAPPING, NATIVE, NEW, NOBODY, OLD, make_sqlite, write_mapping


class Watched(SqliteRunner):
    """Keeps what came back from the driver."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.rows: list[Sequence[Any]] = []
        self.values: list[Sequence[object]] = []

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        self.rows = await super().run(text, values)
        self.values.append(values)
        return self.rows


@pytest.fixture
def place(tmp_path: Path) -> SourcePlace:
    environ = {"SMALL_URL": make_sqlite(tmp_path / "small.db")}
    return read(write_mapping(tmp_path / "mappings"), CATALOGUE, environ, date(2026, 11, 24))["PBC"].sources[0]


def soon() -> float:
    return asyncio.get_running_loop().time() + 20


CLOSED = All(
    (
        Not(Compare("ended_on", "<=", Given("today"))),
        OneOf("account_status", ("1", "3")),
        KeyIn(Given("disputed:PBC03")),
    )
)


async def test_columns_of_conditions_never_come_back(place: SourcePlace) -> None:
    runner, recorder = Watched(place.url), Recorder()
    sql = Sql(place, CATALOGUE, runner, recorder)
    question = Wanted("PBC03", (Column("terms", Compare("joint", "=", "true")),), CLOSED, order="opened_on", marks=True)
    outcome = await sql.fetch((question,), (NEW,), GIVEN, soon())
    assert isinstance(outcome, Delivered)
    assert runner.rows == [(0, '[["36","20261031","1"]]')]
    (read,) = recorder.plans[0].reads
    assert read.returned == ("TERMS", "RPT_DT")
    assert set(read.conditions) == {"ID_NO", "LN_NO", "JOINT", "DLQ_END", "STAT", "OPEN_DT", "DEL_FLAG = '0'"}
    await sql.close()


async def test_the_select_list_names_released_columns_only(place: SourcePlace) -> None:
    sql = Sql(place, CATALOGUE)
    plan = await sql.plan((wanted("terms", "account_status", rows=CLOSED, order="opened_on"),))
    lists = re.findall(r"\(SELECT (nullif.*?)\s+FROM \"LN_ACCT\"", plan.statement, re.DOTALL)
    assert len(lists) == 1
    assert set(re.findall(r'r\."(\w+)"', lists[0])) == {"TERMS", "STAT", "RPT_DT"}
    await sql.close()


async def test_exists_returns_nothing_of_the_row(place: SourcePlace) -> None:
    runner = Watched(place.url)
    sql = Sql(place, CATALOGUE, runner)
    outcome = await sql.fetch(
        (wanted(exists=True, rows=CLOSED), wanted(record="PBC06", exists=True)), (NEW,), GIVEN, soon()
    )
    assert isinstance(outcome, Delivered)
    assert runner.rows == [(0, 1, 1)]
    await sql.close()


async def test_one_statement_for_any_number_of_people_and_questions(place: SourcePlace) -> None:
    recorder = Recorder()
    sql = Sql(place, CATALOGUE, recorder=recorder)
    await sql.fetch(
        (wanted("terms"), wanted("mobile", record="PBC01"), wanted(exists=True)), (NEW, OLD, NOBODY), GIVEN, soon()
    )
    assert recorder.people == [3]
    assert recorder.plans[0].department == "PBC"
    await sql.close()


async def test_no_value_of_an_ask_is_in_the_statement(place: SourcePlace) -> None:
    sql = Sql(place, CATALOGUE, runner := Watched(place.url))
    given = dict(GIVEN, institution="x' OR '1'='1")
    question = wanted("terms", rows=Compare("institution_code", "=", Given("institution")))
    outcome = await sql.fetch((question,), (NEW,), given, soon())
    assert isinstance(outcome, Delivered)
    assert outcome.answers[NEW] == ((),)
    statement = (await sql.plan((question,))).statement
    assert "OR '1'" not in statement
    assert NEW.number not in statement
    assert "x' OR '1'='1" in runner.values[0]
    await sql.close()


async def test_statements_are_compiled_once(place: SourcePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.sql import connector

    compiled: list[int] = []
    real = connector.compile_statement
    monkeypatch.setattr(connector, "compile_statement", lambda *given: compiled.append(1) or real(*given))
    monkeypatch.setattr(connector, "_STATEMENTS", 2)
    sql = Sql(place, CATALOGUE)
    for first in (1, 1, 2, 1, 3, 1, 2):
        await sql.fetch((wanted("terms", first=first),), (NEW,), GIVEN, soon())
    assert len(compiled) == 4
    await sql.close()


async def test_an_index_on_the_key_is_used(place: SourcePlace) -> None:
    sql = Sql(place, CATALOGUE, runner := Watched(place.url))
    question = (wanted("terms"),)
    await sql.fetch(question, (NEW,), GIVEN, soon())
    statement = (await sql.plan(question)).statement
    steps = await runner.run("EXPLAIN QUERY PLAN " + statement, runner.values[0])
    assert any("USING INDEX ln_id" in step[3] for step in steps)
    await sql.close()


async def test_at_most_2000_rows(tmp_path: Path) -> None:
    row = NATIVE['"LN_ACCT"'][0]
    url = make_sqlite(tmp_path / "many.db", {'"LN_ACCT"': [(str(n), *row[1:]) for n in range(2100)]})
    place = read(write_mapping(tmp_path / "m"), CATALOGUE, {"SMALL_URL": url}, date(2026, 11, 24))["PBC"].sources[0]
    sql = Sql(place, CATALOGUE)
    outcome = await sql.fetch((wanted("terms"),), (NEW,), GIVEN, soon())
    assert isinstance(outcome, Delivered)
    assert len(outcome.answers[NEW][0]) == 2000  # type: ignore[arg-type]
    await sql.close()


async def test_a_given_that_the_ask_lacks_is_the_callers_fault(place: SourcePlace) -> None:
    sql = Sql(place, CATALOGUE)
    with pytest.raises(GivenMissing, match="provider"):
        await sql.fetch(
            (wanted(rows=Compare("note", "=", "x")), wanted(rows=KeyIn(Given("provider")))), (NEW,), {}, soon()
        )
    await sql.close()


async def test_amounts_are_never_compared(place: SourcePlace) -> None:
    sql = Sql(place, CATALOGUE)
    with pytest.raises(ValueError, match="decimal"):
        await sql.fetch((wanted(rows=Compare("balance", ">=", "5")),), (NEW,), GIVEN, soon())
    await sql.close()


async def test_the_source_is_opened_read_only(place: SourcePlace) -> None:
    runner = SqliteRunner(place.url)
    with pytest.raises(Exception, match="FAILED"):
        await runner.run("DELETE FROM pay", [])
    assert await runner.run("SELECT count(*) FROM pay", []) == [(5,)]
    await runner.close()


async def test_what_is_not_held_is_absent(tmp_path: Path) -> None:
    start, _, _ = MAPPING.partition("  PBC06:")
    environ = {"SMALL_URL": make_sqlite(tmp_path / "small.db")}
    folder = write_mapping(tmp_path / "m", start + "not_held: [PBC06]\n")
    sql = Sql(read(folder, CATALOGUE, environ, date(2026, 11, 24))["PBC"].sources[0], CATALOGUE)
    questions = (wanted("amount", record="PBC06"), wanted(record="PBC06", exists=True), wanted("terms", first=1))
    outcome = await sql.fetch(questions, (NEW,), GIVEN, soon())
    assert isinstance(outcome, Delivered)
    amounts, any_amount, terms = outcome.answers[NEW]
    assert (amounts, any_amount) == ((), False)
    assert isinstance(terms, Sequence)
    assert len(terms) == 1
    await sql.close()


async def test_a_missing_file_is_unreachable(place: SourcePlace, tmp_path: Path) -> None:
    sql = Sql(place, CATALOGUE, SqliteRunner(f"sqlite:///{tmp_path}/nowhere.db"))
    outcome = await sql.fetch((wanted("terms"),), (NEW,), GIVEN, soon())
    assert isinstance(outcome, Unavailable)
    assert outcome.why == "UNREACHABLE"
    assert not (tmp_path / "nowhere.db").exists()
    assert not (await sql.check()).reachable
    await sql.close()
