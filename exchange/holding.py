"""What a department holds of a record type, as counts: people, records, and how many have each basic item.

Every published count is the ten below. A count is told anew only when ten people or records have come or gone since it
was told last: who asks before and after one came, is told the same. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.catalogue import Catalogue
from exchange.statistics import GROUPS, LEAST

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


@dataclass(frozen=True, slots=True)
class Told:
    """What may leave of a holding; None where it is small."""

    people: int | None = None
    """To the ten below."""
    records: int | None = None
    completeness: Mapping[str, str] = field(default_factory=dict)
    """Basic item → per cent of the records that have it, `[80,85)`; none where there are fewer than 200."""


def told(holding: Holding) -> Told:
    if holding.small:
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
    """Which of the two is told from now on. What became small is hidden at once, what was small is told at once;
    between two large ones there must be ten people or ten records."""
    if before is None or before.small or now.small:
        return now
    moved = max(abs(before.people - now.people), abs(before.records - now.records))
    return now if moved >= LEAST else before


def wanted(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Record type → its basic items, as far as the matrix opens them to statistics."""
    found = {}
    for code, record in catalogue.records.items():
        items = [item for item in record.items.values() if item.group in GROUPS]
        if items:
            found[code] = tuple(item.name for item in items if item.basic)
    return found
