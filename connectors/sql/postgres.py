"""PostgreSQL on asyncpg itself: own pool, prepared statements, read-only sessions that need no reset."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Any

import asyncpg

from connectors.encoding import LEGACY, bytewise, from_bytewise
from connectors.place import GuardsPlace, RecordPlace
from connectors.sql.dialect import POSTGRES, Dialect
from connectors.sql.encoded import EncodedPostgres, translated
from connectors.sql.runner import SourceFailed
from connectors.sql.shape import Columns, Shape, names_of
from connectors.sql.trial import trial_fragments, trial_source

_SETTINGS = {
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": "10000",
    # The server drops a gateway that has gone without a word, and gives its place back.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "datestyle": "ISO, YMD",
    "jit": "off",
    "application_name": "credit-gateway",
}
_DEFAULT = GuardsPlace()
_COLUMNS = """
SELECT n.nspname, c.relname, a.attname, lower(format_type(a.atttypid, NULL)), pg_table_is_visible(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
ORDER BY 1, 2, a.attnum
"""
_BYTEWISE = ("SQL_ASCII", "LATIN1")
"""Databases that may hold bytes of another encoding: any other one knows its own, and needs no `encoding`."""
_RESTED_S = 1.0
"""A connection that was idle for longer is tried before a statement is trusted to it …"""
_TRIAL_S = 0.3
"""… and has so long to answer: a network round trip, not a query."""
_ENDING_S = 1.0
"""What telling the server to cancel a statement may take."""


@dataclass(frozen=True, slots=True)
class _Idle:
    connection: asyncpg.Connection
    since: float
    """By the monotonic clock."""


class PostgresRunner:
    """At most `at_once` connections, opened when needed; the one used last is used next.

    A connection that broke, or does not answer any more after a rest, is replaced within the same ask. A statement
    whose ask has gone is cancelled at the server, and holds its place until it is.
    """

    def __init__(self, url: str, guards: GuardsPlace = _DEFAULT, encoding: str = "utf-8") -> None:
        """`encoding`: of the bytes of a database that has none of its own (SQL_ASCII)."""
        self._url = url
        self._guards = guards
        self._settings = {**_SETTINGS, "statement_timeout": str(ceil(guards.statement_s * 1000))}
        self._encoding = encoding
        self._bytes = EncodedPostgres(encoding) if encoding in LEGACY else None
        if self._bytes:
            self._settings["client_encoding"] = "LATIN1"
        self.dialect: Dialect = self._bytes or POSTGRES
        self._idle: list[_Idle] = []
        self._ending: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(guards.at_once)
        self._doubted = 0.0
        """When a statement was last given up: what is idle since before may hang like it did."""
        self._closed = False
        self.connections = 0

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        if self._bytes:
            text = self._bytes.spelled(text)
            values = translated(values, lambda each: bytewise(each, self._encoding))
        async with self._connection() as connection:
            try:
                rows = await connection.fetch(text, *values)
            except asyncpg.InvalidCachedStatementError:
                await connection.reload_schema_state()
                rows = await connection.fetch(text, *values)
        if self._bytes:
            return [translated(tuple(row), lambda each: from_bytewise(each, self._encoding)) for row in rows]
        return rows

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        async with self._connection() as connection:
            return await _inspect(connection, tuple(places), self.dialect)

    async def close(self) -> None:
        self._closed = True
        self._drop_idle()
        await asyncio.gather(*self._ending, return_exceptions=True)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection that goes back to the idle ones only if nothing went wrong on it."""
        await self._free.acquire()
        try:
            connection = await self._rested() or await self._opened()
        except BaseException:
            self._free.release()
            raise
        try:
            yield connection
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            why = _why(error)
            if why == "UNREACHABLE":
                self._drop(connection)
                self._drop_idle()  # they lead to the same server
            else:
                self._put_back(connection)
            self._free.release()
            raise SourceFailed(why) from None
        except BaseException:
            self._doubted = monotonic()
            self._end(connection)
            raise
        self._put_back(connection)
        self._free.release()

    async def _opened(self) -> asyncpg.Connection:
        try:
            async with asyncio.timeout(self._guards.deadline_s):
                connection = await asyncpg.connect(self._url, server_settings=self._settings, statement_cache_size=256)
        except TimeoutError:
            raise SourceFailed("TIMEOUT") from None
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OverflowError):
            raise SourceFailed("UNREACHABLE") from None
        self.connections += 1
        return connection

    async def _rested(self) -> asyncpg.Connection | None:
        """An idle connection that is known to answer."""
        while self._idle:
            idle = self._idle.pop()
            if idle.since > self._doubted and monotonic() - idle.since <= _RESTED_S and not idle.connection.is_closed():
                return idle.connection
            if await self._answers(idle.connection):
                return idle.connection
            self._drop(idle.connection)
            self._drop_idle()  # they have rested for longer
        return None

    async def _answers(self, connection: asyncpg.Connection) -> bool:
        try:
            async with asyncio.timeout(_TRIAL_S):
                await connection.execute("SELECT")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            return False
        except asyncio.CancelledError:
            self._drop(connection)
            raise
        return not connection.is_closed()

    def _put_back(self, connection: asyncpg.Connection) -> None:
        if self._closed or connection.is_closed():
            self._drop(connection)
        else:
            self._idle.append(_Idle(connection, monotonic()))

    def _drop(self, connection: asyncpg.Connection) -> None:
        connection.terminate()
        self.connections -= 1

    def _drop_idle(self) -> None:
        while self._idle:
            self._drop(self._idle.pop().connection)

    def _end(self, connection: asyncpg.Connection) -> None:
        """Nobody waits for this statement any more: the server is told so, on a connection of its own."""
        ending = asyncio.create_task(self._ended(connection))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _ended(self, connection: asyncpg.Connection) -> None:
        try:
            async with asyncio.timeout(_ENDING_S):
                await connection.close()  # waits for the cancellation that the driver has begun
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            pass  # the server's own statement timeout ends it
        finally:
            self._drop(connection)
            self._free.release()


