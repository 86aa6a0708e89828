"""What a department holds of a record type, as counts: people, records, and how many have each basic item.

Every published count is the ten below, from twenty on. A count stands until ten people have come or gone since it was
taken, also one that is hidden: who asks before and after one came or went is told the same, and a count does not
appear or vanish with the tenth. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from exchange.catalogue import Catalogue
from exchange.statistics import GROUPS, LEAST

_TOLD = 2 * LEAST
"""From so many on a count is told: between one that is told and one that is hidden ten people have come or gone."""
_MOST = 2**53
_STEP = 5
"""Per cent in one band of completeness …"""
_ENOUGH = LEAST * 100 // _STEP
"""… and how many records there must be for a band to be ten of them."""


@dataclass(frozen=True, slots=True)
class Holding:
    """As the department counts, for no answer: `told` makes what may leave."""

    people: int = 0
    records: int = 0
    filled: Mapping[str, int] = field(default_factory=dict)
    """Basic item → records where something is written, whether it fits the standard or not."""

    @property
    def small(self) -> bool:
        return min(self.people, self.records) < LEAST

    @property
    def sound(self) -> bool:
        """Whether it can be a count at all: what a department says is not believed blindly."""
        return 0 <= self.people <= self.records <= _MOST and all(0 <= n <= self.records for n in self.filled.values())


@dataclass(frozen=True, slots=True)
class Told:
    """What may leave of a holding; None where there are fewer than twenty."""

    people: int | None = None
    """To the ten below."""
    records: int | None = None
    completeness: Mapping[str, str] = field(default_factory=dict)
    """Basic item → per cent of the records that have it, `[80,85)`; none where there are fewer than 200."""


def told(holding: Holding) -> Told:
    if min(holding.people, holding.records) < _TOLD:
        return Told()
    enough = holding.records >= _ENOUGH
    return Told(
        holding.people // LEAST * LEAST,
        holding.records // LEAST * LEAST,
        {item: _band(number, holding.records) for item, number in holding.filled.items()} if enough else {},
    )


def _band(part: int, whole: int) -> str:
    """The last band holds all: that nobody lacks an item is not told apart from that few do."""
    low = min(100 - _STEP, 100 * part // whole // _STEP * _STEP)
    return f"[{low},{low + _STEP}{']' if low + _STEP == 100 else ')'}"


def kept(before: Holding | None, now: Holding) -> Holding:
    """What stands from now on. Of a small count not even the number is known: what is hidden already stands as it was.

    Ten records of one person are that person's: records alone are taken anew when as many came or went as ten people
    have on the average, and so is the number of records that have an item."""
    if now.small:
        return before if before and before.people < _TOLD else Holding()
    if before is None or abs(before.people - now.people) >= LEAST:
        return now
    step = LEAST * before.records // before.people if before.people else LEAST
    if abs(before.records - now.records) >= step:
        return replace(now, people=before.people)
    filled = {
        item: number if abs(number - before.filled.get(item, number)) >= step else before.filled.get(item, number)
        for item, number in now.filled.items()
    }
    return replace(before, filled=filled) if now.filled else before


def wanted(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Record type → its basic items, as far as the matrix opens them to statistics."""
    found = {}
    for code, record in catalogue.records.items():
        items = [item for item in record.items.values() if item.group in GROUPS]
        if items:
            found[code] = tuple(item.name for item in items if item.basic)
    return found
