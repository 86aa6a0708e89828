"""The connector of a department on SQL."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.faults import Fault
from connectors.place import GuardsPlace, SourcePlace
from connectors.plan import Plan
from connectors.recorder import Watches
from connectors.sql import counts
from connectors.sql.fitting import fit
from connectors.sql.mariadb import MariaDbRunner
from connectors.sql.postgres import PostgresRunner
from connectors.sql.reading import delivered
from connectors.sql.runner import Runner, SourceFailed
from connectors.sql.shape import Shape
from connectors.sql.sqlite import SqliteRunner
from connectors.sql.statement import Statement, compile_statement
from exchange.catalogue import Catalogue
from exchange.holding import Holding
from exchange.person import PersonId
from exchange.records import (
    Findings,
    Givens,
    Outcome,
    Unavailable,
    Wanted,
)

_STATEMENTS = 256
_RUNNERS: Mapping[str, Callable[[str, GuardsPlace, str], Runner]] = {
    "sqlite": SqliteRunner,
    "postgresql": PostgresRunner,
    "mariadb": MariaDbRunner,
    "mysql": MariaDbRunner,
}
"""By the scheme of the url."""
SCHEMES = tuple(_RUNNERS)


def runner_for(place: SourcePlace) -> Runner:
    """`sqlite:///path.db` (or `sqlite:////absolute.db`), `postgresql://…`, and `mariadb://…` or `mysql://…`."""
    return _RUNNERS[place.url.partition(":")[0]](place.url, place.guards, place.encoding)


class Sql:
    """One department. Statements are compiled once for each set of questions; the 256 used last are kept."""

    def __init__(
        self,
        place: SourcePlace,
        catalogue: Catalogue,
        runner: Runner | None = None,
        recorder: Watches | None = None,
    ) -> None:
        self.department = place.department
        self._place = place
        self._catalogue = catalogue
        self._runner = runner or runner_for(place)
        self._recorder = recorder
        self._shape: Shape | None = None
        self._inspecting = asyncio.Lock()
        self._statements: OrderedDict[tuple[Wanted, ...], Statement] = OrderedDict()
        self._failing_since: datetime | None = None

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        people = tuple(dict.fromkeys(people))
        try:
            async with asyncio.timeout_at(deadline):
                statement = await self._statement(wanted)
                rows = await self._run(statement, people, given) if statement.text and people else []
        except TimeoutError:
            return self._unavailable("TIMEOUT")
        except SourceFailed as failed:
            if failed.why == "SHAPE_CHANGED":
                self._forget()
            return self._unavailable(failed.why, failed.retry_after_s)
        except LookupError:
            self._forget()
            return self._unavailable("SHAPE_CHANGED")
        try:
            found = delivered(statement, people, rows, self._runner.dialect)
        except ValueError:
            return self._unavailable("FAILED")
        self._failing_since = None
        return found

    async def holdings(
        self, wishes: Mapping[str, tuple[str, ...]], deadline: float
    ) -> Mapping[str, Holding] | Unavailable:
        """One statement for each record type; see `connectors.counting`."""
        found: dict[str, Holding] = {}
        try:
            async with asyncio.timeout_at(deadline):
                shape = await self._inspected()
                for record, items in wishes.items():
                    place = self._place.records[record]
                    text, values = counts.compiled(place, items, shape, self._runner.dialect)
                    if self._recorder:
                        self._recorder.ran(counts.plan_of(self.department, place, items, text), 0)
                    found[record] = counts.holding(items, await self._runner.run(text, values))
        except TimeoutError:
            return self._unavailable("TIMEOUT")
        except SourceFailed as failed:
            return self._unavailable(failed.why, failed.retry_after_s)
        except LookupError:
            return self._unavailable("SHAPE_CHANGED")
        return found

    @property
    def connections(self) -> int:
        return self._runner.connections

    async def plan(self, wanted: tuple[Wanted, ...]) -> Plan:
        """What the questions read. Raises SourceFailed where the database cannot be inspected."""
        return (await self._statement(wanted)).plan

    async def faults(self) -> tuple[Fault, ...]:
        """Where the mapping does not fit the database. Raises SourceFailed."""
        return fit(self._place, await self._inspected())

    async def shape(self) -> Shape:
        """As it is now. Raises SourceFailed."""
        found = await self._runner.shape(self._place.records.values())
        if found != self._shape:
            self._forget()
            self._shape = found
        return found

    async def check(self) -> Findings:
        self._forget()
        try:
            faults = await self.faults()
        except SourceFailed:
            return Findings(self.department, reachable=False)
        return Findings(self.department, reachable=True, faults=tuple(map(str, faults)))

    async def close(self) -> None:
        await self._runner.close()

    async def _statement(self, wanted: tuple[Wanted, ...]) -> Statement:
        found = self._statements.get(wanted)
        if found is None:
            shape = await self._inspected()
            found = self._compiled(wanted, shape)
            self._statements[wanted] = found
            if len(self._statements) > _STATEMENTS:
                self._statements.popitem(last=False)
        else:
            self._statements.move_to_end(wanted)
        return found

    def _compiled(self, wanted: tuple[Wanted, ...], shape: Shape) -> Statement:
        return compile_statement(wanted, self._place, self._catalogue, shape, self._runner.dialect)

    async def _inspected(self) -> Shape:
        async with self._inspecting:
            if self._shape is None:
                self._shape = await self._runner.shape(self._place.records.values())
            return self._shape

    async def _run(self, statement: Statement, people: tuple[PersonId, ...], given: Givens) -> list[Sequence[Any]]:
        try:
            values = statement.values(people, given, self._runner.dialect)
        except KeyError as missing:
            raise GivenMissing(missing.args[0]) from None
        if self._recorder:
            self._recorder.ran(statement.plan, len(people))
        return await self._ask(statement, people, values)

    async def _ask(
        self, statement: Statement, people: tuple[PersonId, ...], values: list[object]
    ) -> list[Sequence[Any]]:
        """What a kind does otherwise whose rows must be brought first. Raises SourceFailed."""
        return await self._runner.run(statement.text, values)

    def _forget(self) -> None:
        """The next fetch inspects again: a source that changed its shape may have got it back."""
        self._shape = None
        self._statements.clear()

    def _unavailable(self, why: str, retry_after_s: int | None = None) -> Unavailable:
        self._failing_since = self._failing_since or datetime.now(UTC)
        found = Unavailable(self._failing_since, why)
        return found if retry_after_s is None else replace(found, retry_after_s=retry_after_s)


class GivenMissing(Exception):
    """The ask did not bring a value that a condition names; a fault of the caller, not of the department."""
