"""PostgreSQL on asyncpg itself: own pool, prepared statements, read-only sessions that need no reset."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from connectors.place import RecordPlace
from connectors.sql.dialect import POSTGRES
from connectors.sql.runner import SourceFailed
from connectors.sql.shape import Columns, Shape, names_of
from connectors.sql.trial import trial_fragments, trial_source

_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "10000",
    "idle_in_transaction_session_timeout": "10000",
    "datestyle": "ISO, YMD",
    "jit": "off",
    "application_name": "credit-gateway",
}
_COLUMNS = """
SELECT n.nspname, c.relname, a.attname, lower(format_type(a.atttypid, NULL)), pg_table_is_visible(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
ORDER BY 1, 2, a.attnum
"""
_CONNECTIONS = 8


class PostgresRunner:
    """At most eight connections, opened when needed; the one used last is used next."""

    dialect = POSTGRES

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: list[asyncpg.Connection] = []
        self._free = asyncio.Semaphore(_CONNECTIONS)
        self._closed = False

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        async with self._connection() as connection:
            try:
                return await connection.fetch(text, *values)
            except asyncpg.InvalidCachedStatementError:
                await connection.reload_schema_state()
                return await connection.fetch(text, *values)

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        async with self._connection() as connection:
            return await _inspect(connection, tuple(places))

    async def close(self) -> None:
        self._closed = True
        while self._idle:
            await self._idle.pop().close(timeout=2)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection that goes back to the idle ones only if nothing went wrong on it."""
        async with self._free:
            try:
                connection = self._alive() or await asyncpg.connect(
                    self._url, server_settings=_SETTINGS, statement_cache_size=256, timeout=5
                )
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError):
                raise SourceFailed("UNREACHABLE") from None
            try:
                yield connection
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                why = _why(error)
                self._put_back(connection, usable=why != "UNREACHABLE")
                raise SourceFailed(why) from None
            except BaseException:
                self._put_back(connection, usable=False)
                raise
            self._put_back(connection, usable=True)

    def _put_back(self, connection: asyncpg.Connection, *, usable: bool) -> None:
        if usable and not self._closed and not connection.is_closed():
            self._idle.append(connection)
        else:
            connection.terminate()

    def _alive(self) -> asyncpg.Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None


def _why(error: Exception) -> str:
    if isinstance(error, (OSError, asyncpg.InterfaceError)):
        return "UNREACHABLE"
    state = str(getattr(error, "sqlstate", "") or "")
    if state == "57014":
        return "TIMEOUT"
    if state.startswith(("08", "57P", "53")):
        return "UNREACHABLE"
    return "SHAPE_CHANGED" if state.startswith("42") or state == "0A000" else "FAILED"


async def _inspect(connection: asyncpg.Connection, places: tuple[RecordPlace, ...]) -> Shape:
    types: dict[tuple[str, str, bool], dict[str, str]] = {}
    for schema, table, column, declared, visible in await connection.fetch(_COLUMNS):
        types.setdefault((schema, table, visible), {})[column] = declared
    tables: dict[str, Columns] = {}
    for (schema, table, visible), columns in types.items():
        tables[f"{schema}.{table}".lower()] = Columns(f"{schema}.{table}", columns)
        if visible:
            tables[table.lower()] = Columns(table, columns)
    names = names_of(tables.values())
    selects: dict[str, Columns] = {}
    broken: dict[str, str] = {}
    for place in places:
        found = tables.get((place.table or "").lower())
        if place.select is not None:
            try:
                prepared = await connection.prepare(trial_source(place, names, POSTGRES))
            except asyncpg.PostgresError:
                broken[place.record] = "from"
                continue
            selects[place.record] = Columns(
                place.record, {attribute.name: attribute.type.name for attribute in prepared.get_attributes()}
            )
        elif found is None:
            continue
        table = ".".join(f'"{part}"' for part in found.name.split(".")) if found else ""
        for name, _, text in trial_fragments(place, table, names, POSTGRES):
            try:
                await connection.prepare(text)
            except asyncpg.PostgresError:
                broken.setdefault(place.record, name)
    return Shape(tables, selects, broken)
