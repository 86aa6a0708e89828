"""The store in one SQLite file.

WAL, so that readers and the one writer do not wait for each other; synchronous=FULL, so that a COMMIT that returned
is on the disk. Reads are a few microseconds and happen where they are asked for; whatever may wait (a lock, the disk)
happens in a thread, except on the log writer's connection, which has a thread of its own.
"""

from __future__ import annotations

import asyncio
import functools
import json
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from exchange.change import Statement
from exchange.refusals import StoreUnavailable
from exchange.store import schema
from exchange.store.database import (
    SQLITE,
    WRITE_WAIT_S,
    Database,
    Insert,
    Row,
    StoreBusy,
    StoreConflict,
    storable,
)

_READ_WAIT_S = 0.25
_POLL_S = 0.001


class SqliteDatabase(Database):
    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @classmethod
    def at(cls, url: str) -> SqliteDatabase:
        return cls(Path(url.removeprefix(SQLITE)))

    async def prepare(self) -> None:
        await asyncio.to_thread(schema.prepare_sqlite, self.path)

    def opened(self, wait_s: float = WRITE_WAIT_S) -> sqlite3.Connection:
        """A connection that may write, without implicit transactions. Raises sqlite3.Error."""
        connection = sqlite3.connect(self.path, timeout=wait_s, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    async def connect(self, wait_s: float = WRITE_WAIT_S) -> SqliteConnection:
        try:
            connection = self.opened(wait_s)
            connection.execute("PRAGMA busy_timeout = 0")
        except sqlite3.Error as error:
            raise _told(error) from None
        return SqliteConnection(connection)

    async def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        try:
            return self._reader().execute(_sql(sql), _parameters(parameters)).fetchall()
        except sqlite3.Error as error:
            raise _told(error) from None

    async def close(self) -> None:
        with self._lock:
            self._closed = True
            for connection in self._readers:
                with suppress(sqlite3.Error):
                    connection.close()
            self._readers.clear()

    def _reader(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            with self._lock:
                if self._closed:
                    raise sqlite3.ProgrammingError("closed")
                found = sqlite3.connect(
                    f"{self.path.absolute().as_uri()}?mode=ro",
                    uri=True,
                    timeout=_READ_WAIT_S,
                    isolation_level=None,
                    check_same_thread=False,
                )
                self._readers.append(found)
            self._local.connection = found
        return found


class SqliteConnection:
    """`exchange.store.database.Connection` over one sqlite3 connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._alone = False
        """Whether the thread may wait here: the log writer's has nothing else to do."""

    async def begin(self, wait_s: float = WRITE_WAIT_S) -> None:
        await asyncio.to_thread(self._begin, wait_s)

    async def begin_log(self, wait_s: float = WRITE_WAIT_S) -> None:
        # One writer at a time is SQLite's own rule.
        self._alone = True
        self._begin(wait_s)

    async def commit(self) -> None:
        if self._alone:
            self._run("COMMIT")
        else:
            await asyncio.to_thread(self._run, "COMMIT")

    async def rollback(self) -> None:
        self._run("ROLLBACK")

    async def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        return self._run(sql, parameters)

    async def read_all(self, statements: Sequence[Statement]) -> list[list[Row]]:
        return [self._run(each.sql, each.parameters) for each in statements]

    async def insert(self, rows: Sequence[tuple[Insert, Sequence[Row]]]) -> None:
        for insert, its in rows:
            await self.many(_insert(insert), its)

    async def append(self, rows: Sequence[tuple[Insert, Sequence[Row]]], guard: Statement) -> bool:
        return False

    async def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        try:
            self._connection.executemany(_sql(sql), map(_parameters, rows))
        except sqlite3.Error as error:
            raise _told(error) from None

    async def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()

    def _run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        try:
            return self._connection.execute(_sql(sql), _parameters(parameters)).fetchall()
        except sqlite3.Error as error:
            raise _told(error) from None

    def _begin(self, wait_s: float) -> None:
        """Take the write lock. Polls: SQLite's own waiting backs off to 100 ms and starves beside a busy process."""
        until = time.monotonic() + wait_s
        while True:
            try:
                self._run("BEGIN IMMEDIATE")
            except StoreBusy:
                if time.monotonic() >= until:
                    raise
                time.sleep(_POLL_S)
            else:
                return


@functools.lru_cache(maxsize=512)
def _sql(text: str) -> str:
    return text.replace("EACH ?*", "json_each(?) AS listed").replace("IN ?*", "IN (SELECT value FROM json_each(?))")


@functools.lru_cache(maxsize=128)
def _insert(insert: Insert) -> str:
    marks = ", ".join("?" * len(insert.columns))
    return f"INSERT INTO {insert.table} ({insert.names}) VALUES ({marks}) {insert.otherwise}"  # noqa: S608


def _parameters(values: Sequence[Any]) -> list[Any]:
    """A list travels as JSON, which takes any text."""
    return [json.dumps(value) if type(value) is list else storable(value) for value in values]


def _told(error: sqlite3.Error) -> StoreUnavailable:
    """The primary code is the low byte."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy()
    return StoreConflict() if isinstance(error, sqlite3.IntegrityError) else StoreUnavailable()
