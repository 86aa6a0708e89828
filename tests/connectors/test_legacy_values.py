"""Days, amounts, keys and orders as departments keep them, on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from connectors.contract import Connector
from connectors.mapping import read
from connectors.sql.connector import Sql
from exchange.condition import ALWAYS, Compare, Condition, Missing
from exchange.person import PersonId
from exchange.records import Bad, Column, Delivered, Wanted
from exchange.retention import days_given
from tests.connectors.hostile import KINDS
from tests.connectors.small import CATALOGUE, NEW, OLD, write_mapping
from tests.connectors.sql.test_mariadb import told

MAPPING = """\
department: PBC
connector: sql
url: ${SMALL_URL}
standard: 1.0.0
agreement: {approver: 市信用办, valid_until: 2031-12-31}
person_key: {expression: "area || rest", formats: [id18, id15]}
records:
  PBC03:
    from: 台账
    record_key: [org, n]
    attributes:
      settled_on: {column: settled, format: ["%Y-%m-%d", "%Y%m%d%H%M%S"], empty: ["0000-00-00"]}
    items:
      institution_code: {column: org, clean: [upper]}
      opened_on: {column: day, format: "%Y%m%d", empty: ["0", "99991231"]}
      balance: {column: bal, clean: [amount], unit: fen}
      account_status: {value: "1"}
      guarantee_type: {value: "1"}
      terms: {value: "1"}
      month: {column: day, format: "%Y%m%d"}
      joint: {column: joint, values: {"1": true, "0": false}}
      ended_on: {column: stamp, empty: ["1900-01-01"]}
      currency: {value: CNY}
  PBC02:
    from: job
    record_key: n
    order_by: [upd desc, n desc]
    person_key:
      column: hashed
      formats: [{format: hashed, digest: sm3, over: id18, case: any}]
    items:
      employer: {column: employer}
  PBC06:
    from: "SELECT DISTINCT p.n, {key:p.id_no} AS id18, p.fen, b.day FROM pay AS p JOIN pay AS b ON b.n = p.n"
    record_key: n
    distinct: [n]
    person_key: {column: id18, formats: [id18]}
    items:
      amount: {column: fen, unit: fen}
      paid_on: {column: day}
