"""MariaDB on asyncmy: sessions that only read and compare exactly, and an end to what nobody waits for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncmy
from asyncmy.connection import Connection
from asyncmy.errors import MySQLError

from connectors.encoding import LEGACY
from connectors.place import GuardsPlace, RecordPlace
from connectors.sql.encoded import EncodedMariaDb
from connectors.sql.line import keep_alive, tls
from connectors.sql.mariadb_dialect import MARIADB
from connectors.sql.mariadb_session import begin, fetch
from connectors.sql.mariadb_shape import inspect
from connectors.sql.pool import Pool
from connectors.sql.shape import Shape

_DEFAULT = GuardsPlace()
_READ = ("gbk", "gb2312")
"""Encodings that the server can read from bytes."""
_BUSY = {1040, 1203, 1226, 1461}
"""No place for one more connection, of all or of this user, or for one more prepared statement."""
_TIMES_OUT = {1205, 1317, 1969, 3024}
_GONE = {0, 1044, 1045, 1049, 1053, 1077, 1079, 1129, 1130, 1152, 1153, 1184, 1927}
_CHANGED = {1051, 1054, 1060, 1064, 1109, 1142, 1143, 1146, 1267, 1305, 1356, 1370, 4078}


class MariaDbDriver:
    broken = (OSError, MySQLError, RuntimeError, EOFError, AttributeError)
    """AttributeError: what asyncmy raises when a connection is closed under it while it is being opened."""

    def __init__(self, url: str, guards: GuardsPlace) -> None:
        self._url = url
        self._guards = guards

    async def connect(self) -> Connection:
        connection = await self._connected()
        try:
            await begin(connection, self._guards.statement_s)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _connected(self) -> Connection:
        parts = urlsplit(self._url)
        connection = await asyncmy.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.strip("/")),
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=ceil(self._guards.deadline_s),
            ssl=tls(self._url) or None,
        )
        transport: Any = connection._transport  # pyright: ignore[reportAttributeAccessIssue]
        keep_alive(transport.get_extra_info("socket"), self._guards.deadline_s)
        return connection

    async def trial(self, connection: Connection) -> None:
        await connection.ping(reconnect=False)

    async def end(self, connection: Connection) -> None:
        """The server does not notice by itself: from another connection."""
        thread = int(connection.thread_id())
        other = await self._connected()
        try:
            await other.query(f"KILL QUERY {thread}")
        finally:
            other.close()

    def drop(self, connection: Connection) -> None:
        connection.close()

    def is_closed(self, connection: Connection) -> bool:
        held: Any = connection
        return not held.connected or bool(held._stream_broken)

    def why(self, error: Exception) -> str:
        if not isinstance(error, MySQLError):
            return "UNREACHABLE"
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        if code in _BUSY:
            return "BUSY"
        if code in _TIMES_OUT:
            return "TIMEOUT"
        if code in _GONE or 2000 <= code < 3000:
            return "UNREACHABLE"
        return "SHAPE_CHANGED" if code in _CHANGED else "FAILED"


class MariaDbRunner:
    """Read-only sessions that need no reset between asks."""

    def __init__(self, url: str, guards: GuardsPlace = _DEFAULT, encoding: str = "utf-8") -> None:
        """`encoding`: of the bytes of columns whose character set is latin1; this server reads GBK, not GB 18030."""
        self.dialect = EncodedMariaDb(encoding) if encoding in _READ else MARIADB
        self._encoding = encoding
        self._pool = Pool(MariaDbDriver(url, guards), guards)

    @property
    def connections(self) -> int:
        return self._pool.connections

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        async with self._pool.connection() as connection:
            return await fetch(connection, text, values)

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        if self._encoding in LEGACY and self._encoding not in _READ:
            return Shape({}, {}, {place.record: "encoding" for place in places})
        async with self._pool.connection() as connection:
            return await inspect(connection, tuple(places), self.dialect)

    async def close(self) -> None:
        await self._pool.close()
