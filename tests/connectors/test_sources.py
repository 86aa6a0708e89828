"""A department on several databases: one view, no value chosen, and what is silent spoils only its own questions."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from connectors.directory import Directory
from connectors.faults import MappingFaulty
from connectors.mapping import read
from connectors.recorder import Recorder
from exchange.records import Column, Conflict, Delivered, Held, Unavailable, Wanted
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.small import CATALOGUE, NEW, write_mapping
from tests.connectors.test_directory import soon

TODAY = date(2026, 11, 24)
MAPPING = """\
department: PBC
standard: 1.0.0
agreement: {approver: 市信用办, valid_until: 2031-12-31}
person_key: {column: id_no, formats: [id18]}
sources:
  old: {connector: sql, url: "${OLD_URL}"}
  recent: {connector: sql, url: "${RECENT_URL}", stale_after: 30d}
records:
  PBC01:
    - {source: old, from: contact, record_key: n, items: {mobile: {column: mobile}, address: {column: addr}}}
    - {source: recent, from: kontakt, record_key: n, items: {mobile: {column: tel}}, not_held: [address]}
  PBC02: {source: recent, from: job, record_key: n, items: {employer: {column: employer}}}
  PBC06:
    - source: old
      from: pay
      record_key: n
      same_by: [paid_on]
      as_of: {column: seen}
      items: {amount: {column: fen, unit: fen}, paid_on: {column: day}}
    - source: recent
      from: zahlung
      record_key: nr
      same_by: [paid_on]
      as_of: {column: seen}
      items: {amount: {column: yuan}, paid_on: {column: tag, format: "%Y%m%d"}}
