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
from connectors.counting import Counted, counted
from connectors.drift import Drift, Watched
from connectors.faults import Fault, MappingFaulty
from connectors.guards import Measures, Shared, guarded
from connectors.kinds import KINDS, opened
from connectors.mapping import read_all
from connectors.merged import Merged
from connectors.plan import Plan
from connectors.recorder import Watches
from connectors.share import indivisible, share
from connectors.sql.runner import SourceFailed
from connectors.windows import open_at
from exchange.catalogue import Catalogue
from exchange.holding import Holding
from exchange.person import PersonId
from exchange.records import Delivered, Findings, Givens, Outcome, Unavailable, Wanted

_START_S = 10.0
"""What inspecting one source may take at the start; one that hangs does not hold it up."""

Wrap = Callable[[Connector], Connector]


@dataclass(frozen=True, slots=True)
class SourceState:
    department: str
    state: str
    """`DELIVERED`, or the code of an Unavailable (of one of its sources), or `UNKNOWN` before the first ask."""
    since: datetime
    as_of: str | None = None
    """The latest day that the source vouched for."""
    shapes: tuple[Drift, ...] = ()
    """One for each of its sources."""


class Directory:
    """Use `Directory.open`, or give connectors by hand."""

    def __init__(
        self, connectors: Mapping[str, Connector], sources: Mapping[str, Sequence[Watched]] | None = None
    ) -> None:
        self._connectors = dict(connectors)
        self._sources = dict(sources or {})
        self._counts = {
            code: tuple(Counted(source, source.place) for source in each) for code, each in self._sources.items()
        }
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
        workers: int = 1,
    ) -> Directory:
        """Reads all mappings and checks them against their databases. Of `workers` processes each takes its share of
        what a source bears at once.

        Raises MappingFaulty with every fault of all departments. A source that cannot be reached does not stop the
        start: it is Unavailable until it answers, and is checked by each fetch's own statement.
        """
        mappings, faults = read_all(folder, catalogue, environ, today)
        faults = (*faults, *indivisible(mappings, workers))
        sources = {
            code: tuple(
                Watched(opened(share(place, workers), catalogue, recorder), share(place, workers))
                for place in mapping.sources
                if place.url and place.kind in KINDS
            )
            for code, mapping in mappings.items()
        }
        every = [source for each in sources.values() for source in each]
        found = await asyncio.gather(*map(_faults, every))
        faults = (*faults, *(fault for each in found for fault in each))
        if faults:
            await asyncio.gather(*(source.close() for source in every))
            raise MappingFaulty(faults)
        registry = registry or CollectorRegistry()
        measures = Measures(registry)
        drifts = Gauge(
            "gateway_source_drift",
            "Differences of a source's shape from that at start",
            ["department"],
            registry=registry,
        )
        for code, each in sources.items():
            drifts.labels(code).set_function(lambda each=each: sum(len(one.drift.differences) for one in each))
        connectors = {
            code: _wrapped(
                Shared(Merged(code, catalogue, [(s.place, guarded(s, s.place, measures)) for s in sources[code]])),
                wrap,
            )
            for code in catalogue.departments
            if sources.get(code)
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
        asked: dict[str, asyncio.Future[Outcome]] = {}
        for code, questions in wanted.items():
            connector = self._connectors.get(code)
            if isinstance(connector, Shared):
                asked[code] = connector.begun(questions, people, given, deadline)
            elif connector is not None:
                asked[code] = asyncio.ensure_future(connector.fetch(questions, people, given, deadline))
        found: dict[str, Outcome] = {}
        try:
            for code in wanted:
                if code in asked:
                    found[code] = await asked[code]
                    self._note(code, found[code])
                else:
                    found[code] = Unavailable(self._opened, "UNREACHABLE")
        finally:
            for each in asked.values():
                each.cancel()  # of an ask that has gone; what is answered stays
        return found

    def _note(self, code: str, outcome: Outcome) -> None:
        before = self._states[code]
        if isinstance(outcome, Delivered):
            nothing_new = outcome.as_of is None or (before.as_of is not None and outcome.as_of <= before.as_of)
            if before.state == "DELIVERED" and nothing_new and not outcome.parts:
                return
            since = before.since if before.state == "DELIVERED" else datetime.now(UTC)
            as_of = max((day for day in (before.as_of, outcome.as_of) if day), default=None)
            silent = next((part.unavailable for part in outcome.parts if part.unavailable), None)
            told = (silent.why, silent.since) if silent else ("DELIVERED", since)
            self._states[code] = SourceState(code, *told, as_of)
        else:
            self._states[code] = SourceState(code, outcome.why, outcome.since, before.as_of)

    async def holdings(
        self, wishes: Mapping[str, tuple[str, ...]], deadline: float
    ) -> dict[str, Holding | Unavailable]:
        """What the departments hold of these record types, counted by themselves; a type that nobody holds is not in
        it. `deadline` in the event loop's time."""
        by_department: dict[str, dict[str, tuple[str, ...]]] = {}
        for record, items in wishes.items():
            by_department.setdefault(record[:3], {})[record] = items
        found = await asyncio.gather(
            *(counted(self._counts.get(code, ()), own, deadline) for code, own in by_department.items())
        )
        return {record: holding for each in found for record, holding in each.items()}

    async def plan(self, wanted: Mapping[str, tuple[Wanted, ...]]) -> dict[str, Plan]:
        """What each source would be asked, `PBC`, or `HRS.pension` where a department has several; runs nothing but the
        inspection. Raises SourceFailed."""
        plans: dict[str, Plan] = {}
        for code, questions in wanted.items():
            for source in self._sources.get(code, ()):
                own = tuple(each for each in questions if each.record in source.place.records)
                if own or not source.place.name:
                    name = f"{code}.{source.place.name}" if source.place.name else code
                    plans[name] = await source.plan(own if source.place.name else questions)
        return plans

    def states(self) -> list[SourceState]:
        return [
            replace(state, shapes=tuple(source.drift for source in self._sources.get(code, ())))
            for code, state in self._states.items()
        ]

    @asynccontextmanager
    async def watching(self, every_s: float) -> AsyncIterator[None]:
        """Meanwhile the shape of each source is looked at about every `every_s` seconds."""
        tasks = [asyncio.create_task(source.watch(every_s)) for each in self._sources.values() for source in each]
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


async def _faults(source: Watched) -> tuple[Fault, ...]:
    if open_at(source.place.guards.maintenance, datetime.now(UTC)):
        return ()
    try:
        async with asyncio.timeout(_START_S):
            return await source.faults()
    except (SourceFailed, TimeoutError):
        return ()


def _wrapped(connector: Connector, wrap: Wrap | None) -> Connector:
    return wrap(connector) if wrap else connector
