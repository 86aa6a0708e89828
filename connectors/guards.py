"""Virtues of a connector, each added by wrapping in the same shape: `at_most(8, deadline(breaker(sql)))`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Histogram

from connectors.contract import Connector
from exchange.person import PersonId
from exchange.records import Findings, Givens, Outcome, Unavailable, Wanted


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


class Deadline(Guard):
    """Answers at the deadline even if the source neither answers nor lets itself be cancelled."""

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        left = deadline - asyncio.get_running_loop().time()
        if left <= 0:
            return Unavailable(datetime.now(UTC), "TIMEOUT")
        task = asyncio.ensure_future(self._inner.fetch(wanted, people, given, deadline))
        try:
            done, _ = await asyncio.wait({task}, timeout=left)
        except asyncio.CancelledError:
            _leave(task)
            raise
        if done:
            return task.result()
        _leave(task)
        return Unavailable(datetime.now(UTC), "TIMEOUT")


def _leave(task: asyncio.Future[Outcome]) -> None:
    """Cancels without waiting; what the task still says is heard by nobody."""
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    task.cancel()


class AtMost(Guard):
    """At most `n` asks at once; who waits past the deadline gets TIMEOUT."""

    def __init__(self, n: int, inner: Connector) -> None:
        super().__init__(inner)
        self._places = asyncio.Semaphore(n)

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        try:
            async with asyncio.timeout_at(deadline):
                await self._places.acquire()
        except TimeoutError:
            return Unavailable(datetime.now(UTC), "TIMEOUT")
        try:
            return await self._inner.fetch(wanted, people, given, deadline)
        finally:
            self._places.release()


class Breaker(Guard):
    """After `failures` in a row asks nothing for `rest_s`, then lets one ask through to see.

    A failure is an answer Unavailable, an error, or a cancellation at the deadline.
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
        if isinstance(outcome, Unavailable):
            self._failure()
        else:
            self._failed, self._retry_at = 0, None
        return outcome

    def _failure(self) -> None:
        if self._failed == 0:
            self._since = datetime.now(UTC)
        self._failed += 1
        if self._failed >= self._most:
            self._retry_at = self._clock() + self._rest_s


class Measures:
    """Latency and outcomes by department; nothing of people or questions."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("department", "outcome")
        self.seconds = Histogram("gateway_source_seconds", "Time of a source", labels, registry=registry)
        self.outcomes = Counter("gateway_source_outcomes", "Outcomes of a source", labels, registry=registry)


class Measured(Guard):
    def __init__(self, inner: Connector, measures: Measures) -> None:
        super().__init__(inner)
        self._measures = measures

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        started, outcome = monotonic(), "FAILED"
        try:
            found = await self._inner.fetch(wanted, people, given, deadline)
            outcome = found.why if isinstance(found, Unavailable) else "DELIVERED"
            return found
        finally:
            self._measures.outcomes.labels(self.department, outcome).inc()
            self._measures.seconds.labels(self.department, outcome).observe(monotonic() - started)


def deadline(inner: Connector) -> Connector:
    return Deadline(inner)


def at_most(n: int, inner: Connector) -> Connector:
    return AtMost(n, inner)


def breaker(
    inner: Connector, failures: int = 5, rest_s: float = 10.0, clock: Callable[[], float] = monotonic
) -> Connector:
    return Breaker(inner, failures, rest_s, clock)


def measured(inner: Connector, measures: Measures) -> Connector:
    return Measured(inner, measures)
