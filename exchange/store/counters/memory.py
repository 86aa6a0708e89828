"""Counters of one process: for a gateway that runs alone, and for the short time that the shared ones are away."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.quota import Count, Demand, Shortage, dry, used_up
from exchange.store.counters import MOST, CountersState

_SWEEP_EVERY = 4_096
_SECOND_US = 1_000_000


class MemoryCounters:
    """Nothing here awaits, so each method is atomic on its event loop."""

    def __init__(self) -> None:
        self._until: dict[str, int] = {}
        """When each bucket will be full again."""
        self._counted: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self._seen: dict[str, dict[str, int]] = {}
        """Name → member → when last; in the order of that time."""
        self._windows: dict[str, int] = {}
        self._calls = 0

    @property
    def state(self) -> CountersState:
        return CountersState.OWN

    async def charge(self, demand: Demand) -> Shortage | None:
        self._sweep(demand.at_us)
        shortage = dry(demand, self._until)
        if shortage:
            return shortage
        for flow in demand.flows:
            self._until[flow.name] = flow.after(self._until.get(flow.name, 0), demand.at_us)
        shortage = used_up(demand, self._counted)
        if shortage:
            return shortage
        for count in demand.counts:
            self._ends[count.name] = demand.at_us + count.left_s * _SECOND_US
        await self.count(demand.counts)
        return None

    async def short(self, demand: Demand) -> Shortage | None:
        self._sweep(demand.at_us)
        return dry(demand, self._until) or used_up(demand, self._counted)

    async def give_back(self, counts: Sequence[Count]) -> None:
        for count in counts:
            if count.name in self._counted:
                self._counted[count.name] = max(self._counted[count.name] - count.counted, 0)

    async def count(self, counts: Sequence[Count]) -> None:
        for count in counts:
            self._counted[count.name] = self._counted.get(count.name, 0) + count.counted

    async def distinct(self, name: str, members: Sequence[str], at_us: int, window_s: int) -> int:
        self._sweep(at_us)
        since = at_us - window_s * _SECOND_US
        seen = self._seen.setdefault(name, {})
        for member in members:
            seen.pop(member, None)
            seen[member] = at_us
        while seen:
            oldest = next(iter(seen))
            if seen[oldest] > since and len(seen) <= MOST:
                break
            del seen[oldest]
        self._windows[name] = at_us + window_s * _SECOND_US
        return len(seen)

    async def close(self) -> None:
        return None

    def _sweep(self, at_us: int) -> None:
        """Forget what has run out, now and then: as many entries stay as clients and operators were active."""
        self._calls += 1
        if self._calls % _SWEEP_EVERY:
            return
        self._until = {name: until for name, until in self._until.items() if until > at_us}
        for name in [name for name, ends in self._ends.items() if ends <= at_us]:
            del self._ends[name]
            self._counted.pop(name, None)
        for name in [name for name, ends in self._windows.items() if ends <= at_us]:
            del self._windows[name]
            self._seen.pop(name, None)
