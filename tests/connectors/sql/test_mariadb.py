"""MariaDB sits the exam, and compares, reads, bounds and ends statements as it must."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import asyncmy
import pytest
import pytest_asyncio

from connectors.contract import Connector
from connectors.mapping import read
from connectors.place import GuardsPlace
from connectors.recorder import Recorder
from connectors.sql.connector import Sql
from connectors.sql.mariadb import MariaDbRunner
from connectors.sql.runner import SourceFailed
from exchange.condition import Compare, Given, KeyIn
from exchange.records import Bad, Delivered, Unavailable, Wanted
from tests.connectors.contract import GIVEN, ConnectorExam, wanted
from tests.connectors.small import CATALOGUE, DDL, MAPPING, NATIVE, NEW, NOBODY, OLD, write_mapping

pytestmark = pytest.mark.mariadb


async def told(server: str, *statements: str) -> list[tuple[Any, ...]]:
    """The rows of the last statement."""
    parts = urlsplit(server)
    connection = await asyncmy.connect(
        host=parts.hostname, port=parts.port, user="root", charset="utf8mb4", autocommit=True
    )
    async with connection.cursor() as cursor:
        await cursor.execute("SET SESSION sql_mode = 'ANSI_QUOTES'")
        for statement in statements:
            await cursor.execute(statement)
        rows = list(await cursor.fetchall())
    connection.close()
    return rows


def typed(statement: str) -> str:
    """Keys need a length there."""
    return statement.replace('"ID_NO" TEXT', '"ID_NO" VARCHAR(18)')


async def make_mariadb(
    server: str, name: str, native: Mapping[str, list[tuple[object, ...]]] = NATIVE, charset: str = "utf8mb4"
) -> str:
    """The native rows in a database of this name; its url."""
    statements = [f"CREATE OR REPLACE DATABASE {name} CHARACTER SET {charset}", f"USE {name}", *map(typed, DDL)]
    for table, rows in native.items():
        statements += [f"INSERT INTO {table} VALUES ({', '.join(map(_literal, row))})" for row in rows]
    await told(server, *statements)
    return f"{server}/{name}"


def _literal(value: object) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def opened(url: str, folder: Any, text: str = MAPPING, **more: Any) -> Sql:
    mapping = read(write_mapping(folder / "m", text), CATALOGUE, {"SMALL_URL": url}, date(2026, 11, 24))
    return Sql(mapping["PBC"].sources[0], CATALOGUE, **more)


def soon(seconds: float = 20) -> float:
    return asyncio.get_running_loop().time() + seconds


@pytest_asyncio.fixture(scope="module")
async def url(mariadb_url: str) -> str:
    return await make_mariadb(mariadb_url, "small")


@pytest_asyncio.fixture(scope="module")
async def connector(url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Connector]:
    connector = opened(url, tmp_path_factory.mktemp("mariadb"))
    yield connector
    await connector.close()


class TestMariaDb(ConnectorExam):
    pass


class TestMariaDbInGbk(ConnectorExam):
    """A database that keeps its text in GBK."""

    @pytest_asyncio.fixture
    async def connector(self, mariadb_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Connector]:
        url = await make_mariadb(mariadb_url, "small_gbk", charset="gbk")
        connector = opened(url.replace("mariadb:", "mysql:"), tmp_path_factory.mktemp("gbk"))
        yield connector
        await connector.close()


async def test_sessions_are_read_only(url: str) -> None:
    runner = MariaDbRunner(url)
    with pytest.raises(SourceFailed, match="FAILED"):
        await runner.run("DELETE FROM pay", [])
    assert await runner.run("SELECT count(*) FROM pay", []) == [(5,)]
    await runner.close()


@pytest.mark.parametrize("value", ["x' OR '1'='1", "\\", "\\' OR 1=1 -- ", '"', "%s", "鑾\\'", "\0'"])
async def test_a_value_stays_a_value(url: str, value: str) -> None:
    runner = MariaDbRunner(url)
    assert await runner.run("SELECT ?, 1", [value]) == [(value, 1)]
    await runner.close()


async def test_comparison_is_exact(mariadb_url: str, tmp_path: Any) -> None:
    """The columns' own collation knows neither case nor blanks at the end."""
    rows = [(key, NEW.number, code, *NATIVE['"LN_ACCT"'][0][3:]) for key, code in (("a", "A"), ("A", "a"), ("é", "e"))]
    rows += [("b", NEW.number + "", "É", *NATIVE['"LN_ACCT"'][0][3:])]
    pay = [("T1", NEW.number, 1000, "2026-01-01"), ("Tx", NEW.number, 1, None), ("TX", NEW.number, 2, None)]
    url = await make_mariadb(mariadb_url, "exact", {'"LN_ACCT"': rows, "pay": pay})
    sql = opened(url, tmp_path)
    given = {**GIVEN, "institution": "a", "disputed:PBC03": ["A"]}
    questions = (
        wanted("institution_code", rows=Compare("institution_code", "=", Given("institution"))),
        wanted("institution_code", rows=KeyIn(Given("disputed:PBC03"))),
        wanted("institution_code"),
        wanted("amount", record="PBC06"),
    )
    outcome = await sql.fetch(questions, (NEW,), given, soon())
    assert isinstance(outcome, Delivered)
    values = [[row.values[0] for row in rows] for rows in outcome.answers[NEW] if isinstance(rows, Sequence)]
    assert values == [["a"], ["a"], ["a", "A", "É", "e"], ["10", "0.02", "0.01"]]
    await sql.close()


