"""What only one kind of database lets in: its own zero days, infinities, paddings, and bytes that are no text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from connectors.mapping import read
from connectors.sql.connector import Sql
from exchange.condition import Compare, Missing
from exchange.records import Bad, Delivered, Value, Wanted
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.hostile import TODAY, ran
from tests.connectors.small import CATALOGUE, NEW, write_mapping
from tests.connectors.sql.test_mariadb import told

MAPPING = """\
department: PBC
connector: sql
url: ${SMALL_URL}
standard: 1.0.0
agreement: {approver: 市信用办, valid_until: 2031-12-31}
person_key: {column: id_no, formats: [id18]}
records:
  PBC06:
    from: odd
    record_key: n
    items:
      amount: {AMOUNT}
      paid_on: {DAY}
  PBC02:
    from: odd
    record_key: n
    items:
      employer: {TEXT}
not_held: [PBC01, PBC03]
"""
WITHHELD = Bad.VALUE
Case = tuple[str, str, str, Value]
"""Type of the column, the value in SQL, the item it is read for, and what is read."""

POSTGRES: list[Case] = [
    ("NUMERIC", "'NaN'", "amount", WITHHELD),
    ("NUMERIC", "'Infinity'", "amount", WITHHELD),
    ("DOUBLE PRECISION", "'NaN'", "amount", WITHHELD),
    ("DOUBLE PRECISION", "'-Infinity'", "amount", WITHHELD),
    ("DOUBLE PRECISION", "1e300", "amount", WITHHELD),
    ("DOUBLE PRECISION", "1e-300", "amount", WITHHELD),
    ("NUMERIC(12,2)", "1234.50", "amount", "1234.5"),
    ("DATE", "'infinity'", "paid_on", WITHHELD),
    ("DATE", "'-infinity'", "paid_on", WITHHELD),
    ("DATE", "'10000-01-01'", "paid_on", WITHHELD),
    ("DATE", "'0044-03-15 BC'", "paid_on", WITHHELD),
    ("TIMESTAMP", "'0044-03-15 10:00:00 BC'", "paid_on", WITHHELD),
    ("TIMESTAMPTZ", "'2024-02-29 10:00:00+08'", "paid_on", "2024-02-29"),
    ("CHAR(2000)", "'公司'", "employer", "公司"),
    ("VARCHAR(40)", "E'公司\\r\\n'", "employer", "公司"),
    ("TEXT", "E'公\\u0001司'", "employer", WITHHELD),
    ("TEXT", "U&'\\FF11\\FF12'", "employer", "１２"),
]
MARIADB: list[Case] = [
    ("DATE", "'0000-00-00'", "paid_on", None),
    ("DATETIME", "'0000-00-00 00:00:00'", "paid_on", None),
    ("DATE", "'2024-00-00'", "paid_on", WITHHELD),
    ("DATE", "'2024-02-00'", "paid_on", WITHHELD),
    ("DATE", "'0000-01-01'", "paid_on", WITHHELD),
    ("DATE", "'9999-12-31'", "paid_on", "9999-12-31"),
    ("DATETIME(6)", "'2024-02-29 10:00:00.123456'", "paid_on", "2024-02-29"),
    ("VARCHAR(20)", "'10000-01-01'", "paid_on", WITHHELD),
    ("DOUBLE", "1e300", "amount", WITHHELD),
    ("DOUBLE", "-1e-300", "amount", WITHHELD),
    ("VARCHAR(20)", "'NaN'", "amount", WITHHELD),
    ("DECIMAL(12,2) ZEROFILL", "1234.5", "amount", "1234.5"),
    ("CHAR(255)", "'公司'", "employer", "公司"),
    ("VARCHAR(255)", "concat('公司', char(0 using utf8mb4), '甲')", "employer", WITHHELD),
    ("VARCHAR(255)", "concat(char(0 using utf8mb4), '公司')", "employer", WITHHELD),
    ("VARCHAR(255) CHARACTER SET gbk", "convert('公司\u3000' using gbk)", "employer", "公司"),
    ("VARCHAR(255) CHARACTER SET gbk", "convert('Ａ１２' using gbk)", "employer", "Ａ１２"),
    ("VARCHAR(255) CHARACTER SET ucs2", "'公司'", "employer", "公司"),
    ("VARCHAR(255) CHARACTER SET utf16", "'公司𠀀'", "employer", "公司𠀀"),
    ("VARCHAR(255) CHARACTER SET utf8mb4", "'公司𠀀'", "employer", "公司𠀀"),
]
SQLITE: list[Case] = [
    ("REAL", "9e999", "amount", WITHHELD),
    ("REAL", "1e300", "amount", WITHHELD),
    ("NUMERIC", "'NaN'", "amount", WITHHELD),
    ("DATE", "'10000-01-01'", "paid_on", WITHHELD),
    ("DATE", "'0000-00-00'", "paid_on", WITHHELD),
    ("CHAR(40)", "'公司' || printf('%900s', '')", "employer", "公司"),
    ("TEXT", "CAST(X'E585ACC4E3' AS TEXT)", "employer", WITHHELD),
    ("TEXT", "'公司' || char(0) || '甲'", "employer", WITHHELD),
    ("TEXT", "char(0) || '公司'", "employer", WITHHELD),
]


async def _sql(kind: str, url: str, case: Case, folder: Path, clean: str = "") -> Sql:
    declared, value, item, _ = case
    await ran(kind, url, f"CREATE TABLE odd (n VARCHAR(20), id_no VARCHAR(18), val {declared})")
    await ran(kind, url, f"INSERT INTO odd VALUES ('1', '{NEW.number}', {value})")
    whole = f"column: val{clean}"
    text = MAPPING.replace("AMOUNT", whole if item == "amount" else 'value: "1"')
    text = text.replace("DAY", whole if item == "paid_on" else "value: 2024-01-01")
    text = text.replace("TEXT", whole if item == "employer" else "value: A")
    sql = Sql(
        read(write_mapping(folder / "m", text), CATALOGUE, {"SMALL_URL": url}, TODAY)["PBC"].sources[0], CATALOGUE
    )
    assert await sql.faults() == ()
    return sql


async def _asked(sql: Sql, question: Wanted) -> tuple[list[Value], int]:
    """The values read, and how many did not fit."""
    outcome = await sql.fetch((question,), (NEW,), GIVEN, asyncio.get_running_loop().time() + 20)
    assert isinstance(outcome, Delivered), outcome
    (rows,) = outcome.answers[NEW]
    assert isinstance(rows, Sequence)
    return [row.values[0] for row in rows], outcome.invalid


async def _as_expected(sql: Sql, case: Case) -> None:
    _, _, item, expected = case
    record = "PBC02" if item == "employer" else "PBC06"
    assert await _asked(sql, wanted(item, record=record)) == ([expected], int(expected is WITHHELD))
    if item == "paid_on":
        _, _, _, day = case
        later = await _asked(sql, wanted("paid_on", record=record, rows=Compare("paid_on", ">=", "0001-01-01")))
        assert later[0] == ([day] if isinstance(day, str) else []), "a row condition reads days alike"
        missing = await _asked(sql, wanted("paid_on", record=record, rows=Missing("paid_on")))
        assert missing[0] == ([None] if day is None else [])
    await sql.close()


@pytest.mark.parametrize("case", SQLITE, ids=str)
async def test_in_sqlite(case: Case, tmp_path: Path) -> None:
    await _as_expected(await _sql("sqlite", f"sqlite:///{tmp_path}/odd.db", case, tmp_path), case)


@pytest.mark.postgres
@pytest.mark.parametrize("case", POSTGRES, ids=str)
async def test_in_postgresql(case: Case, postgres_url: str, tmp_path: Path) -> None:
    name = f"odd_{POSTGRES.index(case)}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    url = f"{postgres_url.rpartition('/')[0]}/{name}"
    await _as_expected(await _sql("postgresql", url, case, tmp_path), case)


@pytest.mark.mariadb
@pytest.mark.parametrize("case", MARIADB, ids=str)
async def test_in_mariadb(case: Case, mariadb_url: str, tmp_path: Path) -> None:
    name = f"odd_{MARIADB.index(case)}"
    await told(mariadb_url, f"CREATE OR REPLACE DATABASE {name} CHARACTER SET utf8mb4")
    await _as_expected(await _sql("mariadb", f"{mariadb_url}/{name}", case, tmp_path), case)


@pytest.mark.parametrize("clean", ["[halfwidth]", "[upper]", "[halfwidth, upper]"])
@pytest.mark.parametrize("value", ["CAST(X'E585ACC4E3' AS TEXT)", "CAST(X'EDA080' AS TEXT)", "X'00FF'"])
async def test_cleaning_bytes_that_are_no_text_takes_nobody_else_along(value: str, clean: str, tmp_path: Path) -> None:
    """In SQLite, which lets any bytes into a text."""
    case = ("TEXT", value, "employer", WITHHELD)
    sql = await _sql("sqlite", f"sqlite:///{tmp_path}/odd.db", case, tmp_path, f", clean: {clean}")
    await _as_expected(sql, case)
