"""Legacy values over real databases: the same rows as GBK bytes in SQLite (text, BLOB), PostgreSQL, MariaDB."""

from __future__ import annotations

import asyncio
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
from exchange.condition import ALWAYS, Compare, Condition, Given, KeyIn, Missing, Not, OneOf
from exchange.person import PersonId
from exchange.records import Bad, Column, Delivered, Row, Wanted
from exchange.retention import days_given
from tests.connectors.legacy import BOTH, CHINESE_SQL, COLUMNS, MAPPING, OTHER, ROWS, TABLE, encoded
from tests.connectors.small import CATALOGUE, write_mapping
from tests.connectors.sql.test_mariadb import told

POSTGRES = [pytest.param(kind, marks=pytest.mark.postgres) for kind in ("gbk", "gb18030")]
KINDS = ["text", "blob", "utf-8", pytest.param("latin1", marks=pytest.mark.mariadb), *POSTGRES]
GIVEN = {
    **days_given(date(2026, 11, 24)),
    "disputed:PBC03": ["郑安信用社/A3", "郑安信用社%2FA/1"],
    "names": ["郑安啊", "别人"],
    "name": "郑安啊",
    "no such sign": "😀",
}


def make_sqlite(path: Path, kind: str) -> str:
    """`text` and `blob`: GBK bytes under a type that says text, or stored as bytes. `utf-8`: proper text."""
    with sqlite3.connect(path) as connection:
        connection.execute(CHINESE_SQL)
        marks = ", ".join(["CAST(? AS TEXT)" if kind == "text" else "?"] * len(COLUMNS))
        for cells in ROWS:
            values = cells if kind == "utf-8" else [encoded(cell, "gbk") for cell in cells]
            proper = [None if isinstance(cell, bytes) and kind == "utf-8" else cell for cell in values]
            connection.execute(f'INSERT INTO "{TABLE}" VALUES ({marks})', proper)
    connection.close()
    return f"sqlite:///{path}"


def _bytes(cell: str | bytes, encoding: str) -> str:
    return "".join(f"{chr(92)}x{byte:02x}" for byte in encoded(cell, encoding) or b"")


