"""Rows written as they leave: on a plan hit, where of a record nothing but items is asked, nearly all go this way.

INVARIANT: the same values as the assembler's own way, by the same treatments; whatever is not plain, a value that does
not fit or sources that differ, is left to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias

from exchange.catalogue import Item, Kind
from exchange.records import Bad, Row, Rows
from exchange.treatment import Masker, applier
from resolvers.plan import Decisions

Told: TypeAlias = tuple[tuple[str, str, type], ...]
"""Response key, name of the item, and the type of its released value."""
Write: TypeAlias = Callable[[Sequence[Row]], "list[dict[str, Any]] | None"]
"""None: some row is not plain."""


@dataclass(frozen=True, slots=True)
class Written:
    """What needs no completing any more, and the rows that it tells of."""

    value: Any
    rows: Sequence[Row]


def writer(told: Told, columns: Sequence[Item], decisions: Decisions, masker: Masker) -> Write | None:
    """For rows with these columns. None: the types that leave are not those that the answer has."""
    kinds = {item.name: item.kind for item in columns}
    if any(name in kinds and (kinds[name] is Kind.BOOLEAN) is not (expected is bool) for _, name, expected in told):
        return None
    keys = tuple(key for key, _, _ in told)
    places = {item.name: place for place, item in enumerate(columns)}
    changed = tuple(
        (place, release)
        for place, item in enumerate(columns)
        if (release := applier(item, decisions[item.key].treatment, masker)) is not None
    )
    # What is withheld stands after the columns, as null.
    picked = tuple(places.get(name, len(columns)) for _, name, _ in told)
    # One place more than is asked, lest a single one be picked without its tuple.
    pick = itemgetter(*picked, len(columns))

    def written(rows: Sequence[Row]) -> list[dict[str, Any]] | None:
        done: list[dict[str, Any]] = []
        if rows and not isinstance(rows, Rows):
            return None
        for row in rows:
            values: list[Any] = [*row.values, None]
            for place, release in changed:
                value = values[place]
                if value is not None:
                    value = values[place] = release(value)
                    if value is Bad.VALUE:
                        return None
            done.append(dict(zip(keys, pick(values))))  # noqa: B905
        return done

    return written


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
