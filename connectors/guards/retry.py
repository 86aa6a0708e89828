"""A second try for what is safe to try again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from connectors.contract import Connector
from connectors.guards.guard import Guard
from exchange.person import PersonId
from exchange.records import Givens, Outcome, Unavailable, Wanted

_QUICK_S = 0.5
"""A failure that took longer than this is no refused or cut connection; asking again would only double the wait."""
_ENOUGH_S = 0.2
"""With less than this left, a second try could not end before the deadline."""


class Retry(Guard):
    """Asks again where no connection was to be had, or it was cut, and that came fast. Every ask only reads.

    A source that hangs, refuses the statement or changed its shape is not asked twice; nor is one whose breaker has
    opened meanwhile: the first answer stands then.
    """

    def __init__(self, inner: Connector, times: int) -> None:
        super().__init__(inner)
        self._times = times
        self.tried_again = 0

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        clock = asyncio.get_running_loop().time
        began = clock()
        outcome = await self._inner.fetch(wanted, people, given, deadline)
        for _ in range(self._times):
            took, left = clock() - began, deadline - clock()
            if not _cut(outcome) or took > _QUICK_S or left < max(took, _ENOUGH_S):
                break
            began = clock()
            self.tried_again += 1
            again = await self._inner.fetch(wanted, people, given, deadline)
            if isinstance(again, Unavailable) and again.why == "BREAKER_OPEN":
                break
            outcome = again
        return outcome


def _cut(outcome: Outcome) -> bool:
    return isinstance(outcome, Unavailable) and outcome.why == "UNREACHABLE"


def retry(inner: Connector, times: int = 1) -> Retry:
    return Retry(inner, times)
