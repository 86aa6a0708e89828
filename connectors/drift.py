"""Watches the shape of a source: a change is named; one that the mapping does not fit degrades that source alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from connectors.contract import Pooled
from connectors.faults import Fault
from connectors.kinds import Source
from connectors.outline import Outline, differences, digest, outline
from connectors.place import SourcePlace
from connectors.plan import Plan
from connectors.sql.runner import SourceFailed
from connectors.sql.shape import Shape
from connectors.windows import open_at
from exchange.holding import Holding
from exchange.person import PersonId
from exchange.records import Findings, Givens, Outcome, Unavailable, Wanted

_log = structlog.get_logger()
_LONGEST_S = 10.0
_RECENT_S = 1.0
"""While a source does not fit, each ask looks again, but not more often than this."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How the shape of one source stands to the one that it had at the start (or when it was first reached)."""

    source: str
    """Its name in the mapping; "" for a department's only one."""
    digest: str | None = None
    """Of the shape as last seen; None: not reached yet."""
    differences: tuple[str, ...] = ()
    fits: bool = True
    """Whether the mapping still fits."""
    since: datetime | None = None
    """When the difference was first seen."""

    @property
    def state(self) -> str:
        """`UNKNOWN`, `SAME`, `DRIFTED` (the mapping still fits) or `UNFIT`."""
        if not self.fits:
            return "UNFIT"
        return "UNKNOWN" if self.digest is None else "DRIFTED" if self.differences else "SAME"


class Watched:
    """A source whose shape is looked at: at the start, every so often, and at an ask while it does not fit.

    INVARIANT: at most one inspection runs at a source, whoever waits for it.
    """

    def __init__(self, source: Source, place: SourcePlace, jitter: Callable[[], float] | None = None) -> None:
        self.department = source.department
        self.drift = Drift(place.name)
        self._source = source
        self.place = place
        self._jitter = jitter or (lambda: random.uniform(0.5, 1.5))  # noqa: S311 - spreads inspections over time
        self._first: Outline | None = None
        self._looking: asyncio.Future[None] | None = None
        self._looked_at = float("-inf")

    @property
    def connections(self) -> int:
        return self._source.connections if isinstance(self._source, Pooled) else 0

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        if not self.drift.fits:
            await self._look_again(deadline)
            if not self.drift.fits:
                return Unavailable(self.drift.since or datetime.now(UTC), "SHAPE_CHANGED")
        outcome = await self._source.fetch(wanted, people, given, deadline)
        if isinstance(outcome, Unavailable) and outcome.why == "SHAPE_CHANGED":
            self._begin()  # so that the difference has its name before the next interval
        return outcome

    async def holdings(
        self, wishes: Mapping[str, tuple[str, ...]], deadline: float
    ) -> Mapping[str, Holding] | Unavailable:
        """See `connectors.counting`."""
        if not self.drift.fits:
            return Unavailable(self.drift.since or datetime.now(UTC), "SHAPE_CHANGED")
        return await self._source.holdings(wishes, deadline)

    async def watch(self, every_s: float) -> None:
        """Looks for ever; `every_s` seconds apart, give or take the half; not while it is maintained."""
        while True:
            await asyncio.sleep(every_s * self._jitter())
            if not open_at(self.place.guards.maintenance, datetime.now(UTC)):
                await self.look()

    async def look(self) -> None:
        """Inspects once. A source that cannot be inspected stays as it was known: that it is down, its asks tell."""
        await asyncio.shield(self._begin())

    async def shape(self) -> Shape:
        return await self._source.shape()

    async def faults(self) -> tuple[Fault, ...]:
        shape = await self._source.shape()
        faults = await self._source.faults()
        self._note(outline(self.place, shape), faults)
        return faults

    async def plan(self, wanted: tuple[Wanted, ...]) -> Plan:
        return await self._source.plan(wanted)

    async def check(self) -> Findings:
        return await self._source.check()

    async def close(self) -> None:
        if self._looking:
            self._looking.cancel()
        await self._source.close()

    async def _look_again(self, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._looked_at >= _RECENT_S:
            await asyncio.wait({self._begin()}, timeout=max(0.0, deadline - loop.time()))

    def _begin(self) -> asyncio.Future[None]:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._inspect())
        return self._looking

    async def _inspect(self) -> None:
        before = self.drift.state
        try:
            async with asyncio.timeout(_LONGEST_S):
                await self.faults()
        except (SourceFailed, TimeoutError):
            return
        finally:
            self._looked_at = asyncio.get_running_loop().time()
        if self.drift.state != before and (before, self.drift.state) != ("UNKNOWN", "SAME"):
            # Column names stay out of the log; `gateway department check` and `sources` tell them to who may know.
            _log.warning(
                "source_drift",
                department=self.department,
                source=self.place.name,
                state=self.drift.state,
                differences=len(self.drift.differences),
            )

    def _note(self, now: Outline, faults: tuple[Fault, ...]) -> None:
        if self._first is None and not faults:
            self._first = now
        found = tuple(fault.text for fault in faults) if self._first is None else differences(self._first, now)
        since = (self.drift.since or datetime.now(UTC)) if found else None
        self.drift = Drift(self.place.name, digest(now), found, not faults, since)