not_held: [PBC03]
"""


def _database(path: Path, script: str) -> str:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(script.replace("@", NEW.number))
    return f"sqlite:///{path}"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    old = """
    CREATE TABLE contact (n, id_no, mobile, addr); CREATE TABLE pay (n, id_no, fen, day, seen);
    INSERT INTO contact VALUES ('1', '@', '13800000001', '昆明市');
    INSERT INTO pay VALUES ('a', '@', 1000, '2026-01-01', '2026-02-01'), ('b', '@', 2000, '2026-02-01', '2026-03-01'),
      ('c', '@', 500, '2025-12-01', '2026-01-01');
    """
    recent = """
    CREATE TABLE kontakt (n, id_no, tel); CREATE TABLE job (n, id_no, employer);
    CREATE TABLE zahlung (nr, id_no, yuan, tag, seen);
    INSERT INTO kontakt VALUES ('9', '@', '13800000001');
    INSERT INTO job VALUES ('1', '@', '滇池学校');
    INSERT INTO zahlung VALUES (1, '@', '10.00', '20260101', '2026-04-01'), (2, '@', '21', '20260201', '2026-04-01'),
      (3, '@', '30', '20260301', '2026-04-01');
    """
    return {
        "OLD_URL": _database(tmp_path / "old.db", old),
        "RECENT_URL": _database(tmp_path / "recent.db", recent),
    }


async def _fetched(folder: Path, environ: dict[str, str], *questions: Wanted, recorder: Recorder | None = None):
    directory = await Directory.open(write_mapping(folder / "m", MAPPING), CATALOGUE, environ, TODAY, recorder=recorder)
    try:
        return (await directory.fetch({"PBC": questions}, (NEW,), GIVEN, soon()))["PBC"]
    finally:
        await directory.close()


PAID = wanted("amount", "paid_on", record="PBC06", order="paid_on")
CONFLICT = Conflict((Held("20", "old", "2026-03-01"), Held("21", "recent", "2026-04-01")))


async def test_rows_of_the_same_month_are_one_and_a_difference_is_reported_with_both(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    recorder = Recorder()
    outcome = await _fetched(tmp_path, environ, PAID, recorder=recorder)
    assert isinstance(outcome, Delivered)
    (rows,) = outcome.answers[NEW]
    assert isinstance(rows, Sequence)
    assert [(row.values, row.as_of, row.sources) for row in rows] == [
        (("30", "2026-03-01"), "2026-04-01", ("recent",)),
        ((CONFLICT, "2026-02-01"), "2026-03-01", ("old", "recent")),
        (("10", "2026-01-01"), "2026-02-01", ("old", "recent")),
        (("5", "2025-12-01"), "2026-01-01", ("old",)),
    ]
    assert len(recorder.plans) == 2, "one statement for each source"
    returned = {name for plan in recorder.plans for read in plan.reads for name in read.returned}
    assert returned == {"fen", "day", "seen", "yuan", "tag"}, "what identifies a row does not leave as such"
    assert [(part.source, part.stale_after) for part in outcome.parts] == [("old", None), ("recent", 30)]


async def test_first_counts_merged_rows_and_an_order_that_was_not_asked_for_is_not_told(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    outcome = await _fetched(tmp_path, environ, wanted("amount", record="PBC06", order="paid_on", first=2))
    assert isinstance(outcome, Delivered)
    (rows,) = outcome.answers[NEW]
    assert isinstance(rows, Sequence)
    assert [row.values for row in rows] == [("30",), (CONFLICT,)]


async def test_where_a_person_has_one_record_all_sources_tell_it(tmp_path: Path, environ: dict[str, str]) -> None:
    outcome = await _fetched(tmp_path, environ, wanted("mobile", "address", record="PBC01"))
    assert isinstance(outcome, Delivered)
    (rows,) = outcome.answers[NEW]
    assert isinstance(rows, Sequence)
    assert [(row.values, row.sources) for row in rows] == [(("13800000001", "昆明市"), ("old", "recent"))]


async def test_a_silent_source_leaves_its_questions_open_and_the_rest_standing(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    environ |= {"OLD_URL": f"sqlite:///{tmp_path}/nowhere.db"}
    there = Wanted("PBC06", exists=True)
    employer = wanted("employer", record="PBC02")
    outcome = await _fetched(tmp_path, environ, PAID, employer, there, Wanted("PBC03", (Column("terms"),)))
    assert isinstance(outcome, Delivered)
    paid, jobs, exists, loans = outcome.answers[NEW]
    assert isinstance(paid, Unavailable)
    assert paid.why == "UNREACHABLE"
    assert isinstance(jobs, Sequence)
    assert jobs[0].values == ("滇池学校",)
    assert exists is True, "one of them has a row, whatever the other holds"
    assert loans == (), "what the department does not hold is absent"
    assert [part.unavailable and part.unavailable.why for part in outcome.parts] == ["UNREACHABLE", None]


async def test_no_is_no_answer_while_a_source_is_silent(tmp_path: Path, environ: dict[str, str]) -> None:
    with closing(sqlite3.connect(tmp_path / "recent.db")) as database:
        database.execute("DELETE FROM zahlung")
        database.commit()
    environ |= {"OLD_URL": f"sqlite:///{tmp_path}/nowhere.db"}
    outcome = await _fetched(tmp_path, environ, Wanted("PBC06", exists=True))
    assert isinstance(outcome, Delivered)
    assert isinstance(outcome.answers[NEW][0], Unavailable)


async def test_a_department_is_silent_where_all_its_sources_are(tmp_path: Path, environ: dict[str, str]) -> None:
    environ |= dict.fromkeys(environ, f"sqlite:///{tmp_path}/nowhere.db")
    assert isinstance(await _fetched(tmp_path, environ, PAID), Unavailable)


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("stale_after: 30d", "stale_after: soon", "stale_after: soon", "a number of days"),
        ("sources:\n", "url: sqlite:///x.db\nsources:\n", "url: sqlite", "belongs to each of the 'sources'"),
        ("PBC02: {source: recent", "PBC02: {source: third", "PBC02:", "'source' is one of: old, recent"),
        ("PBC02: {source: recent, ", "PBC02: {", "PBC02:", "'source' is one of"),
        ("  old: {connector", "  Old-1: {connector", "  Old-1:", "small letters"),
        ("same_by: [paid_on]\n      as_of: {column: seen}\n      items: {amount: {column: yuan}", "same_by: [amount]\n"
         "      as_of: {column: seen}\n      items: {amount: {column: yuan}", "same_by: [amount]", "no amounts"),
    ],
)  # fmt: skip
def test_each_fault_has_its_line(
    tmp_path: Path, environ: dict[str, str], old: str, new: str, at: str, says: str
) -> None:
    assert old in MAPPING
    text = MAPPING.replace(old, new, 1)
    line = next(number for number, each in enumerate(text.splitlines(), start=1) if at in each)
    with pytest.raises(MappingFaulty) as caught:
        read(write_mapping(tmp_path / "m", text), CATALOGUE, environ, TODAY)
    assert [fault.line for fault in caught.value.faults if says in fault.text] == [line]


async def test_the_plan_names_each_source(tmp_path: Path, environ: dict[str, str]) -> None:
    directory = await Directory.open(write_mapping(tmp_path / "m", MAPPING), CATALOGUE, environ, TODAY)
    plans = await directory.plan({"PBC": (wanted("employer", record="PBC02"),)})
    await directory.close()
    assert list(plans) == ["PBC.recent"]
