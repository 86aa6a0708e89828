"""PostgreSQL on asyncpg: prepared statements, read-only sessions that need no reset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any

import asyncpg

from connectors.encoding import LEGACY, bytewise, from_bytewise
from connectors.place import GuardsPlace, RecordPlace
from connectors.sql.dialect import Dialect
from connectors.sql.encoded import EncodedPostgres, translated
from connectors.sql.line import keep_alive, tls, without_options
from connectors.sql.pool import Pool
from connectors.sql.postgres_dialect import POSTGRES
from connectors.sql.postgres_shape import inspect
from connectors.sql.shape import Shape
from connectors.windows import CITY

_SETTINGS = {
    "default_transaction_read_only": "on",
    "idle_in_transaction_session_timeout": "10000",
    # The server drops a gateway that has gone without a word, and gives its place back.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "datestyle": "ISO, YMD",
    "timezone": CITY.key,
    # A backslash is a character, whatever the server or the database says.
    "standard_conforming_strings": "on",
    "jit": "off",
    # A statement finds people by their keys, whoever they are: planned anew for each ask it costs up to four times as
    # much as it does to run it.
    "plan_cache_mode": "force_generic_plan",
    "application_name": "credit-gateway",
}
_DEFAULT = GuardsPlace()


class PostgresDriver:
    broken = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

    def __init__(self, url: str, settings: dict[str, str], deadline_s: float) -> None:
        self._url = url
        self._settings = settings
        self._deadline_s = deadline_s

    async def connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            without_options(self._url),
            ssl=tls(self._url),
            server_settings=self._settings,
            statement_cache_size=256,
            max_cacheable_statement_size=0,  # a whole department's statement is longer than the driver would keep
        )
        transport: Any = connection._transport
        keep_alive(transport.get_extra_info("socket"), self._deadline_s)
        return connection

    async def trial(self, connection: asyncpg.Connection) -> None:
        await connection.execute("SELECT")

    async def end(self, connection: asyncpg.Connection) -> None:
        await connection.close()  # waits for the cancellation that the driver has begun

    def drop(self, connection: asyncpg.Connection) -> None:
        connection.terminate()

    def is_closed(self, connection: asyncpg.Connection) -> bool:
        return connection.is_closed()

    def why(self, error: Exception) -> str:
        if isinstance(error, (OSError, asyncpg.InterfaceError)):
            return "UNREACHABLE"
        state = str(getattr(error, "sqlstate", "") or "")
        if state == "53300":
            return "BUSY"
        if state == "57014":
            return "TIMEOUT"
        if state.startswith(("08", "57P", "53")):
            return "UNREACHABLE"
        return "SHAPE_CHANGED" if state.startswith("42") or state == "0A000" else "FAILED"


class PostgresRunner:
    """Read-only sessions that need no reset between asks."""

    def __init__(self, url: str, guards: GuardsPlace = _DEFAULT, encoding: str = "utf-8") -> None:
        """`encoding`: of the bytes of a database that has none of its own (SQL_ASCII)."""
        settings = {**_SETTINGS, "statement_timeout": str(ceil(guards.statement_s * 1000))}
        self._encoding = encoding
        self._bytes = EncodedPostgres(encoding) if encoding in LEGACY else None
        if self._bytes:
            settings["client_encoding"] = "LATIN1"
        self.dialect: Dialect = self._bytes or POSTGRES
        self._pool = Pool(PostgresDriver(url, settings, guards.deadline_s), guards)

    @property
    def connections(self) -> int:
        return self._pool.connections

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        if self._bytes:
            text = self._bytes.spelled(text)
            values = translated(values, lambda each: bytewise(each, self._encoding))
        async with self._pool.connection() as connection:
            try:
                rows = await connection.fetch(text, *values)
            except asyncpg.InvalidCachedStatementError:
                await connection.reload_schema_state()
                rows = await connection.fetch(text, *values)
        if self._bytes:
            return [translated(tuple(row), lambda each: from_bytewise(each, self._encoding)) for row in rows]
        return rows

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        async with self._pool.connection() as connection:
            return await inspect(connection, tuple(places), self.dialect)

    async def close(self) -> None:
        await self._pool.close()