def _why(error: Exception) -> str:
    if isinstance(error, (OSError, asyncpg.InterfaceError)):
        return "UNREACHABLE"
    state = str(getattr(error, "sqlstate", "") or "")
    if state == "57014":
        return "TIMEOUT"
    if state.startswith(("08", "57P", "53")):
        return "UNREACHABLE"
    return "SHAPE_CHANGED" if state.startswith("42") or state == "0A000" else "FAILED"


def _utf8(name: str) -> str:
    """A name that came byte by byte. One that is no UTF-8 cannot be written in a statement, nor meant by a mapping."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return name


async def _inspect(connection: asyncpg.Connection, places: tuple[RecordPlace, ...], dialect: Dialect) -> Shape:
    encoded = isinstance(dialect, EncodedPostgres)
    spelled, named = (dialect.spelled, _utf8) if encoded else (str, str)
    types: dict[tuple[str, str, bool], dict[str, str]] = {}
    for schema, table, column, declared, visible in await connection.fetch(_COLUMNS):
        schema, table, column = map(named, (schema, table, column))
        types.setdefault((schema, table, visible), {})[column] = declared
    tables: dict[str, Columns] = {}
    for (schema, table, visible), columns in types.items():
        tables[f"{schema}.{table}".lower()] = Columns(f"{schema}.{table}", columns)
        if visible:
            tables[table.lower()] = Columns(table, columns)
    names = names_of(tables.values())
    selects: dict[str, Columns] = {}
    broken: dict[str, str] = {}
    if encoded and await connection.fetchval("SHOW server_encoding") not in _BYTEWISE:
        return Shape(tables, selects, {place.record: "encoding" for place in places})
    for place in places:
        found = tables.get((place.table or "").lower())
        if place.select is not None:
            try:
                prepared = await connection.prepare(spelled(trial_source(place, names, dialect)))
            except asyncpg.PostgresError:
                broken[place.record] = "from"
                continue
            selects[place.record] = Columns(
                place.record, {named(attribute.name): attribute.type.name for attribute in prepared.get_attributes()}
            )
        elif found is None:
            continue
        table = ".".join(f'"{part}"' for part in found.name.split(".")) if found else ""
        for name, _, text in trial_fragments(place, table, names, dialect):
            try:
                await connection.prepare(spelled(text))
            except asyncpg.PostgresError:
                broken.setdefault(place.record, name)
    return Shape(tables, selects, broken)
