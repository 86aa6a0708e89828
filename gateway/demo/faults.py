"""Faults that the demo shows on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.contract import Connector
from exchange.person import PersonId
from exchange.records import Findings, Givens, Outcome, Unavailable, Wanted


class SourceDownFor:
    """A department that cannot be reached whenever one of `people` is asked about, and works for all others."""

    def __init__(self, inner: Connector, people: frozenset[PersonId]) -> None:
        self._inner = inner
        self._people = people
        self._since = datetime.now(UTC)
        self.department = inner.department

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        if not self._people.isdisjoint(people):
            return Unavailable(self._since, "UNREACHABLE")
        return await self._inner.fetch(wanted, people, given, deadline)

    async def check(self) -> Findings:
        return await self._inner.check()

    async def close(self) -> None:
        await self._inner.close()
