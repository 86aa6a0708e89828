"""The store's schema: which revision it has, and the way from an older one to this version's (alembic).

The steps are `exchange/store/migrations/versions`, in order; one that was published is never changed. An upgrade is
one transaction: if it fails or we die in it, the store is as it was.
"""

from __future__ import annotations

import asyncio
import functools
import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from exchange.refusals import StoreUnavailable
from exchange.store.database import POSTGRES, SQLITE, UNKNOWN, StoreNewer, StoreOlder

_CONNECT_S = 10
_SCRIPTS = Path(__file__).parent / "migrations"
_NAMES = re.compile(r'^((?:down_)?revision) = ("\w+"|None)$', re.MULTILINE)
_UPGRADE_LOCK = 0x75706772
"""Key of PostgreSQL's advisory lock: two upgrades at once are one after the other."""
_BEFORE_ALEMBIC = {1: "0001", 2: "0002"}
"""Stores of before kept the number of the last step in a table of their own."""


@functools.cache
def revisions() -> tuple[str, ...]:
    """Every revision, the first one first. Alembic itself is imported only where a store is changed."""
    steps = [dict(_NAMES.findall(path.read_text("utf-8"))) for path in (_SCRIPTS / "versions").glob("[0-9]*.py")]
    after = {step["down_revision"].strip('"'): step["revision"].strip('"') for step in steps}
    found: list[str] = []
    last = "None"
    while last in after:
        found.append(last := after[last])
    return tuple(found)


async def upgrade(url: str, target: str = "head") -> tuple[str | None, str | None]:
    """Bring a store to `target`; the revision before and after. Raises StoreNewer, StoreUnavailable, ValueError."""
    with _faults():
        if url.startswith(SQLITE):
            return await asyncio.to_thread(_upgrade_sqlite, Path(url.removeprefix(SQLITE)), target)
        async with _remote(url).begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
            return await connection.run_sync(_upgraded, target)


async def revision_of(url: str) -> str | None:
    """The revision that a store has, or None for an empty one. Raises StoreUnavailable, ValueError."""
    with _faults():
        if url.startswith(SQLITE):
            with _local(Path(url.removeprefix(SQLITE))).connect() as connection:
                return _current(connection)
        async with _remote(url).connect() as connection:
            return await connection.run_sync(_current)


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, asyncpg.PostgresError, sqlite3.Error, OSError, TimeoutError):
        raise StoreUnavailable() from None


def _remote(url: str) -> AsyncEngine:
    if not url.startswith(POSTGRES):
        raise ValueError(UNKNOWN)

    async def connected() -> asyncpg.Connection:
        return await asyncpg.connect(url, timeout=_CONNECT_S)

    return create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=connected)


def prepare_sqlite(path: Path) -> None:
    """Fill an empty file; else raise StoreOlder or StoreNewer where it is not of this version."""
    with _faults():
        make_file(path)
        with closing(sqlite3.connect(path, isolation_level=None, timeout=2)) as connection:
            # The lock: of two processes that start at once, one fills the file.
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
                for statement in _dump():
                    connection.execute(statement)
            else:
                _compare(_told_by(connection))
            connection.execute("COMMIT")


async def look_postgres(connection: asyncpg.Connection) -> None:
    """Raises StoreOlder or StoreNewer where the schema is not of this version; an empty database is older."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        raise StoreOlder()
    _compare(await connection.fetchval("SELECT version_num FROM alembic_version"))


def _compare(revision: str | None) -> None:
    known = revisions()
    if revision in known[:-1] or revision is None:
        raise StoreOlder()
    if revision != known[-1]:
        raise StoreNewer()


def _told_by(connection: sqlite3.Connection) -> str | None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if "alembic_version" not in tables:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row and row[0]


@functools.cache
def _dump() -> tuple[str, ...]:
    """What makes the schema in an empty file: the steps are taken once for each process, in a file of their own."""
    with tempfile.TemporaryDirectory(prefix="gateway-schema-") as folder:
        path = Path(folder) / "new.db"
        _upgrade_sqlite(path, "head")
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(
                "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"
                " ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, rowid"
            ).fetchall()
            filled = [line for line in connection.iterdump() if line.startswith("INSERT INTO")]
    tables = [sql for (sql,) in rows if not sql.startswith("CREATE TRIGGER")]
    return (*tables, *filled, *(sql for (sql,) in rows if sql.startswith("CREATE TRIGGER")))


def make_file(path: Path) -> None:
    """Where there is none; readable by its owner alone: SQLite gives its -wal and -shm files the mode of this one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)


def _upgrade_sqlite(path: Path, target: str) -> tuple[str | None, str | None]:
    make_file(path)
    with _local(path).begin() as connection:
        return _upgraded(connection, target)


def _local(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def plain(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver would commit before each CREATE

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _upgraded(connection: Connection, target: str) -> tuple[str | None, str | None]:
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    before = _current(connection)
    if before is not None and before not in revisions():
        raise StoreNewer()
    if before is not None and MigrationContext.configure(connection).get_current_revision() is None:
        command.stamp(config, before)
        connection.exec_driver_sql("DROP TABLE schema_version")
    command.upgrade(config, target)
    return before, _current(connection)


def _current(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext

    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None and connection.dialect.has_table(connection, "schema_version"):
        number = connection.exec_driver_sql("SELECT max(version) FROM schema_version").scalar()
        return _BEFORE_ALEMBIC.get(number or 0, str(number))
    return revision
