"""Nothing is sent to a source in the hours that it has asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import ceil

from connectors.contract import Connector
from connectors.guards.guard import Guard
from connectors.windows import Window, open_at
from exchange.person import PersonId
from exchange.records import Givens, Outcome, Unavailable, Wanted

Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


class Maintenance(Guard):
    """MAINTENANCE since the window began, to be asked again when it ends."""

    def __init__(self, inner: Connector, windows: Sequence[Window], clock: Clock) -> None:
        super().__init__(inner)
        self._windows = tuple(windows)
        self._clock = clock

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        at = self._clock()
        if (span := open_at(self._windows, at)) is None:
            return await self._inner.fetch(wanted, people, given, deadline)
        since, until = span
        return Unavailable(since, "MAINTENANCE", ceil((until - at).total_seconds()))


def maintenance(inner: Connector, windows: Sequence[Window], clock: Clock = now) -> Connector:
    return Maintenance(inner, windows, clock)
