"""Lives written into the ten native databases: SQLite files of a folder, or databases of one PostgreSQL server."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy import MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from gateway.demo.life import Life
from gateway.demo.natives import cro, crt, cva, hpf, hrs, pbc, psb, sam, tax, utl
from gateway.demo.natives.writing import Cell, Row

DEPARTMENTS: dict[str, ModuleType] = {
    "PSB": psb,
    "PBC": pbc,
    "HRS": hrs,
    "HPF": hpf,
    "TAX": tax,
    "CRT": crt,
    "SAM": sam,
    "UTL": utl,
    "CVA": cva,
    "CRO": cro,
}

_AT_ONCE = 500
"""Lives held in memory between two writes."""

MARKER = "demo_city"
"""Table of the police's database that says what a server holds; written last."""

Told = Callable[[int], None]
"""Called with the number of lives written so far."""


def metadata(department: str) -> MetaData:
    return DEPARTMENTS[department].METADATA


def batches(lives: Iterable[Life], day: date) -> Iterator[tuple[int, dict[str, dict[Table, list[Row]]]]]:
    """(lives so far, rows by department and table) for some hundred lives at a time."""
    remaining, done = iter(lives), 0
    while some := list(islice(remaining, _AT_ONCE)):
        found: dict[str, dict[Table, list[Row]]] = {code: defaultdict(list) for code in DEPARTMENTS}
        for life in some:
            for code, department in DEPARTMENTS.items():
                for table, row in department.rows(life, day):
                    found[code][table].append(row)
        done += len(some)
        yield done, found


def fill_folder(folder: Path, lives: Iterable[Life], day: date, told: Told) -> dict[str, str]:
    """Writes `psb.db` … anew. Returns the url of each department."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {code: folder / f"{code.lower()}.db" for code in DEPARTMENTS}
    with ExitStack() as stack:
        databases: dict[str, sqlite3.Connection] = {}
        for code, path in paths.items():
            path.unlink(missing_ok=True)
            databases[code] = stack.enter_context(closing(sqlite3.connect(path)))
            databases[code].execute("PRAGMA journal_mode = OFF")
            databases[code].execute("PRAGMA synchronous = OFF")
            for statement in tables_ddl(metadata(code), sqlite.dialect()):
                databases[code].execute(statement)
        for done, found in batches(lives, day):
            for code, tables in found.items():
                for table, rows in tables.items():
                    marks = ", ".join("?" * len(table.columns))
                    insert = f'INSERT INTO "{table.name}" VALUES ({marks})'  # noqa: S608
                    databases[code].executemany(insert, [_plain(row) for row in rows])
            told(done)
        for code, database in databases.items():
            for statement in (*indexes_ddl(metadata(code), sqlite.dialect()), *views_ddl(metadata(code))):
                database.execute(statement)
            database.commit()
    return folder_urls(folder)


def folder_urls(folder: Path) -> dict[str, str]:
    return {code: f"sqlite:///{(folder / f'{code.lower()}.db').resolve()}" for code in DEPARTMENTS}


def server_urls(server: str) -> dict[str, str]:
    """The url of `gateway_psb` … on the server that the url names."""
    parts = urlsplit(server)
    return {code: urlunsplit(parts._replace(path=f"/gateway_{code.lower()}")) for code in DEPARTMENTS}


async def server_holds(server: str) -> str | None:
    """The parameters of the city that a PostgreSQL server holds whole, or None."""
    try:
        database = await asyncpg.connect(server_urls(server)["PSB"])
    except asyncpg.InvalidCatalogNameError:
        return None
    try:
        return await database.fetchval(f"SELECT parameters FROM {MARKER}")  # noqa: S608
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await database.close()


async def fill_server(server: str, lives: Iterable[Life], day: date, parameters: str, told: Told) -> dict[str, str]:
    """Creates what is missing, writes the tables anew, then the marker. Returns the url of each department."""
    urls = server_urls(server)
    await _create_databases(server)
    databases: dict[str, asyncpg.Connection] = {}
    dialect = postgresql.dialect()
    try:
        for code, url in urls.items():
            database = databases[code] = await asyncpg.connect(url)
            await database.execute(f"DROP TABLE IF EXISTS {MARKER}")
            for view in views(metadata(code)):
                await database.execute(f'DROP VIEW IF EXISTS "{view}"')
            for table in metadata(code).tables.values():
                await database.execute(f'DROP TABLE IF EXISTS "{table.name}"')
            for statement in tables_ddl(metadata(code), dialect):
                await database.execute(statement)
        for done, found in batches(lives, day):
            for code, tables in found.items():
                for table, rows in tables.items():
                    await databases[code].copy_records_to_table(table.name, records=rows)
            told(done)
        for code, database in databases.items():
            for statement in (*indexes_ddl(metadata(code), dialect), *views_ddl(metadata(code)), "ANALYZE"):
                await database.execute(statement)
        await databases["PSB"].execute(f"CREATE TABLE {MARKER} (parameters text)")
        await databases["PSB"].execute(f"INSERT INTO {MARKER} VALUES ($1)", parameters)  # noqa: S608
    finally:
        for database in databases.values():
            await database.close()
    return urls


async def _create_databases(server: str) -> None:
    parts = urlsplit(server)
    database = await asyncpg.connect(server if parts.path.strip("/") else urlunsplit(parts._replace(path="/postgres")))
    try:
        there = {row["datname"] for row in await database.fetch("SELECT datname FROM pg_database")}
        for name in (f"gateway_{code.lower()}" for code in DEPARTMENTS):
            if name not in there:
                await database.execute(
                    f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
                )
    finally:
        await database.close()


def tables_ddl(metadata: MetaData, dialect: Dialect) -> Sequence[str]:
    return [str(CreateTable(table).compile(dialect=dialect)) for table in metadata.tables.values()]


def indexes_ddl(metadata: MetaData, dialect: Dialect) -> Sequence[str]:
    indexes = [index for table in metadata.tables.values() for index in table.indexes]
    return [str(CreateIndex(index).compile(dialect=dialect)) for index in sorted(indexes, key=lambda i: str(i.name))]


def views(metadata: MetaData) -> Mapping[str, str]:
    """What a department offers the exchange beside its tables: view → its SELECT."""
    return metadata.info.get("views", {})


def views_ddl(metadata: MetaData) -> Sequence[str]:
    return [f'CREATE VIEW "{name}" AS {select}' for name, select in views(metadata).items()]


def _plain(row: Row) -> tuple[str | int | None, ...]:
    return tuple(map(_cell, row))


def _cell(value: Cell) -> str | int | None:
    """SQLite has neither exact decimals nor days: both are written as text."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
