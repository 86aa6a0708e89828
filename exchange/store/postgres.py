"""The store on a PostgreSQL server, through asyncpg.

Whoever appends to the log holds an advisory lock until the transaction ends: one sequencer at a time, and when its
process dies, or stands still, the server lets go of the lock and the next one takes over.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Sequence
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
import uvloop
from asyncpg.exceptions import (
    DeadlockDetectedError,
    IntegrityConstraintViolationError,
    LockNotAvailableError,
    RaiseError,
    SerializationError,
)

from exchange.change import Statement
from exchange.refusals import StoreUnavailable
from exchange.store import schema
from exchange.store.database import (
    WRITE_WAIT_S,
    Database,
    Insert,
    Row,
    StoreBusy,
    StoreConflict,
    StoreNotDurable,
    storable,
)

READERS = 8
"""Connections for reading, of one process, at most."""
_LOG_LOCK = 0x6C6F67
"""Key of the advisory lock: `log`."""
_TIMEOUT_S = 5.0
_STILL_S = 1.0
"""A sequencer that says nothing for so long, or for a tenth of the time that it has, has stopped: the server undoes its
transaction, another takes over."""
_DURABLE = ("fsync", "full_page_writes")
_CONNECTED = {
    "application_name": "personal-credit-gateway",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "statement_timeout": "30000",
    "idle_in_transaction_session_timeout": "60000",
    # A machine that vanished in the middle of a statement.
    "tcp_keepalives_idle": "1",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
}

_PACKED = (
    "SELECT set_config(name, 'lz4', false) FROM pg_settings"
    " WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)"
)
"""Long entries take a tenth of the time to pack, where the server knows how (PostgreSQL 14 with LZ4)."""


class PostgresDatabase(Database):
    remote = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._readers: WeakKeyDictionary[asyncio.AbstractEventLoop, _Readers] = WeakKeyDictionary()
        self._closed = False

    @staticmethod
    def loop() -> asyncio.AbstractEventLoop:
        return uvloop.new_event_loop()

    async def prepare(self) -> None:
        connection = await self._connection(_TIMEOUT_S)
        try:
            await schema.look_postgres(connection)
            settings = [await connection.fetchval(f"SHOW {name}") for name in _DURABLE]
            if settings != ["on"] * len(_DURABLE) or await connection.fetchval("SHOW synchronous_commit") == "off":
                raise StoreNotDurable()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise _told(error) from None
        finally:
            connection.terminate()

    async def connect(self, wait_s: float = WRITE_WAIT_S) -> PostgresConnection:
        connection = await self._connection(wait_s)
        try:
            await connection.execute(_PACKED, timeout=wait_s)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            connection.terminate()
            raise StoreUnavailable() from None
        return PostgresConnection(connection)

    async def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        if self._closed:
            raise StoreUnavailable()
        sql, given = _sql(sql), _parameters(parameters)
        readers = self._reading()
        try:
            await readers.place()
            try:
                return [tuple(row) for row in await self._read(readers, sql, given)]
            finally:
                readers.free.release()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise _told(error) from None

    async def read_all(self, statements: Sequence[Statement]) -> list[list[Row]]:
        if len(statements) == 1:
            return [await self.read(statements[0].sql, statements[0].parameters)]
        sql = _all(tuple(each.sql for each in statements))
        [row] = await self.read(sql, [value for each in statements for value in each.parameters])
        return [list(map(tuple, rows)) for rows in row]

    async def _read(self, readers: _Readers, sql: str, given: Sequence[Any]) -> list[Any]:
        connection = readers.rested()
        if connection is not None:
            try:
                return await self._fetched(readers, connection, sql, given)
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as error:
                if isinstance(error, TimeoutError):
                    raise
                # It rested, and may have died meanwhile, with the server: one more try, on a new one.
                readers.drop()
        connection = await self._connection(_TIMEOUT_S, default_transaction_read_only="on")
        return await self._fetched(readers, connection, sql, given)

    async def _fetched(
        self, readers: _Readers, connection: asyncpg.Connection, sql: str, given: Sequence[Any]
    ) -> list[Any]:
        """A read leaves nothing behind: the connection rests again, unless it was left in the middle."""
        try:
            rows = await connection.fetch(sql, *given, timeout=_TIMEOUT_S)
        except asyncpg.PostgresError:
            readers.rest(connection)
            raise
        except BaseException:
            connection.terminate()
            raise
        readers.rest(connection)
        return rows

    async def close(self) -> None:
        self._closed = True
        readers = self._readers.pop(asyncio.get_running_loop(), None)
        if readers is not None:
            readers.drop()
        self._readers.clear()

    async def _connection(self, wait_s: float, **settings: str) -> asyncpg.Connection:
        try:
            return await asyncpg.connect(self._url, timeout=wait_s, server_settings=_CONNECTED | settings)  # pyright: ignore[reportArgumentType]
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError):
            raise StoreUnavailable() from None

    def _reading(self) -> _Readers:
        """Those of this event loop."""
        loop = asyncio.get_running_loop()
        found = self._readers.get(loop)
        if found is None:
            found = self._readers[loop] = _Readers()
        return found


class _Readers:
    """Connections of one event loop that only read; the one used last is used next."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(READERS)
        self._idle: list[asyncpg.Connection] = []

    async def place(self) -> None:
        """Until one more may be used. Raises TimeoutError."""
        if self.free.locked():
            async with asyncio.timeout(_TIMEOUT_S):
                await self.free.acquire()
        else:
            await self.free.acquire()

    def rested(self) -> asyncpg.Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    def rest(self, connection: asyncpg.Connection) -> None:
        if not connection.is_closed():
            self._idle.append(connection)

    def drop(self) -> None:
        while self._idle:
            self._idle.pop().terminate()