async def test_an_index_on_the_key_is_used(mariadb_url: str, tmp_path: Any) -> None:
    """Whatever the character set of the column."""
    for charset in ("utf8mb4", "gbk", "latin1"):
        row = NATIVE['"LN_ACCT"'][0]
        name = f"many_{charset}"
        url = await make_mariadb(mariadb_url, name, {'"LN_ACCT"': [row]}, charset)
        filler = f'INSERT INTO {name}."LN_ACCT" ("LN_NO", "ID_NO") SELECT seq, concat(\'z\', seq) FROM seq_1_to_3000'
        await told(mariadb_url, f"USE {name}", filler, f'ANALYZE TABLE {name}."LN_ACCT"')
        runner = Watched(url)
        sql = opened(url, tmp_path, runner=runner)
        outcome = await sql.fetch((wanted("terms"),), (NEW, OLD), GIVEN, soon())
        assert isinstance(outcome, Delivered)
        assert outcome.answers[NEW][0]
        steps = await runner.run("EXPLAIN " + runner.text, runner.values)
        assert any(step[5] == "ln_id" and step[3] == "ref" for step in steps), steps
        await sql.close()


class Watched(MariaDbRunner):
    """Keeps what was asked and what came back."""

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        self.text, self.values = text, values
        self.rows = await super().run(text, values)
        return self.rows


async def test_released_columns_only_come_back_in_one_statement(url: str, tmp_path: Any) -> None:
    runner, recorder = Watched(url), Recorder()
    sql = opened(url, tmp_path, runner=runner, recorder=recorder)
    question = Wanted("PBC03", wanted("terms").columns, Compare("joint", "=", "true"), order="opened_on", marks=True)
    exists = wanted(record="PBC06", exists=True)
    outcome = await sql.fetch((question, exists), (NEW, NOBODY, OLD), GIVEN, soon())
    assert isinstance(outcome, Delivered)
    assert len(recorder.plans) == 1
    assert sorted(runner.rows, key=str) == [(0, 1, 1, '["36", "20261031", "1"]'), (1, 1, 1, None)]
    await sql.close()


