"""A department whose data is hostile: each value is bounded, withheld or harmless, and takes no other one with it."""

from __future__ import annotations

import asyncio
import json
import math
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from connectors.directory import Directory
from connectors.faults import MappingFaulty
from connectors.mapping import read
from exchange.records import Bad, Delivered, Unavailable
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.hostile import KINDS, LN, TEXT, TODAY, Hostile, opened
from tests.connectors.small import CATALOGUE, MAPPING, NEW, OTHER, make_sqlite, write_mapping

ITEMS: tuple[str, ...] = (
    "institution_code",
    "opened_on",
    "balance",
    "account_status",
    "terms",
    "month",
    "note",
    "currency",
)
BIG = "A" * 10_000_000
FOLDED = TEXT.replace("    record_key: LN_NO\n", "    record_key: LN_NO\n    distinct: [LN_NO]\n", 1)


@pytest_asyncio.fixture(params=KINDS)
async def hostile(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Hostile]:
    async with opened(request.param, request, tmp_path) as hostile:
        yield hostile


WITHHELD: list[tuple[str, str, str]] = [
    ("NOTE", "note", BIG),
    ("ORG_CD", "institution_code", BIG),
    ("LN_BAL", "balance", "9" * 100_000),
    ("LN_BAL", "balance", "NaN"),
    ("LN_BAL", "balance", "Infinity"),
    ("LN_BAL", "balance", "-inf"),
    ("LN_BAL", "balance", "1e400000"),
    ("LN_BAL", "balance", "sNaN"),
    ("TERMS", "terms", "9" * 5000),
    ("TERMS", "terms", "1_000"),
    ("OPEN_DT", "opened_on", "100000101"),
    ("OPEN_DT", "opened_on", "00000101"),
    ("OPEN_DT", "opened_on", "20240230"),
    ("REP_M", "month", "209913"),
    ("STAT", "account_status", "0'; DROP TABLE pay; --"),
    ("NOTE", "note", "left\u202eright"),
    ("NOTE", "note", "zero\u200bwidth"),
    ("NOTE", "note", "two\nlines"),
    ("NOTE", "note", "\x1aconflict"),
    ("NOTE", "note", "\x1aINVALID"),
    ("NOTE", "note", "bell\x07"),
]
HARMLESS = [
    ("NOTE", "note", "<script>alert('x')</script>"),
    ("NOTE", "note", '{"a": [1, "]"}'),
    ("NOTE", "note", "]]}\"'"),
    ("NOTE", "note", "x'); DROP TABLE pay; --"),
    ("NOTE", "note", "盘龙江·𠀀"),
]


@pytest.mark.parametrize(("column", "item", "value"), WITHHELD, ids=lambda value: repr(value)[:24])
async def test_a_hostile_value_is_withheld_alone(hostile: Hostile, column: str, item: str, value: str) -> None:
    await hostile.put({column: value}, {"LN_NO": "L2"})
    first, second = await hostile.rows(*ITEMS)
    bad = dict(zip(ITEMS, first.values, strict=True))
    good = dict(zip(ITEMS, second.values, strict=True))
    assert isinstance(bad[item], Bad)
    assert {name: value for name, value in bad.items() if name != item} == {
        name: value for name, value in good.items() if name != item
    }
    assert good[item] is not None
    assert not isinstance(good[item], Bad)


@pytest.mark.parametrize(("column", "item", "value"), HARMLESS, ids=lambda value: repr(value)[:24])
async def test_text_that_means_something_elsewhere_is_text(
    hostile: Hostile, column: str, item: str, value: str
) -> None:
    await hostile.put({column: value})
    (row,) = await hostile.rows(*ITEMS)
    assert dict(zip(ITEMS, row.values, strict=True))[item] == value


async def test_negative_zero_is_zero(hostile: Hostile) -> None:
    await hostile.put({"LN_BAL": "-0.00"})
    assert (await hostile.rows("balance"))[0].values == ("0",)


MANY = {
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1000000)"
    " SELECT n, '{0}', '1', '0' FROM s",
    "postgresql": "SELECT n, '{0}', '1', '0' FROM generate_series(1, 1000000) AS n",
    "mariadb": "SELECT seq, '{0}', '1', '0' FROM seq_1_to_1000000",
}


async def test_of_a_million_rows_two_thousand_are_read_or_it_is_said_that_none_were(hostile: Hostile) -> None:
    """Whoever asks about somebody else meanwhile is answered, and so is whoever asks afterwards."""
    await hostile.put({"ID_NO": OTHER.number, "TERMS": "7"})
    await _a_million_rows(hostile)
    many, other = await asyncio.gather(
        hostile.ask("terms", within_s=3.0), hostile.ask("terms", within_s=8.0, person=OTHER)
    )
    if isinstance(many, Delivered):
        rows = many.answers[NEW][0]
        assert isinstance(rows, Sequence)
        assert [row.values for row in rows] == [(1,)] * 2000
    else:
        assert many.why == "TIMEOUT"
    for outcome in (other, await hostile.ask("terms", person=OTHER)):
        assert isinstance(outcome, Delivered), outcome
        (rows,) = outcome.answers[OTHER]
        assert isinstance(rows, Sequence)
        assert [row.values for row in rows] == [(7,)]