not_held: [PBC01]
"""
_SM3 = hashlib.new("sm3", NEW.number.encode()).hexdigest()
STATEMENTS = (
    'CREATE TABLE "台账" (area TEXT, rest TEXT, org CHAR(6), n TEXT, day INTEGER, settled TEXT, stamp TIMESTAMP,'
    " bal TEXT, joint SMALLINT)",
    f"""INSERT INTO "台账" VALUES
    ('530199', '{NEW.number[6:]}', 'ab', '1', 20240115, '0000-00-00', '2024-01-31 10:20:30', '¥1,234', 1),
    ('530199', '{NEW.number[6:]}', 'ab', '2', 99991231, '20200101123000', '1900-01-01 00:00:00', 'RMB 12.00', 0),
    ('530199', '{NEW.number[6:]}', 'ab', '3', 100000115, '10000-01-01', NULL, '1.234,00', 2),
    ('530199', '{(OLD.old_number or "")[6:]}', 'ab', '4', 20240230, '', NULL, '12,34', NULL),
    ('530199', '{OLD.number[6:]}', 'AB', '5', 0, '', NULL, '-5元', NULL)""",
    "CREATE TABLE job (n TEXT, hashed TEXT, employer TEXT, upd TEXT)",
    f"""INSERT INTO job VALUES ('1', '{_SM3}', 'old', '20200101'), ('2', '{_SM3.upper()}', 'second', '20250101'),
    ('3', '{_SM3}', 'newest', '20250101')""",
    "CREATE TABLE pay (n TEXT, id_no TEXT, fen BIGINT, day DATE)",
    f"""INSERT INTO pay VALUES ('T1', '{OLD.number}', 1050, '2026-01-01'),
    ('T1', '{OLD.old_number}', 1050, '2026-01-01'),
    ('T2', '{OLD.old_number}', 1, '2026-01-02')""",
)


def _of_mariadb(statement: str) -> str:
    """Its TIMESTAMP begins in 1970."""
    return statement.replace("stamp TIMESTAMP", "stamp DATETIME")


async def _make(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "sqlite":
        with sqlite3.connect(folder / "values.db") as connection:
            for statement in STATEMENTS:
                connection.execute(statement)
        connection.close()
        return f"sqlite:///{folder}/values.db"
    if kind == "mariadb":
        mariadb: str = request.getfixturevalue("mariadb_url")
        made = "CREATE OR REPLACE DATABASE legacy_values CHARACTER SET utf8mb4"
        await told(mariadb, made, "USE legacy_values", *map(_of_mariadb, STATEMENTS))
        return f"{mariadb}/legacy_values"
    server: str = request.getfixturevalue("postgres_url")
    connection = await asyncpg.connect(server)
    await connection.execute("CREATE DATABASE legacy_values")
    await connection.close()
    url = server.rpartition("/")[0] + "/legacy_values"
    connection = await asyncpg.connect(url)
    for statement in STATEMENTS:
        await connection.execute(statement)
    await connection.close()
    return url


@pytest_asyncio.fixture(params=KINDS, scope="module")
async def connector(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Connector]:
    folder = tmp_path_factory.mktemp("values")
    environ = {"SMALL_URL": await _make(request.param, folder, request)}
    mapping = read(write_mapping(folder / "m", MAPPING), CATALOGUE, environ, date(2026, 11, 24))
    sql = Sql(mapping["PBC"].sources[0], CATALOGUE)
    assert await sql.faults() == ()
    yield sql
    await sql.close()


async def values(
    connector: Connector, record: str, *items: str, person: PersonId = NEW, rows: Condition = ALWAYS
) -> list[tuple[object, ...]]:
    question = Wanted(record, tuple(map(Column, items)), rows)
    given = days_given(date(2026, 11, 24))
    outcome = await connector.fetch((question,), (person,), given, asyncio.get_running_loop().time() + 20)
    assert isinstance(outcome, Delivered), outcome
    (found,) = outcome.answers[person]
    assert isinstance(found, Sequence)
    return [row.values for row in found]


async def test_days_of_number_and_timestamp_columns(connector: Connector) -> None:
    assert await values(connector, "PBC03", "opened_on", "month", "ended_on") == [
        ("2024-01-15", "2024-01", "2024-01-31"),
        (None, "9999-12", None),
        (Bad.VALUE, Bad.VALUE, None),
    ]


async def test_days_in_conditions(connector: Connector) -> None:
    assert len(await values(connector, "PBC03", "terms", rows=Missing("settled_on"))) == 1
    assert len(await values(connector, "PBC03", "terms", rows=Missing("ended_on"))) == 2
    assert len(await values(connector, "PBC03", "terms", rows=Compare("settled_on", "<=", "2020-01-01"))) == 1
    assert len(await values(connector, "PBC03", "terms", rows=Compare("settled_on", ">=", "2020-01-02"))) == 0


async def test_amounts_are_exact_or_withheld(connector: Connector) -> None:
    assert await values(connector, "PBC03", "balance", "joint") == [
        ("12.34", True),
        ("0.12", False),
        (Bad.VALUE, Bad.VALUE),
    ]


async def test_both_forms_of_one_person_in_one_table(connector: Connector) -> None:
    """Each row once, with a key of two columns."""
    found = await values(connector, "PBC03", "opened_on", "balance", "institution_code", person=OLD)
    assert found == [(None, "-0.05", "AB"), (Bad.VALUE, Bad.VALUE, "AB")]


async def test_rows_under_both_forms_are_folded_to_one_record(connector: Connector) -> None:
    assert sorted(await values(connector, "PBC06", "amount", "paid_on", person=OLD)) == [
        ("0.01", "2026-01-02"),
        ("10.5", "2026-01-01"),
    ]


async def test_hashed_keys_of_either_case_and_an_order_of_two_columns(connector: Connector) -> None:
    assert await values(connector, "PBC02", "employer") == [("newest",)]
