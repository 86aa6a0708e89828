"""The store on a PostgreSQL server, through asyncpg.

Whoever appends to the log holds an advisory lock until the transaction ends: one sequencer at a time, and when its
process dies, or stands still, the server lets go of the lock and the next one takes over.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from asyncpg.exceptions import (
    DeadlockDetectedError,
    IntegrityConstraintViolationError,
    LockNotAvailableError,
    RaiseError,
    SerializationError,
)

from exchange.refusals import StoreUnavailable
from exchange.store import schema
from exchange.store.database import WRITE_WAIT_S, Database, Row, StoreBusy, StoreConflict, StoreNotDurable, storable

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


class PostgresDatabase(Database):
    def __init__(self, url: str) -> None:
        self._url = url
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[asyncpg.Pool]] = WeakKeyDictionary()
        self._closed = False

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
        return PostgresConnection(await self._connection(wait_s))

    async def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        if self._closed:
            raise StoreUnavailable()
        # A connection that rested may have died meanwhile, with the server: one more try, on a new one.
        for again in (True, False):
            try:
                async with (await self._pool()).acquire(timeout=_TIMEOUT_S) as connection:
                    return [
                        tuple(row)
                        for row in await connection.fetch(_sql(sql), *_parameters(parameters), timeout=_TIMEOUT_S)
                    ]
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as error:
                if not again or isinstance(error, TimeoutError):
                    raise StoreUnavailable() from None
            except (asyncpg.PostgresError, TimeoutError) as error:
                raise _told(error) from None
        raise StoreUnavailable()

    async def close(self) -> None:
        self._closed = True
        loop = asyncio.get_running_loop()
        for its, task in list(self._pools.items()):
            if its is loop and not task.cancelled():
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                    (await task).terminate()
        self._pools.clear()

    async def _connection(self, wait_s: float) -> asyncpg.Connection:
        try:
            return await asyncpg.connect(self._url, timeout=wait_s, server_settings=_CONNECTED)  # pyright: ignore[reportArgumentType]
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError):
            raise StoreUnavailable() from None

    async def _pool(self) -> asyncpg.Pool:
        """One for each event loop, made at its first read."""
        loop = asyncio.get_running_loop()
        task = self._pools.get(loop)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._pools[loop] = loop.create_task(self._made())
        return await asyncio.shield(task)

    async def _made(self) -> asyncpg.Pool:
        async def untouched(connection: object) -> None:
            """Reads leave nothing behind, so there is nothing to reset."""

        pool = asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=READERS,
            timeout=_TIMEOUT_S,
            reset=untouched,
            server_settings=_CONNECTED | {"default_transaction_read_only": "on"},
        )
        await pool
        return pool


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
        try:
            return [tuple(row) for row in await self._connection.fetch(_sql(sql), *_parameters(parameters))]
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
            raise _told(error) from None

    async def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        try:
            await self._connection.executemany(_sql(sql), [_parameters(row) for row in rows])
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


def _parameters(values: Sequence[Any]) -> list[Any]:
    return [[storable(each) for each in value] if type(value) is list else storable(value) for value in values]


def _told(error: Exception) -> StoreUnavailable:
    if isinstance(error, LockNotAvailableError | DeadlockDetectedError | SerializationError):
        return StoreBusy()
    if isinstance(error, IntegrityConstraintViolationError | RaiseError):
        return StoreConflict()
    return StoreUnavailable()