async def test_types_of_its_own(mariadb_url: str, tmp_path: Any) -> None:
    """BIT, TINYINT(1), DECIMAL, days of zeros, an ENUM, CHAR padding, Chinese names, a number as key."""
    await told(
        mariadb_url,
        "CREATE OR REPLACE DATABASE own CHARACTER SET utf8mb4",
        "USE own",
        "SET SESSION sql_mode = 'ANSI_QUOTES,ALLOW_INVALID_DATES'",
        'CREATE TABLE "贷款" ("编号" INT, "证件号" CHAR(20), "机构" ENUM(\'A\', \'B\'), "开户" DATETIME,'
        ' "余额" DECIMAL(15,2), "共同" BIT(1), "期数" TINYINT(1), "结清" DATE, INDEX ("证件号"))',
        "INSERT INTO \"贷款\" VALUES (1, '530199199003070015  ', 'B', '2026-01-02 03:04:05', 1234567890123.10, b'1', 3,"
        " '0000-00-00'), (2, '530199199003070015', NULL, '0000-00-00 00:00:00', 0.00, b'0', NULL, '2026-00-10')",
        "CREATE TABLE pay (n INT, id_no BIGINT, fen DECIMAL(9,1), day DATE, INDEX (id_no))",
        "INSERT INTO pay VALUES (7, 530199199003070015, 5.5, NULL), (8, 530199199003070016, 6, NULL)",
    )
    text = """\
department: PBC
connector: sql
url: ${SMALL_URL}
standard: 1.0.0
agreement: {approver: 市信用办, valid_until: 2031-12-31}
person_key: {column: 证件号, formats: [id18]}
not_held: [PBC01, PBC02]
records:
  PBC03:
    from: 贷款
    record_key: 编号
    not_held: [account_status, guarantee_type, month, currency]
    attributes: {settled_on: {column: 结清}}
    items:
      institution_code: {column: 机构}
      opened_on: {column: 开户}
      balance: {column: 余额}
      terms: {column: 期数}
      joint: {column: 共同}
      ended_on: {column: 结清}
  PBC06:
    from: "SELECT n, id_no AS k, fen, day FROM pay"
    record_key: n
    person_key: {column: k, formats: [id18]}
    items:
      amount: {column: fen, unit: fen}
      paid_on: {column: day}
"""
    sql = opened(f"{mariadb_url}/own", tmp_path, text)
    assert (await sql.check()).faults == ()
    loans = wanted("institution_code", "opened_on", "balance", "joint", "terms", "ended_on")
    outcome = await sql.fetch((loans, wanted("amount", record="PBC06")), (NEW,), GIVEN, soon())
    assert isinstance(outcome, Delivered)
    values = [[row.values for row in rows] for rows in outcome.answers[NEW] if isinstance(rows, Sequence)]
    assert values == [
        [("B", "2026-01-02", "1234567890123.1", True, 3, None), (None, None, "0", False, None, Bad.VALUE)],
        [("0.055",)],
    ]
    await sql.close()


async def test_every_misfit_is_found(url: str, tmp_path: Any) -> None:
    text = MAPPING.replace("{column: TERMS}", "{column: TERM}").replace("from: pay", "from: payments")
    text = text.replace("DEL_FLAG = '0'", "DELETED = '0'").replace("{column: mobile}", "{expression: mobil}")
    sql = opened(url, tmp_path, text.replace("job.upd FROM", "job.up FROM"))
    said = "\n".join((await sql.check()).faults)
    for part in ("no column TERM ", "no table or view payments", "SQL of 'where'", "SQL of 'mobile'", "SQL of 'from'"):
        assert part in said
    await sql.close()


async def test_no_id_number_shows_at_a_server_that_notes_slow_statements(mariadb_url: str, tmp_path: Any) -> None:
    """Neither in its list of processes nor in its slow log."""
    url = await make_mariadb(mariadb_url, "noted")
    names = ("slow_query_log", "log_output", "long_query_time")
    before = await told(mariadb_url, "SELECT @@global.slow_query_log, @@global.log_output, @@global.long_query_time")
    await _set(mariadb_url, dict(zip(names, (1, "TABLE", 0), strict=True)))
    try:
        sql, runner = opened(url, tmp_path), MariaDbRunner(url)
        asking = asyncio.ensure_future(runner.run("SELECT sleep(0.5), ? AS asked", [NEW.number]))
        for _ in range(2):
            outcome = await sql.fetch((wanted("terms"),), (NEW, OLD), GIVEN, soon())
            assert isinstance(outcome, Delivered)
            assert outcome.answers[NEW][0]
        running = await told(
            mariadb_url, "SELECT info FROM information_schema.processlist WHERE info LIKE 'SELECT sleep%'"
        )
        await asking
        noted = str(await told(mariadb_url, "SELECT sql_text FROM mysql.slow_log"))
    finally:
        await _set(mariadb_url, dict(zip(names, before[0], strict=True)))
        await told(mariadb_url, "TRUNCATE mysql.slow_log")
    assert running == [("SELECT sleep(0.5), ? AS asked",)]
    assert "SET NAMES" in noted  # it does note what others do
    for number in (NEW.number, OLD.number, OLD.old_number):
        assert str(number) not in noted
    await sql.close()
    await runner.close()


async def _set(server: str, values: Mapping[str, object]) -> None:
    await told(server, *(f"SET GLOBAL {name} = {value!r}" for name, value in values.items()))


