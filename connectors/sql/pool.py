"""Connections to one server, over any driver: bounded, tried after a rest, replaced when they break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Generic, Protocol, TypeVar

from connectors.place import GuardsPlace
from connectors.sql.runner import SourceFailed

C = TypeVar("C")
RESTED_S = 1.0
"""A connection that was idle for longer is tried before a statement is trusted to it …"""
_TRIAL_S = 0.3
"""… and has so long to answer: a network round trip, not a query."""
_ENDING_S = 1.0
"""What telling the server to end a statement may take."""
_SOON_S = 1


class Driver(Protocol[C]):
    """What a pool needs to know of a database's connections."""

    @property
    def broken(self) -> tuple[type[Exception], ...]:
        """What connecting, and statements, raise."""
        ...

    async def connect(self) -> C:
        """A connection whose session only reads. May also raise ValueError or OverflowError, for its url."""
        ...

    async def trial(self, connection: C, /) -> None:
        """One round trip."""
        ...

    async def end(self, connection: C, /) -> None:
        """Tells the server that nobody waits for the statement of this connection any more."""
        ...

    def drop(self, connection: C, /) -> None:
        """Closes it without waiting for anybody."""
        ...

    def is_closed(self, connection: C, /) -> bool: ...

    def why(self, error: Exception) -> str:
        """The code of a SourceFailed. UNREACHABLE: the connection is of no more use. BUSY: no place for one more."""
        ...


@dataclass(frozen=True, slots=True)
class _Idle(Generic[C]):
    connection: C
    since: float
    """By the monotonic clock."""


class Pool(Generic[C]):
    """At most `at_once` connections, opened when needed; the one used last is used next.

    `queue` asks wait for a place, and none longer than `deadline_s`. A connection that broke, or does not answer any
    more after a rest, is replaced within the same ask. The statement of an ask that has gone is ended at the server,
    and holds its place until it is.
    """

    def __init__(self, driver: Driver[C], guards: GuardsPlace) -> None:
        self._driver = driver
        self._guards = guards
        self._idle: list[_Idle[C]] = []
        self._ending: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(guards.at_once)
        self._waiting = 0
        self._doubted = 0.0
        """When a statement was last given up: what is idle since before may hang like it did."""
        self._closed = False
        self.connections = 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[C]:
        """A connection that goes back to the idle ones only if nothing went wrong on it. Raises SourceFailed, also for
        what the driver raises inside."""
        await self._place()
        try:
            connection = await self._rested() or await self._opened()
        except BaseException:
            self._free.release()
            raise
        try:
            yield connection
        except self._driver.broken as error:
            why = self._driver.why(error)
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

    async def close(self) -> None:
        """Asks that still run give their connections up when they end; no ask is begun any more."""
        self._closed = True
        self._drop_idle()
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _place(self) -> None:
        if self._closed:
            raise SourceFailed("UNREACHABLE")
        if not self._free.locked():
            await self._free.acquire()
            return
        if self._waiting >= self._guards.queue:
            raise SourceFailed("BUSY", _SOON_S)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._guards.deadline_s):
                await self._free.acquire()
        except TimeoutError:
            raise SourceFailed("TIMEOUT") from None
        finally:
            self._waiting -= 1

    async def _opened(self) -> C:
        try:
            async with asyncio.timeout(self._guards.deadline_s):
                connection = await self._driver.connect()
        except TimeoutError:
            raise SourceFailed("TIMEOUT") from None
        except (*self._driver.broken, ValueError, OverflowError) as error:
            raise SourceFailed("BUSY" if self._driver.why(error) == "BUSY" else "UNREACHABLE") from None
        self.connections += 1
        return connection

    async def _rested(self) -> C | None:
        """An idle connection that is known to answer."""
        while self._idle:
            idle = self._idle.pop()
            fresh = idle.since > self._doubted and monotonic() - idle.since <= RESTED_S
            if fresh and not self._driver.is_closed(idle.connection):
                return idle.connection
            if await self._answers(idle.connection):
                return idle.connection
            self._drop(idle.connection)
            self._drop_idle()  # they have rested for longer
        return None

    async def _answers(self, connection: C) -> bool:
        try:
            async with asyncio.timeout(_TRIAL_S):
                await self._driver.trial(connection)
        except (*self._driver.broken, TimeoutError):
            return False
        except asyncio.CancelledError:
            self._drop(connection)
            raise
        return not self._driver.is_closed(connection)

    def _put_back(self, connection: C) -> None:
        if self._closed or self._driver.is_closed(connection):
            self._drop(connection)
        else:
            self._idle.append(_Idle(connection, monotonic()))

    def _drop(self, connection: C) -> None:
        self._driver.drop(connection)
        self.connections -= 1

    def _drop_idle(self) -> None:
        while self._idle:
            self._drop(self._idle.pop().connection)

    def _end(self, connection: C) -> None:
        ending = asyncio.create_task(self._ended(connection))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _ended(self, connection: C) -> None:
        try:
            async with asyncio.timeout(_ENDING_S):
                await self._driver.end(connection)
        except (*self._driver.broken, TimeoutError, ValueError):
            pass  # the server's own statement timeout ends it
        finally:
            self._drop(connection)
            self._free.release()
