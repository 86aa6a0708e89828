"""All departments behind their connectors, each in its guards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge

from connectors.contract import Connector
from connectors.drift import Drift, Watched
from connectors.faults import Fault, MappingFaulty
from connectors.guards import Measures, guarded
from connectors.kinds import KINDS, Source, opened
from connectors.mapping import read_all
from connectors.place import SourcePlace
from connectors.plan import Plan
from connectors.recorder import Watches
from connectors.sql.runner import SourceFailed
from connectors.windows import open_at
from exchange.catalogue import Catalogue
from exchange.person import PersonId
from exchange.records import Delivered, Findings, Givens, Outcome, Unavailable, Wanted

_START_S = 10.0
"""What inspecting one source may take at the start; one that hangs does not hold it up."""

Wrap = Callable[[Connector], Connector]


@dataclass(frozen=True, slots=True)
class SourceState:
    department: str
    state: str
    """`DELIVERED`, or the code of an Unavailable, or `UNKNOWN` before the first ask."""
    since: datetime
    as_of: str | None = None
    """The latest day that the source vouched for."""
    shapes: tuple[Drift, ...] = ()
    """One for each of its sources."""


class Directory:
    """Use `Directory.open`, or give connectors by hand."""

    def __init__(self, connectors: Mapping[str, Connector], sources: Mapping[str, Watched] | None = None) -> None:
        self._connectors = dict(connectors)
        self._sources = dict(sources or {})
        self._opened = datetime.now(UTC)
        self._states = {code: SourceState(code, "UNKNOWN", self._opened) for code in self._connectors}

    @classmethod
    async def open(
        cls,
        folder: Path,
        catalogue: Catalogue,
        environ: Mapping[str, str],
        today: date,
        wrap: Wrap | None = None,
        recorder: Watches | None = None,
        registry: CollectorRegistry | None = None,
    ) -> Directory:
        """Reads all mappings and checks them against their databases.

        Raises MappingFaulty with every fault of all departments. A source that cannot be reached does not stop the
        start: it is Unavailable until it answers, and is checked by each fetch's own statement.
        """
        mappings, faults = read_all(folder, catalogue, environ, today)
        places = {code: place.sources[0] for code, place in mappings.items() if place.sources[0].url}
        sources = {
            code: Watched(opened(place, catalogue, recorder), place)
            for code, place in places.items()
            if place.kind in KINDS
        }
        found = await asyncio.gather(*(_faults(source, places[code]) for code, source in sources.items()))
        faults = (*faults, *(fault for each in found for fault in each))
        if faults:
            await asyncio.gather(*(source.close() for source in sources.values()))
            raise MappingFaulty(faults)
        registry = registry or CollectorRegistry()
        measures = Measures(registry)
        drifts = Gauge(
            "gateway_source_drift",
            "Differences of a source's shape from that at start",
            ["department"],
            registry=registry,
        )
        for code, source in sources.items():
            drifts.labels(code).set_function(lambda source=source: len(source.drift.differences))
        connectors = {
            code: _wrapped(sources[code], places[code], wrap, measures)
            for code in catalogue.departments
            if code in sources
        }
        return cls(connectors, sources)

    @property
    def departments(self) -> tuple[str, ...]:
        return tuple(self._connectors)

    async def fetch(
        self,
        wanted: Mapping[str, tuple[Wanted, ...]],
        people: Sequence[PersonId],
        given: Givens,
        deadline: float,
    ) -> dict[str, Outcome]:
        """All departments at once; `deadline` in the event loop's time. A department without a connector is
        Unavailable."""
        outcomes = await asyncio.gather(
            *(self._fetch(code, questions, people, given, deadline) for code, questions in wanted.items())
        )
        return dict(zip(wanted, outcomes, strict=True))

    async def _fetch(
        self, code: str, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        connector = self._connectors.get(code)
        if connector is None:
            return Unavailable(self._opened, "UNREACHABLE")
        outcome = await connector.fetch(wanted, people, given, deadline)
        self._note(code, outcome)
        return outcome

    def _note(self, code: str, outcome: Outcome) -> None:
        before = self._states[code]
        if isinstance(outcome, Delivered):
            since = before.since if before.state == "DELIVERED" else datetime.now(UTC)
            as_of = max((day for day in (before.as_of, outcome.as_of) if day), default=None)
            self._states[code] = SourceState(code, "DELIVERED", since, as_of)
        else:
            self._states[code] = SourceState(code, outcome.why, outcome.since, before.as_of)

    async def plan(self, wanted: Mapping[str, tuple[Wanted, ...]]) -> dict[str, Plan]:
        """What each department on SQL would be asked; runs nothing but the inspection. Raises SourceFailed."""
        return {code: await self._sources[code].plan(each) for code, each in wanted.items() if code in self._sources}

    def states(self) -> list[SourceState]:
        return [
            replace(state, shapes=(self._sources[code].drift,)) if code in self._sources else state
            for code, state in self._states.items()
        ]

    @asynccontextmanager
    async def watching(self, every_s: float) -> AsyncIterator[None]:
        """Meanwhile the shape of each source is looked at about every `every_s` seconds."""
        tasks = [asyncio.create_task(source.watch(every_s)) for source in self._sources.values()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def check(self) -> list[Findings]:
        return list(await asyncio.gather(*(connector.check() for connector in self._connectors.values())))

    async def close(self) -> None:
        await asyncio.gather(*(connector.close() for connector in self._connectors.values()))


async def _faults(source: Source, place: SourcePlace) -> tuple[Fault, ...]:
    if open_at(place.guards.maintenance, datetime.now(UTC)):
        return ()
    try:
        async with asyncio.timeout(_START_S):
            return await source.faults()
    except (SourceFailed, TimeoutError):
        return ()


def _wrapped(source: Source, place: SourcePlace, wrap: Wrap | None, measures: Measures) -> Connector:
    connector = guarded(source, place, measures)
    return wrap(connector) if wrap else connector
