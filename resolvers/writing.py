"""Rows written as they leave: on a plan hit, where of a record nothing but items is asked, nearly all go this way.

INVARIANT: the same values as the assembler's own way, by the same treatments; whatever is not plain, a value that does
not fit or sources that differ, is left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, TypeAlias

from exchange.catalogue import Item, Kind
from exchange.records import Bad, Block, Rows, Table, Value, Write
from exchange.treatment import Masker, applier
from resolvers.plan import Decisions

Told: TypeAlias = tuple[tuple[str, str, type], ...]
"""Response key, name of the item, and the type of its released value."""
Release: TypeAlias = Callable[[Any], Value]


@dataclass(slots=True)
class Written:
    """What needs no completing any more, and the rows that it tells of. Nobody changes one; see `Row`."""

    value: Any
    rows: Rows | None
    """None: there are none."""


def writer(told: Told, columns: Sequence[Item], decisions: Decisions, masker: Masker) -> Write | None:
    """For rows with these columns. None: the types that leave are not those that the answer has."""
    kinds = {item.name: item.kind for item in columns}
    if any(name in kinds and (kinds[name] is Kind.BOOLEAN) is not (expected is bool) for _, name, expected in told):
        return None
    keys = tuple(key for key, _, _ in told)
    places = {item.name: place for place, item in enumerate(columns)}
    releases = [applier(item, decisions[item.key].treatment, masker) for item in columns]
    picked = [places.get(name) for _, name, _ in told]

    def written(block: Block) -> Table | None:
        released: list[Iterable[Value]] = []
        for column, release in zip(block.columns, releases, strict=True):
            values = column if release is None else _released(column, release)
            if values is None:
                return None
            released.append(values)
        # What is withheld stands as null.
        shown = [repeat(None, block.count) if place is None else released[place] for place in picked]
        return [dict(zip(keys, values)) for values in zip(*shown)]  # noqa: B905

    return written


def _released(values: Sequence[Value], release: Release) -> Sequence[Value] | None:
    """None: one of them does not fit its treatment."""
    distinct = set(values)
    distinct.discard(None)
    known: dict[Value, Value] = {value: release(value) for value in distinct}
    if Bad in set(map(type, known.values())):
        return None
    return list(map(known.get, values))


class Writers:
    """Of one plan and one program, for each requester that is released its values in another form."""

    MOST = 64

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str | None], Mapping[int, Write]] = {}

    def of(self, masker: Masker, make: Callable[[], Mapping[int, Write]]) -> Mapping[int, Write]:
        """By place of the records in the plan."""
        key = (masker.organisation, masker.institution)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) == self.MOST:
                self._kept.clear()
            found = self._kept[key] = make()
        return found
