"""Shared counters that may go away for a moment: a short grace on this process's own, then nothing is admitted.

Fail closed: limits guard people's data, so a gateway that cannot count does not answer. The grace spares a restart or
a failover of the server; within it each process holds every client to the same figures by itself.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from exchange.quota import Count, Demand, Shortage
from exchange.refusals import LimitsUnavailable
from exchange.store.counters import Counters, CountersDown, CountersState
from exchange.store.counters.memory import MemoryCounters

_Told = TypeVar("_Told")


class GraceCounters:
    def __init__(
        self,
        shared: Counters,
        *,
        grace_s: float = 10.0,
        retry_s: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        changed: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """`changed` hears when the shared counters go (False) and come (True)."""
        self._shared = shared
        self._own = MemoryCounters()
        self._uncounted: dict[str, Count] = {}
        """Granted within the grace: the shared counters hear of it when they are back."""
        self._grace_s, self._retry_s, self._clock, self._changed = grace_s, retry_s, clock, changed
        self._down_since: float | None = None
        self._tried_at = float("-inf")

    @property
    def state(self) -> CountersState:
        if self._down_since is None:
            return CountersState.SHARED
        return CountersState.AWAY if self._over else CountersState.GRACE

    async def charge(self, demand: Demand) -> Shortage | None:
        """Raises LimitsUnavailable when the grace is over."""
        try:
            return await self._ask(lambda: self._shared.charge(demand))
        except CountersDown:
            shortage = await self._local().charge(demand)
        if shortage is None:
            self._note(demand.counts, 1)
        return shortage

    async def short(self, demand: Demand) -> Shortage | None:
        """Raises LimitsUnavailable when the grace is over."""
        try:
            return await self._ask(lambda: self._shared.short(demand))
        except CountersDown:
            return await self._local().short(demand)

    async def give_back(self, counts: Sequence[Count]) -> None:
        """What cannot be given back now is given back when the shared counters are there again."""
        try:
            await self._ask(lambda: self._shared.give_back(counts))
        except CountersDown:
            await self._own.give_back(counts)
            self._note(counts, -1)

    async def count(self, counts: Sequence[Count]) -> None:
        try:
            await self._ask(lambda: self._shared.count(counts))
        except CountersDown:
            await self._own.count(counts)
            self._note(counts, 1)

    async def distinct(self, name: str, members: Sequence[str], at_us: int, window_s: int) -> int:
        """Watching goes on with what this process has seen: an alarm may come late, and no ask fails for it."""
        try:
            return await self._ask(lambda: self._shared.distinct(name, members, at_us, window_s))
        except CountersDown:
            return await self._own.distinct(name, members, at_us, window_s)

    async def close(self) -> None:
        await self._shared.close()

    async def _ask(self, call: Callable[[], Awaitable[_Told]]) -> _Told:
        """While they are away one call in each `retry_s` tries them. Raises CountersDown."""
        if self._down_since is not None:
            if self._clock() - self._tried_at < self._retry_s:
                raise CountersDown()
            self._tried_at = self._clock()
        try:
            told = await call()
        except CountersDown:
            if self._down_since is None:
                self._down_since = self._tried_at = self._clock()
                self._changed(False)
            raise
        if self._down_since is not None:
            await self._back()
        return told

    async def _back(self) -> None:
        self._down_since = None
        self._changed(True)
        owed, self._uncounted, self._own = self._uncounted, {}, MemoryCounters()
        try:
            await self._shared.count([count for count in owed.values() if count.counted > 0])
            await self._shared.give_back(
                [replace(count, counted=-count.counted) for count in owed.values() if count.counted < 0]
            )
        except CountersDown:
            self._uncounted = owed | self._uncounted

    @property
    def _over(self) -> bool:
        return self._down_since is not None and self._clock() - self._down_since > self._grace_s

    def _local(self) -> MemoryCounters:
        if self._over:
            raise LimitsUnavailable(retry_after_s=max(round(self._retry_s), 1))
        return self._own

    def _note(self, counts: Sequence[Count], sign: int) -> None:
        for count in counts:
            noted = self._uncounted.get(count.name)
            by = sign * count.counted + (noted.counted if noted else 0)
            self._uncounted[count.name] = replace(count, counted=by)
