"""The one shape of all guards."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.contract import Connector
from exchange.person import PersonId
from exchange.records import Findings, Givens, Outcome, Wanted


class Guard:
    """Passes everything through; a guard changes `fetch`."""

    def __init__(self, inner: Connector) -> None:
        self.department = inner.department
        self._inner = inner

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        return await self._inner.fetch(wanted, people, given, deadline)

    async def check(self) -> Findings:
        return await self._inner.check()

    async def close(self) -> None:
        await self._inner.close()
