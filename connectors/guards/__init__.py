"""Virtues of a connector, each added by wrapping in the same shape; `guarded` gives a source all of them."""

from __future__ import annotations

from connectors.contract import Connector, Pooled
from connectors.guards.at_most import at_most
from connectors.guards.breaker import breaker
from connectors.guards.deadline import deadline
from connectors.guards.guard import Guard
from connectors.guards.maintenance import Clock, maintenance, now
from connectors.guards.measured import Measures, measured
from connectors.guards.retry import retry
from connectors.guards.settled import settled
from connectors.guards.shared import Shared
from connectors.place import SourcePlace

__all__ = [
    "Guard",
    "Measures",
    "Shared",
    "at_most",
    "breaker",
    "deadline",
    "guarded",
    "maintenance",
    "measured",
    "retry",
    "settled",
]


def guarded(source: Connector, place: SourcePlace, measures: Measures, clock: Clock = now) -> Connector:
    """All guards in their order, as the mapping file sets them. Read from the inside out.

    The deadline stands around the queue: waiting counts. Retry stands around the breaker: each try counts, and an open
    breaker ends the trying.
    """
    own = place.guards
    broken = breaker(source, own.failures, own.rest_s)
    tried = retry(broken, own.retries)
    queued = at_most(own.at_once, tried, own.queue)
    named = (place.department, place.name)
    measures.watch("running", *named, lambda: queued.running)
    measures.watch("waiting", *named, lambda: queued.waiting)
    measures.watch("breaker_open", *named, lambda: broken.open)
    measures.watch("retries", *named, lambda: tried.tried_again)
    if isinstance(source, Pooled):
        measures.watch("connections", *named, lambda: source.connections)
    timely = maintenance(deadline(queued, own.deadline_s), own.maintenance, clock)
    return measured(settled(timely), measures, place.name)
