"""A source that fails again and again is left alone for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic

from connectors.contract import Connector
from connectors.guards.guard import Guard
from exchange.person import PersonId
from exchange.records import Givens, Outcome, Unavailable, Wanted


class Breaker(Guard):
    """After `failures` in a row asks nothing for `rest_s`, then lets one ask through to see.

    A failure is an answer Unavailable, an error, or a cancellation at the deadline. BUSY is neither failure nor
    success: a source that says so is not broken, and if it was, one ask at a time goes on to see.
    """

    def __init__(self, inner: Connector, failures: int, rest_s: float, clock: Callable[[], float]) -> None:
        super().__init__(inner)
        self._most = failures
        self._rest_s = rest_s
        self._clock = clock
        self._failed = 0
        self._since = datetime.now(UTC)
        self._retry_at: float | None = None
        self._trying = False

    @property
    def open(self) -> bool:
        """Whether the next ask may not reach the source, unless it is the one let through to see."""
        return self._retry_at is not None

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        trial = self._retry_at is not None
        if self._retry_at is not None:
            left = self._retry_at - self._clock()
            if left > 0 or self._trying:
                return Unavailable(self._since, "BREAKER_OPEN", max(1, round(left)))
            self._trying = True
        try:
            outcome = await self._inner.fetch(wanted, people, given, deadline)
        except asyncio.CancelledError:
            if asyncio.get_running_loop().time() >= deadline:
                self._failure()
            raise
        except Exception:
            self._failure()
            raise
        finally:
            if trial:
                self._trying = False
        if not isinstance(outcome, Unavailable):
            self._failed, self._retry_at = 0, None
        elif outcome.why != "BUSY":
            self._failure()
        return outcome

    def _failure(self) -> None:
        if self._failed == 0:
            self._since = datetime.now(UTC)
        self._failed += 1
        if self._failed >= self._most:
            self._retry_at = self._clock() + self._rest_s


def breaker(
    inner: Connector, failures: int = 5, rest_s: float = 10.0, clock: Callable[[], float] = monotonic
) -> Breaker:
    return Breaker(inner, failures, rest_s, clock)