async def test_a_million_rows_of_one_department_delay_no_other(hostile: Hostile, tmp_path: Path) -> None:
    """The same person is asked about at both at once, in an order that the first has to make."""
    await _a_million_rows(hostile)
    departments = {**CATALOGUE.departments, "UTL": replace(CATALOGUE.departments["PBC"], code="UTL")}
    folder = write_mapping(tmp_path / "both", FOLDED)
    (folder / "utl.yaml").write_text(
        MAPPING.replace("department: PBC", "department: UTL").replace("SMALL_URL", "OTHER_URL"), "utf-8"
    )
    environ = {"SMALL_URL": hostile.url, "OTHER_URL": make_sqlite(tmp_path / "other.db")}
    directory = await Directory.open(folder, replace(CATALOGUE, departments=departments), environ, TODAY)
    question = wanted("terms", order="opened_on")
    deadline = asyncio.get_running_loop().time() + 3.0
    found = await directory.fetch({"PBC": (question,), "UTL": (question,)}, (NEW,), GIVEN, deadline)
    await directory.close()
    many, other = found["PBC"], found["UTL"]
    assert isinstance(many, Delivered) or many.why == "TIMEOUT"
    assert isinstance(other, Delivered), other
    (rows,) = other.answers[NEW]
    assert isinstance(rows, Sequence)
    assert [row.values[0] for row in rows] == [12, 36, Bad.VALUE]


async def _a_million_rows(hostile: Hostile) -> None:
    rows = MANY[hostile.kind].format(NEW.number)
    await hostile.run(f'INSERT INTO {LN} ("LN_NO", "ID_NO", "TERMS", "DEL_FLAG") {rows}')


async def test_bytes_and_signs_that_are_no_text_in_sqlite(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "small.db", {LN: []})
    with closing(sqlite3.connect(tmp_path / "small.db")) as connection, connection:
        connection.execute(f'ALTER TABLE {LN} ADD COLUMN "NOTE"')
        for n, value in enumerate(
            ("CAST(X'C4E3FF' AS TEXT)", "X'00FF'", "'a' || char(0) || 'b'", "CAST(X'EDA080' AS TEXT)")
        ):
            connection.execute(
                f'INSERT INTO {LN} ("LN_NO", "ID_NO", "TERMS", "NOTE", "DEL_FLAG")'
                f" VALUES ('L{n}', '{NEW.number}', '36', {value}, '0')"
            )
        connection.execute(
            f'INSERT INTO {LN} ("LN_NO", "ID_NO", "TERMS", "LN_BAL", "DEL_FLAG") VALUES (?, ?, ?, ?, ?)',
            ("L8", NEW.number, "36", math.inf, "0"),
        )
    directory = await Directory.open(write_mapping(tmp_path / "m", TEXT), CATALOGUE, {"SMALL_URL": url}, TODAY)
    hostile = Hostile("sqlite", url, directory)
    outcome = await hostile.ask("terms", "note", "balance")
    await directory.close()
    if isinstance(outcome, Delivered):
        rows = outcome.answers[NEW][0]
        assert isinstance(rows, Sequence)
        assert [row.values[0] for row in rows] == [36] * 5
        assert not [row for row in rows[:4] if isinstance(row.values[1], str)]
        assert rows[4].values[2] is Bad.VALUE
    else:
        raise AssertionError(outcome)


NAMES = ["x; DROP TABLE pay", 'x" OR 1=1 --', "pg_sleep(10)", "a b", "ID_NO'--", "x\0y", ""]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_a_mapping_that_are_sql_are_refused(name: str, tmp_path: Path) -> None:
    quoted = json.dumps(name)
    for place in ("{column: TERMS}", "from: LN_ACCT", "record_key: LN_NO", "column: ID_NO"):
        key = place.strip("{}").partition(":")[0]
        text = MAPPING.replace(place, place.replace(place.strip("{}").partition(": ")[2], quoted), 1)
        assert text != MAPPING
        with pytest.raises(MappingFaulty) as caught:
            read(write_mapping(tmp_path / key, text), CATALOGUE, {"SMALL_URL": "sqlite:///x.db"}, TODAY)
        assert "DROP" not in str(caught.value)


URLS = [
    "postgresql://officer:Geheim77@127.0.0.1:1/krypta",
    "postgresql://officer:Geheim77@krypta.invalid/krypta",
    "postgresql://officer:Geheim77@[krypta/krypta",
    "postgresql://officer:Geheim77@127.0.0.1:99999/krypta",
    "sqlite:////krypta/Geheim77.db",
]


@pytest.mark.parametrize("url", URLS)
async def test_no_credential_host_or_sql_in_answers_states_and_logs(
    url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as logs:
        try:
            directory = await Directory.open(write_mapping(tmp_path / "m"), CATALOGUE, {"SMALL_URL": url}, TODAY)
        except MappingFaulty as faulty:
            told = str(faulty)
        else:
            outcome = await Hostile("", url, directory).ask("terms", within_s=3.0)
            assert isinstance(outcome, Unavailable)
            told = f"{outcome!r} {directory.states()!r} {await directory.check()!r} {directory.__dict__!r}"
            await directory.close()
    written = capfd.readouterr()
    told += f" {logs!r} {written.out} {written.err}"
    for secret in ("Geheim77", "krypta", "officer", "LN_ACCT", "SELECT "):
        assert secret not in told


async def test_a_broken_statement_says_a_code_and_nothing_else(hostile: Hostile) -> None:
    await hostile.put({})
    with capture_logs() as logs:
        await hostile.run(f"DROP TABLE {LN}")
        outcome = await hostile.ask("terms")
    assert isinstance(outcome, Unavailable)
    assert outcome.why == "SHAPE_CHANGED"
    assert "LN_ACCT" not in f"{outcome!r} {logs!r}"
