"""MariaDB on asyncmy: own pool, sessions that only read and compare exactly, and an end to what nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncmy
from asyncmy.connection import Connection
from asyncmy.errors import MySQLError

from connectors.encoding import LEGACY
from connectors.place import GuardsPlace, RecordPlace
from connectors.sql.encoded import EncodedMariaDb
from connectors.sql.mariadb_dialect import MARIADB
from connectors.sql.mariadb_shape import inspect
from connectors.sql.runner import SourceFailed
from connectors.sql.shape import Shape

_SESSION = (
    # The texts of the gateway's statements rest on these; the driver learns of the second and quotes by it.
    "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin",
    "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION TRANSACTION READ ONLY",
)
_DEFAULT = GuardsPlace()
_READ = ("gbk", "gb2312")
"""Encodings that the server can read from bytes."""
_RESTED_S = 1.0
"""A connection that was idle for longer is tried before a statement is trusted to it …"""
_TRIAL_S = 0.3
"""… and has so long to answer."""
_ENDING_S = 1.0
"""What killing a statement may take."""
_BROKEN = (OSError, MySQLError, RuntimeError, EOFError, TimeoutError, AttributeError)
"""AttributeError: what the driver raises when a connection is closed under it while it is being opened."""
_TIMES_OUT = {1205, 1317, 1969, 3024}
_GONE = {0, 1040, 1044, 1045, 1049, 1053, 1077, 1079, 1129, 1130, 1152, 1153, 1184, 1203, 1226, 1927}
_CHANGED = {1051, 1054, 1060, 1064, 1109, 1142, 1143, 1146, 1267, 1305, 1356, 1370, 4078}


@dataclass(frozen=True, slots=True)
class _Idle:
    connection: Connection
    since: float
    """By the monotonic clock."""


class MariaDbRunner:
    """At most `at_once` connections, opened when needed; the one used last is used next.

    A connection that broke, or does not answer any more after a rest, is replaced within the same ask. The statement
    of an ask that has gone is killed at the server, from another connection, and holds its place until it is.
    """

    def __init__(self, url: str, guards: GuardsPlace = _DEFAULT, encoding: str = "utf-8") -> None:
        """`encoding`: of the bytes of columns whose character set is latin1; this server reads GBK, not GB 18030."""
        self.dialect = EncodedMariaDb(encoding) if encoding in _READ else MARIADB
        self._encoding = encoding
        self._url = url
        self._guards = guards
        self._idle: list[_Idle] = []
        self._ending: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(guards.at_once)
        self._doubted = 0.0
        """When a statement was last given up: what is idle since before may hang like it did."""
        self._closed = False
        self.connections = 0

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        async with self._connection() as connection, connection.cursor() as cursor:
            await cursor.execute(text, tuple(values))
            return list(await cursor.fetchall())

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        if self._encoding in LEGACY and self._encoding not in _READ:
            return Shape({}, {}, {place.record: "encoding" for place in places})
        async with self._connection() as connection:
            return await inspect(connection, tuple(places), self.dialect)

    async def close(self) -> None:
        self._closed = True
        self._drop_idle()
        await asyncio.gather(*self._ending, return_exceptions=True)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """A connection that goes back to the idle ones only if nothing went wrong on it."""
        await self._free.acquire()
        try:
            connection = await self._rested() or await self._opened()
        except BaseException:
            self._free.release()
            raise
        try:
            yield connection
        except _BROKEN as error:
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

    async def _opened(self) -> Connection:
        try:
            async with asyncio.timeout(self._guards.deadline_s):
                connection = await self._connect()
                try:
                    for setting in (*_SESSION, f"SET SESSION max_statement_time = {self._guards.statement_s:f}"):
                        await connection.query(setting)
                except BaseException:
                    connection.close()
                    raise
        except TimeoutError:
            raise SourceFailed("TIMEOUT") from None
        except (*_BROKEN, ValueError):
            raise SourceFailed("UNREACHABLE") from None
        self.connections += 1
        return connection

    async def _connect(self) -> Connection:
        parts = urlsplit(self._url)
        return await asyncmy.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")),
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=ceil(self._guards.deadline_s),
        )

    async def _rested(self) -> Connection | None:
        """An idle connection that is known to answer."""
        while self._idle:
            idle = self._idle.pop()
            if idle.since > self._doubted and monotonic() - idle.since <= _RESTED_S and not _broken(idle.connection):
                return idle.connection
            if await self._answers(idle.connection):
                return idle.connection
            self._drop(idle.connection)
            self._drop_idle()  # they have rested for longer
        return None

    async def _answers(self, connection: Connection) -> bool:
        try:
            async with asyncio.timeout(_TRIAL_S):
                await connection.ping(reconnect=False)
        except _BROKEN:
            return False
        except asyncio.CancelledError:
            self._drop(connection)
            raise
        return not _broken(connection)

    def _put_back(self, connection: Connection) -> None:
        if self._closed or _broken(connection):
            self._drop(connection)
        else:
            self._idle.append(_Idle(connection, monotonic()))

    def _drop(self, connection: Connection) -> None:
        connection.close()
        self.connections -= 1

    def _drop_idle(self) -> None:
        while self._idle:
            self._drop(self._idle.pop().connection)

    def _end(self, connection: Connection) -> None:
        """Nobody waits for this statement any more; the server does not notice by itself."""
        ending = asyncio.create_task(self._ended(connection))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _ended(self, connection: Connection) -> None:
        thread = int(connection.thread_id())
        try:
            async with asyncio.timeout(_ENDING_S):
                other = await self._connect()
                try:
                    await other.query(f"KILL QUERY {thread}")
                finally:
                    other.close()
        except (*_BROKEN, ValueError):
            pass  # the server's own statement timeout ends it
        finally:
            self._drop(connection)
            self._free.release()


def _broken(connection: Connection) -> bool:
    return not connection.connected or bool(connection._stream_broken)  # pyright: ignore[reportAttributeAccessIssue]


def _why(error: Exception) -> str:
    if not isinstance(error, MySQLError):
        return "UNREACHABLE"
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if code in _TIMES_OUT:
        return "TIMEOUT"
    if code in _GONE or 2000 <= code < 3000:
        return "UNREACHABLE"
    return "SHAPE_CHANGED" if code in _CHANGED else "FAILED"