async def make_postgres(server: str, encoding: str) -> str:
    connection = await asyncpg.connect(server)
    name = f"legacy_{encoding}"
    await connection.execute(
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    await connection.close()
    url = server.rpartition("/")[0] + "/" + name
    connection = await asyncpg.connect(url)
    await connection.execute(CHINESE_SQL)
    for cells in ROWS:
        literals = ["NULL" if cell is None else f"E'{_bytes(cell, encoding)}'" for cell in cells]
        await connection.execute(f'INSERT INTO "{TABLE}" VALUES ({", ".join(literals)})')
    await connection.close()
    return url


async def make_mariadb(server: str) -> str:
    """Columns that say latin1, as old installations do by default."""
    filled = []
    for cells in ROWS:
        values = (encoded(cell, "gbk") for cell in cells)
        literals = ("NULL" if data is None else f"X'{data.hex()}'" for data in values)
        filled.append(f'INSERT INTO "{TABLE}" VALUES ({", ".join(literals)})')
    database = "CREATE OR REPLACE DATABASE legacy CHARACTER SET latin1"
    await told(server, database, "USE legacy", CHINESE_SQL, *filled)
    return f"{server}/legacy"


@pytest_asyncio.fixture(params=KINDS, scope="module")
async def connector(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Connector]:
    kind: str = request.param
    folder = tmp_path_factory.mktemp("legacy")
    if kind in ("gbk", "gb18030"):
        url = await make_postgres(request.getfixturevalue("postgres_url"), kind)
    elif kind == "latin1":
        url = await make_mariadb(request.getfixturevalue("mariadb_url"))
    else:
        url = make_sqlite(folder / "legacy.db", kind)
    text = MAPPING.replace("ENCODING", kind if kind in ("gb18030", "utf-8") else "gbk")
    if kind == "blob":
        text = text.replace("机构 <>", "CAST(机构 AS TEXT) <>")
    sql = Sql(
        read(write_mapping(folder / "m", text), CATALOGUE, {"SMALL_URL": url}, date(2026, 11, 24))["PBC"].sources[0],
        CATALOGUE,
    )
    assert await sql.faults() == ()
    yield sql
    await sql.close()


async def rows(connector: Connector, question: Wanted, person: PersonId = BOTH) -> tuple[Row, ...]:
    outcome = await connector.fetch((question,), (person,), GIVEN, asyncio.get_running_loop().time() + 20)
    assert isinstance(outcome, Delivered), outcome
    (found,) = outcome.answers[person]
    assert isinstance(found, Sequence)
    return found


async def by_key(connector: Connector, *items: str, condition: Condition = ALWAYS) -> list[tuple[object, ...]]:
    """Without the two rows that differ in their key alone."""
    question = Wanted("PBC03", tuple(map(Column, items)), rows=condition)
    return [row.values for row in await rows(connector, question)]


def proper(request: pytest.FixtureRequest) -> bool:
    """Whether the database knows its encoding, and so cannot hold what is no text."""
    return request.node.callspec.params["connector"] == "utf-8"


async def test_values(connector: Connector, request: pytest.FixtureRequest) -> None:
    found = await by_key(
        connector, "balance", "opened_on", "account_status", "joint", "terms", "month", "note", "institution_code"
    )
    bad = None if proper(request) else Bad.VALUE
    usual = ("15000", "2024-01-15", "1", True, 12, "2024-01", "啊")
    assert sorted(found, key=str) == sorted(
        [
            ("12345000", "2024-01-15", "1", True, 12, "2024-01", "郑安啊", "郑安信用社"),
            ("125000", "2023-02-01", "3", False, 36, "2023-12", "啊", "郑安信用社"),
            (None, "2022-03-01", "2", False, 12, "2024-01", "啊", "郑安信用社"),
            (Bad.VALUE, None, bad, Bad.VALUE, 12, "2024-01", bad, "郑安信用社"),
            (None, Bad.VALUE, None, None, None, None, None, "郑安信用社"),
            (*usual, "郑安信用社/A"),
            (*usual, "郑安信用社"),
        ],
        key=str,
    )


CONDITIONS: list[tuple[Condition, int]] = [
    (Compare("account_status", "=", "1"), 3),
    (Compare("account_status", "=", "3"), 1),
    (Compare("account_status", "=", "2"), 1),
    (OneOf("account_status", ("1", "3")), 4),
    (OneOf("note", Given("names")), 1),
    (Compare("note", "=", Given("name")), 1),
    (Compare("note", "=", Given("no such sign")), 0),
    (Compare("institution_code", "=", "郑安信用社"), 6),
    (Not(Compare("note", "=", "啊")), 3),
    (Compare("opened_on", ">=", "2022-03-01"), 5),
    (Compare("opened_on", "<=", "2023-02-01"), 2),
    (Compare("month", "=", "2023-12"), 1),
    (Missing("opened_on"), 1),
    (Compare("joint", "=", "false"), 2),
    (KeyIn(Given("disputed:PBC03")), 2),
]


@pytest.mark.parametrize(("condition", "count"), CONDITIONS, ids=lambda each: str(each)[:50])
async def test_conditions(connector: Connector, condition: Condition, count: int) -> None:
    assert len(await by_key(connector, "terms", condition=condition)) == count


async def test_keys_of_two_columns_are_told_apart(connector: Connector) -> None:
    """`郑安信用社/A` + `1` and `郑安信用社` + `A/1` are two records, and each is found by its own key."""
    marked = await rows(connector, Wanted("PBC03", (Column("institution_code"),), marks=True))
    assert sorted((row.mark, row.values) for row in marked if row.mark is not None) == [
        (0, ("郑安信用社",)),
        (1, ("郑安信用社/A",)),
    ]


async def test_bytes_that_are_no_text_are_counted_and_lose_no_row(
    connector: Connector, request: pytest.FixtureRequest
) -> None:
    outcome = await connector.fetch(
        (Wanted("PBC03", (Column("note"), Column("account_status"))),),
        (BOTH, OTHER),
        GIVEN,
        asyncio.get_running_loop().time() + 20,
    )
    assert isinstance(outcome, Delivered)
    assert outcome.invalid == (0 if proper(request) else 2)
    assert [len(found[0]) for found in outcome.answers.values() if isinstance(found[0], Sequence)] == [7, 1]
    assert "\ufffd" not in str(outcome.answers)
    assert "\x1a" not in str(outcome.answers)
