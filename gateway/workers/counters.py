"""The counters of rates and quotas where several workers serve: the supervisor holds them, so each client has its
figures once, however many workers there are. They outlive a worker, and end with the gateway."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from exchange.quota import Count, Demand, Shortage
from exchange.store.counters import CountersDown, CountersState
from exchange.store.counters.memory import MemoryCounters
from gateway.workers.channel import Channel, Hushed
from gateway.workers.messages import Charge, Counted, CountUp, Distinct, FromWorker, GiveBack, Look

_T = TypeVar("_T")


class WorkersCounters:
    """A worker's view of them."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @property
    def state(self) -> CountersState:
        return CountersState.SHARED

    async def charge(self, demand: Demand) -> Shortage | None:
        return (await self._call(lambda call: Charge(call, demand))).shortage

    async def short(self, demand: Demand) -> Shortage | None:
        return (await self._call(lambda call: Look(call, demand))).shortage

    async def give_back(self, counts: Sequence[Count]) -> None:
        if counts:
            await self._call(lambda call: GiveBack(call, tuple(counts)))

    async def count(self, counts: Sequence[Count]) -> None:
        if counts:
            await self._call(lambda call: CountUp(call, tuple(counts)))

    async def distinct(self, name: str, members: Sequence[str], at_us: int, window_s: int) -> int:
        return (await self._call(lambda call: Distinct(call, name, tuple(members), at_us, window_s))).number

    async def close(self) -> None:
        return None

    async def _call(self, message: Callable[[int], FromWorker]) -> Counted:
        try:
            answer = await self._channel.call(message)
        except Hushed:
            raise CountersDown() from None
        assert isinstance(answer, Counted)
        return answer


class Till:
    """The supervisor's: counts for all workers."""

    def __init__(self) -> None:
        self._counters = MemoryCounters()

    def counted(self, asked: Charge | Look | GiveBack | CountUp | Distinct) -> Counted:
        match asked:
            case Charge():
                return Counted(asked.call, shortage=_at_once(self._counters.charge(asked.demand)))
            case Look():
                return Counted(asked.call, shortage=_at_once(self._counters.short(asked.demand)))
            case GiveBack():
                _at_once(self._counters.give_back(asked.counts))
            case CountUp():
                _at_once(self._counters.count(asked.counts))
            case Distinct():
                found = self._counters.distinct(asked.name, asked.members, asked.at_us, asked.window_s)
                return Counted(asked.call, number=_at_once(found))
        return Counted(asked.call)


def _at_once(counting: Coroutine[Any, Any, _T]) -> _T:
    """What a coroutine that awaits nothing returns: there is no event loop here."""
    try:
        counting.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("counters in memory wait for nothing")
