"""Lives written into ten databases of one MariaDB server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from urllib.parse import unquote, urlsplit

import asyncmy
from asyncmy.connection import Connection
from asyncmy.errors import OperationalError, ProgrammingError
from sqlalchemy.dialects import mysql

from connectors.sql.line import tls
from gateway.demo.life import Life
from gateway.demo.load import (
    DEPARTMENTS,
    MARKER,
    Told,
    batches,
    indexes_ddl,
    metadata,
    server_urls,
    tables_ddl,
    views_ddl,
)

_ROWS = 500
"""Written by one statement."""
_DIALECT = mysql.dialect()


async def mariadb_holds(server: str) -> str | None:
    """The parameters of the city that a MariaDB server holds whole, or None."""
    try:
        async with _connected(server_urls(server)["PSB"]) as database:
            return (await _told(database, f"SELECT parameters FROM {MARKER}"))[0][0]  # noqa: S608
    except (OperationalError, ProgrammingError, IndexError):  # no such database, table, row
        return None


async def fill_mariadb(server: str, lives: Iterable[Life], day: date, parameters: str, told: Told) -> dict[str, str]:
    """Creates the databases anew, then the marker. Returns the url of each department."""
    urls = server_urls(server)
    async with AsyncExitStack() as stack:
        databases: dict[str, Connection] = {}
        for code in DEPARTMENTS:
            database = databases[code] = await stack.enter_async_context(_connected(server))
            name = f"gateway_{code.lower()}"
            await _told(database, f"CREATE OR REPLACE DATABASE {name} CHARACTER SET utf8mb4")
            await _told(database, f"USE {name}")
            for statement in tables_ddl(metadata(code), _DIALECT):
                await _told(database, statement)
        for done, found in batches(lives, day):
            for code, tables in found.items():
                for table, rows in tables.items():
                    marks = ", ".join(["%s"] * len(table.columns))
                    insert = f'INSERT INTO "{table.name}" VALUES ({marks})'  # noqa: S608
                    async with databases[code].cursor() as cursor:
                        for at in range(0, len(rows), _ROWS):
                            await cursor.executemany(insert, rows[at : at + _ROWS])
            told(done)
        for code, database in databases.items():
            for statement in (*indexes_ddl(metadata(code), _DIALECT), *views_ddl(metadata(code))):
                await _told(database, statement)
        await _told(databases["PSB"], f"CREATE TABLE {MARKER} (parameters TEXT)")
        await _told(databases["PSB"], f"INSERT INTO {MARKER} VALUES (%s)", (parameters,))  # noqa: S608
    return urls


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    parts = urlsplit(url)
    database = await asyncmy.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/") or None,
        charset="utf8mb4",
        autocommit=True,
        ssl=tls(url) or None,
        init_command="SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'",
    )
    try:
        yield database
    finally:
        await database.ensure_closed()


async def _told(database: Connection, statement: str, values: tuple[object, ...] | None = None) -> Sequence[tuple[str]]:
    async with database.cursor() as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()
