"""A department whose loans may say anything, on each kind of database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncmy
import asyncpg
import pytest

from connectors.directory import Directory
from exchange.person import PersonId
from exchange.records import Delivered, Outcome, Row
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.small import CATALOGUE, MAPPING, NEW, make_sqlite, write_mapping
from tests.connectors.sql.test_mariadb import make_mariadb
from tests.connectors.sql.test_postgres import make_postgres

TODAY = date(2026, 11, 24)
LN = '"LN_ACCT"'
COLUMNS = ("LN_NO", "ID_NO", "ORG_CD", "OPEN_DT", "LN_BAL", "STAT", "TERMS", "REP_M", "NOTE", "DEL_FLAG")
GOOD = dict(zip(COLUMNS, ("L1", NEW.number, "A", "20240105", "100", "0", "36", "202601", "ok", "0"), strict=True))
TEXT = MAPPING.replace("      currency: {value: CNY}", "      currency: {value: CNY}\n      note: {column: NOTE}")
KINDS = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
]
_LONG = ("ORG_CD", "OPEN_DT", "LN_BAL", "STAT", "TERMS", "REP_M", "LN_NO", "RPT_DT", "NOTE")


@dataclass
class Hostile:
    kind: str
    url: str
    directory: Directory

    async def ask(self, *items: str, within_s: float = 8.0, person: PersonId = NEW) -> Outcome:
        deadline = asyncio.get_running_loop().time() + within_s
        return (await self.directory.fetch({"PBC": (wanted(*items),)}, (person,), GIVEN, deadline))["PBC"]

    async def rows(self, *items: str) -> tuple[Row, ...]:
        outcome = await self.ask(*items)
        assert isinstance(outcome, Delivered), outcome
        (rows,) = outcome.answers[NEW]
        assert isinstance(rows, Sequence)
        return rows

    async def put(self, *rows: dict[str, str]) -> None:
        """What a row does not say is usual."""
        for row in ({**GOOD, **each} for each in rows):
            names = ", ".join(f'"{name}"' for name in row)
            mark: Callable[[int], str] = {"sqlite": lambda _: "?", "mariadb": lambda _: "%s"}.get(
                self.kind, lambda n: f"${n}"
            )
            marks = ", ".join(mark(n) for n in range(1, len(row) + 1))
            await self.run(f"INSERT INTO {LN} ({names}) VALUES ({marks})", *row.values())

    async def run(self, statement: str, *values: str) -> None:
        await ran(self.kind, self.url, statement, values)


async def ran(kind: str, url: str, statement: str, values: Sequence[str] = ()) -> None:
    """As the department's own administrator."""
    if kind == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            connection.execute(statement, values)
    elif kind == "mariadb":
        parts = urlsplit(url)
        settings: dict[str, Any] = {"host": parts.hostname, "port": parts.port, "user": "root", "charset": "utf8mb4"}
        mariadb = await asyncmy.connect(db=parts.path.strip("/"), autocommit=True, **settings)
        async with mariadb.cursor() as cursor:
            await cursor.execute("SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'")
            await cursor.execute(statement, tuple(values) or None)
        mariadb.close()
    else:
        postgres = await asyncpg.connect(url)
        await postgres.execute(statement, *values)
        await postgres.close()


async def made(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """The loans without rows, in columns that take any length; the url."""
    name = f"hostile_{abs(hash(folder)):x}"
    if kind == "sqlite":
        url = make_sqlite(folder / "small.db", {LN: []})
    elif kind == "mariadb":
        url = await make_mariadb(request.getfixturevalue("mariadb_url"), name, {LN: []})
    else:
        url = await make_postgres(request.getfixturevalue("postgres_url"), name, {LN: []})
    await ran(kind, url, f'ALTER TABLE {LN} ADD COLUMN "NOTE" TEXT')
    if kind == "mariadb":
        wide = ", ".join(f'MODIFY "{column}" LONGTEXT' for column in _LONG)
        await ran(kind, url, f"ALTER TABLE {LN} {wide}")
    return url


@asynccontextmanager
async def opened(kind: str, request: pytest.FixtureRequest, folder: Path, text: str = TEXT) -> AsyncIterator[Hostile]:
    url = await made(kind, request, folder)
    directory = await Directory.open(write_mapping(folder / "m", text), CATALOGUE, {"SMALL_URL": url}, TODAY)
    yield Hostile(kind, url, directory)
    await directory.close()