class PostgresConnection:
    """`exchange.store.database.Connection` over one asyncpg connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def begin(self, wait_s: float = WRITE_WAIT_S) -> None:
        await self._begun(wait_s, "")

    async def begin_log(self, wait_s: float = WRITE_WAIT_S) -> None:
        still_ms = round(max(_STILL_S, wait_s / 10) * 1000)
        still = f"SET LOCAL idle_in_transaction_session_timeout = {still_ms}"
        await self._begun(wait_s, f"; {still}; SELECT pg_advisory_xact_lock({_LOG_LOCK})")

    async def commit(self) -> None:
        await self._executed("COMMIT")

    async def rollback(self) -> None:
        await self._executed("ROLLBACK")

    async def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        return [tuple(row) for row in await self._fetched(_sql(sql), _parameters(parameters))]

    async def read_all(self, statements: Sequence[Statement]) -> list[list[Row]]:
        parameters = [value for each in statements for value in each.parameters]
        sql = _sql(_all(tuple(each.sql for each in statements)))
        [row] = await self._fetched(sql, _parameters(parameters))
        return [list(map(tuple, rows)) for rows in row]

    async def insert(self, rows: Sequence[tuple[Insert, Sequence[Row]]]) -> None:
        await self._fetched(_inserts(tuple(insert for insert, _ in rows)), _columns(rows))

    async def append(self, rows: Sequence[tuple[Insert, Sequence[Row]]], guard: Statement) -> bool:
        sql = _appends(guard.sql, tuple(insert for insert, _ in rows))
        return bool(await self._fetched(sql, [*_parameters(guard.parameters), *_columns(rows)]))

    async def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        try:
            await self._connection.executemany(_sql(sql), [_parameters(row) for row in rows])
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
            raise _told(error) from None

    async def _fetched(self, sql: str, parameters: Sequence[Any]) -> list[Any]:
        try:
            return await self._connection.fetch(sql, *parameters)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
            raise _told(error) from None

    async def close(self) -> None:
        """At once, even in the middle of a statement: the server undoes what was not committed."""
        self._connection.terminate()

    async def _begun(self, wait_s: float, then: str) -> None:
        await self._executed(f"BEGIN; SET LOCAL lock_timeout = {max(int(wait_s * 1000), 1)}{then}")

    async def _executed(self, sql: str) -> None:
        try:
            await self._connection.execute(sql)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise _told(error) from None


@functools.lru_cache(maxsize=512)
def _sql(text: str) -> str:
    number = count(1)
    listed = text.replace("EACH ?*", "unnest(?::text[]) AS listed(value)").replace("IN ?*", "= ANY (?::text[])")
    return re.sub(r"\?", lambda _: f"${next(number)}", listed)


@functools.lru_cache(maxsize=128)
def _all(statements: tuple[str, ...]) -> str:
    """Each statement's rows as an array of records."""
    return "SELECT " + ", ".join(f"ARRAY(SELECT found FROM ({sql}) AS found)" for sql in statements)  # noqa: S608


@functools.lru_cache(maxsize=128)
def _inserts(inserts: tuple[Insert, ...]) -> str:
    """One statement, whose parameters are the columns of every table, as arrays."""
    *before, last = _parts(inserts, 1, "")
    named = ", ".join(f"part_{place} AS ({part})" for place, part in enumerate(before))
    return f"WITH {named} {last}" if named else last


@functools.lru_cache(maxsize=128)
def _appends(guard: str, inserts: tuple[Insert, ...]) -> str:
    """The same if the guard gives a row and nobody holds the log's lock, which is then held until all is durable."""
    parts = _parts(inserts, guard.count("?") + 1, "FROM free")
    free = f"SELECT 1 WHERE EXISTS ({_sql(guard)}) AND pg_try_advisory_xact_lock({_LOG_LOCK})"
    named = ", ".join(f"part_{place} AS ({part})" for place, part in enumerate(parts))
    return f"WITH free AS MATERIALIZED ({free}), {named} SELECT * FROM free"  # noqa: S608


def _parts(inserts: Sequence[Insert], first: int, source: str) -> list[str]:
    number = count(first)
    parts = []
    for insert in inserts:
        # In the list of columns they are taken apart row by row; in FROM all would lie in a temporary file first.
        arrays = ", ".join(f"unnest(${next(number)}::{kind}[])" for _, kind in insert.columns)
        into = f"INSERT INTO {insert.table} ({insert.names})"
        parts.append(f"{into} SELECT {arrays} {source} {insert.otherwise}")
    return parts


def _columns(rows: Sequence[tuple[Insert, Sequence[Row]]]) -> list[Any]:
    columns: list[Any] = []
    for insert, its in rows:
        columns += map(_column, zip(*its, strict=True)) if its else [[] for _ in insert.columns]
    return columns


def _column(values: Sequence[Any]) -> list[Any]:
    return [storable(value) for value in values] if type(values[0]) is str else list(values)


def _parameters(values: Sequence[Any]) -> list[Any]:
    return [[storable(each) for each in value] if type(value) is list else storable(value) for value in values]


def _told(error: Exception) -> StoreUnavailable:
    if isinstance(error, LockNotAvailableError | DeadlockDetectedError | SerializationError):
        return StoreBusy()
    if isinstance(error, IntegrityConstraintViolationError | RaiseError):
        return StoreConflict()
    return StoreUnavailable()
