"""So many asks at once, so many in the queue, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.contract import Connector
from connectors.guards.guard import Guard
from exchange.person import PersonId
from exchange.records import Givens, Outcome, Unavailable, Wanted

_SOON_S = 1


class AtMost(Guard):
    """At most `n` asks at once. Of the others `queue` may wait; who waits past the deadline gets TIMEOUT, and who finds
    the queue full gets BUSY at once.

    An ask that does not let itself be cancelled keeps its place until it ends: `n` is what the source really carries.
    """

    def __init__(self, n: int, inner: Connector, queue: int) -> None:
        super().__init__(inner)
        self._places = asyncio.Semaphore(n)
        self._queue = queue
        self.running = 0
        self.waiting = 0

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        if not self._places.locked():
            await self._places.acquire()
        elif self.waiting >= self._queue:
            return Unavailable(datetime.now(UTC), "BUSY", _SOON_S)
        elif not await self._waited(deadline):
            return Unavailable(datetime.now(UTC), "TIMEOUT")
        self.running += 1
        try:
            return await self._inner.fetch(wanted, people, given, deadline)
        finally:
            self.running -= 1
            self._places.release()

    async def _waited(self, deadline: float) -> bool:
        """Whether a place was to be had in time."""
        self.waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                await self._places.acquire()
        except TimeoutError:
            return False
        finally:
            self.waiting -= 1
        return True


def at_most(n: int, inner: Connector, queue: int = 256) -> AtMost:
    return AtMost(n, inner, queue)
