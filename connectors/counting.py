"""Counting what sources hold, in guards of its own: a count that is slow or fails holds up no ask about a person."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from connectors.contract import Connector
from connectors.guards import at_most, breaker, deadline, maintenance, settled
from connectors.kinds import KINDS
from connectors.place import SourcePlace
from exchange.holding import Holding
from exchange.person import PersonId
from exchange.records import Delivered, Findings, Givens, Outcome, Unavailable, Wanted

Wishes = Mapping[str, tuple[str, ...]]
"""Record type → items that are counted."""
Holdings = Mapping[str, "Holding | Unavailable"]
"""By record type."""
UNSOUND = "UNSOUND"
"""What the source says cannot be a count."""
NOT_COUNTED = "NOT_COUNTED"
"""The source answers about persons only, or several hold the same facts: a sum of theirs would count people twice."""


@runtime_checkable
class Counts(Protocol):
    """A source that can count without giving rows."""

    async def holdings(self, wishes: Wishes, deadline: float) -> Mapping[str, Holding] | Unavailable:
        """Of all these record types, or Unavailable; `deadline` in the event loop's time. Never raises for what a
        source does."""
        ...


class Counted:
    """One source, to be counted one record type at a time, one count at a time."""

    def __init__(self, source: Connector, place: SourcePlace) -> None:
        self.place = place
        self._can = isinstance(source, Counts) and KINDS[place.kind].counts
        own = place.guards
        inner = at_most(1, breaker(_Once(source), own.failures, own.rest_s), own.queue)
        self._guarded = settled(maintenance(deadline(inner, own.deadline_s), own.maintenance))

    async def holdings(self, wishes: Wishes, deadline_: float) -> Holdings:
        found: dict[str, Holding | Unavailable] = {}
        for record, items in wishes.items():
            if not self._can:
                found[record] = Unavailable(datetime.now(UTC), NOT_COUNTED)
                continue
            given: dict[str, object] = {"record": record, "items": items}
            outcome = await self._guarded.fetch((), (), given, deadline_)
            counted = given.get("holding")
            found[record] = outcome if isinstance(outcome, Unavailable) else counted  # type: ignore[assignment]
        return found


class _Once:
    """The count of one record type in the shape of an ask about nobody, so that the guards hold for it too."""

    def __init__(self, source: Connector) -> None:
        self.department = source.department
        self._source = source

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        record, items = str(given["record"]), given["items"]
        found = await self._source.holdings({record: items}, deadline)  # type: ignore[attr-defined]
        if isinstance(found, Unavailable):
            return found
        holding: Holding = found[record]  # type: ignore[index]
        if not holding.sound:
            return Unavailable(datetime.now(UTC), UNSOUND)
        given["holding"] = holding  # type: ignore[index]
        return Delivered({})

    async def check(self) -> Findings:
        return await self._source.check()

    async def close(self) -> None:
        """The source is closed by whom it belongs to."""


async def counted(sources: Sequence[Counted], wishes: Wishes, deadline_: float) -> Holdings:
    """Of one department: each source counts what it alone holds."""
    holders = {record: [each for each in sources if record in each.place.records] for record in wishes}
    several = {record: Unavailable(datetime.now(UTC), NOT_COUNTED) for record, each in holders.items() if len(each) > 1}
    alone = [
        (source, {record: wishes[record] for record, each in holders.items() if each == [source]}) for source in sources
    ]
    found = await asyncio.gather(*(source.holdings(own, deadline_) for source, own in alone if own))
    return {**several, **{record: holding for each in found for record, holding in each.items()}}
