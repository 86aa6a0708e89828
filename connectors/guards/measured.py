"""What operators see of each source: how long, how it ended, how full it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from connectors.contract import Connector
from connectors.guards.guard import Guard
from exchange.person import PersonId
from exchange.records import Delivered, Givens, Outcome, Unavailable, Wanted

_SOURCE = ("department", "source")


class Measures:
    """By department and source name ("" where it has one only); nothing of people, questions or addresses."""

    def __init__(self, registry: CollectorRegistry) -> None:
        ended = (*_SOURCE, "outcome")
        self.seconds = Histogram("gateway_source_seconds", "Time of a source", ended, registry=registry)
        self.outcomes = Counter("gateway_source_outcomes", "Outcomes of a source", ended, registry=registry)
        self.invalid = Counter(
            "gateway_source_invalid_values", "Values that did not fit the standard", _SOURCE, registry=registry
        )
        self.gauges = {
            name: Gauge(f"gateway_source_{name}", text, _SOURCE, registry=registry)
            for name, text in (
                ("running", "Asks at the source now"),
                ("waiting", "Asks that wait for a place now"),
                ("breaker_open", "1 while the source is left alone"),
                ("connections", "Connections that are open now"),
                ("retries", "Second tries since the start"),
            )
        }

    def watch(self, name: str, department: str, source: str, read: Callable[[], float]) -> None:
        """The gauge of this name is read whenever the measures are."""
        self.gauges[name].labels(department, source).set_function(read)


class Measured(Guard):
    def __init__(self, inner: Connector, measures: Measures, source: str) -> None:
        super().__init__(inner)
        self._measures = measures
        self._names = (inner.department, source)
        self._ended: dict[str, tuple[Counter, Histogram]] = {}
        """By outcome; a measure is looked up by its labels once."""

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        started, outcome = monotonic(), "FAILED"
        try:
            found = await self._inner.fetch(wanted, people, given, deadline)
            outcome = found.why if isinstance(found, Unavailable) else "DELIVERED"
            if isinstance(found, Delivered) and found.invalid:
                self._measures.invalid.labels(*self._names).inc(found.invalid)
            return found
        finally:
            if outcome not in self._ended:
                names = (*self._names, outcome)
                self._ended[outcome] = (self._measures.outcomes.labels(*names), self._measures.seconds.labels(*names))
            outcomes, seconds = self._ended[outcome]
            outcomes.inc()
            seconds.observe(monotonic() - started)


def measured(inner: Connector, measures: Measures, source: str = "") -> Connector:
    return Measured(inner, measures, source)