async def test_a_source_that_changes_degrades_and_comes_back(mariadb_url: str, tmp_path: Any) -> None:
    sql = opened(await make_mariadb(mariadb_url, "changing"), tmp_path)

    async def why() -> str:
        outcome = await sql.fetch((wanted("terms"),), (NEW,), GIVEN, soon())
        return outcome.why if isinstance(outcome, Unavailable) else "DELIVERED"

    found = [await why()]
    await told(mariadb_url, "USE changing", 'ALTER TABLE "LN_ACCT" RENAME COLUMN "TERMS" TO "T"')
    found += [await why(), await why()]
    await told(mariadb_url, "USE changing", 'ALTER TABLE "LN_ACCT" RENAME COLUMN "T" TO "TERMS"')
    assert [*found, await why()] == ["DELIVERED", "SHAPE_CHANGED", "SHAPE_CHANGED", "DELIVERED"]
    await sql.close()


async def _working(server: str) -> int:
    rows = await told(server, "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT sleep%'")
    return rows[0][0]


async def test_a_cancelled_statement_is_killed_at_the_server(mariadb_url: str, url: str) -> None:
    runner = MariaDbRunner(url, GuardsPlace(at_once=1))
    asking = asyncio.create_task(runner.run("SELECT sleep(9)", []))
    async with asyncio.timeout(5):
        while not await _working(mariadb_url):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.wait_for(runner.run("SELECT 1", []), 2) == [(1,)]
    async with asyncio.timeout(3):  # long before it would have ended by itself
        while await _working(mariadb_url):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert runner.connections == 1
    await runner.close()


async def test_the_server_ends_what_takes_too_long(url: str) -> None:
    runner = MariaDbRunner(url, GuardsPlace(statement_timeout_s=0.2))
    with pytest.raises(SourceFailed, match="TIMEOUT"):
        await runner.run("SELECT count(*) FROM seq_1_to_100000 a, seq_1_to_100000 b", [])
    assert await runner.run("SELECT 1", []) == [(1,)]
    await runner.close()


async def test_connections_are_bounded_and_replaced_when_the_server_ends_them(mariadb_url: str, url: str) -> None:
    runner = MariaDbRunner(url, GuardsPlace(at_once=3))
    await asyncio.gather(*(runner.run("SELECT sleep(0.05)", []) for _ in range(9)))
    assert runner.connections == 3
    rows = await told(mariadb_url, "SELECT id FROM information_schema.processlist WHERE db = 'small'")
    await told(mariadb_url, *(f"KILL {row[0]}" for row in rows))
    await asyncio.sleep(0.1)
    assert await runner.run("SELECT 1", []) == [(1,)]
    await runner.close()
    assert runner.connections == 0


@pytest.mark.parametrize("rest", ["127.0.0.1:1/x", "root:secret@127.0.0.1:1/x", "h:port/x", "127.0.0.1/x"])
async def test_unreachable_says_nothing_of_the_url(rest: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    runner = MariaDbRunner(f"mariadb://{rest}")
    with pytest.raises(SourceFailed, match=r"^UNREACHABLE$") as found:
        await runner.run("SELECT 1", [])
    assert found.value.__suppress_context__
    assert "secret" not in caplog.text
    await runner.close()


async def test_a_wrong_password_is_unreachable(mariadb_url: str) -> None:
    runner = MariaDbRunner(mariadb_url.replace("root@", "root:wrong@") + "/small")
    with pytest.raises(SourceFailed, match="UNREACHABLE"):
        await runner.run("SELECT 1", [])
    await runner.close()


async def test_a_long_value_is_cut_before_it_leaves_and_withheld(mariadb_url: str, tmp_path: Any) -> None:
    url = await make_mariadb(mariadb_url, "long_values")
    await told(
        mariadb_url,
        "USE long_values",
        "ALTER TABLE job MODIFY employer LONGTEXT",
        "UPDATE job SET employer = repeat('x', 9000000)",
    )
    runner = Watched(url)
    sql = opened(url, tmp_path, runner=runner)
    outcome = await sql.fetch((wanted("employer", record="PBC02"),), (NEW,), GIVEN, soon())
    assert isinstance(outcome, Delivered)
    assert outcome.answers[NEW][0][0].values == (Bad.VALUE,)  # type: ignore[index]
    assert len(runner.rows[0][3]) < 5000
    await sql.close()
