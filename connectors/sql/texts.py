"""The rows that a database wrote, as texts column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

Text: TypeAlias = "str | None"

_BETWEEN = "],["
"""Two rows in a JSON text."""


class RowTexts(NamedTuple):
    """What all people's rows to one question hold."""

    counts: Sequence[int]
    """How many rows each of the people has."""
    columns: Sequence[Sequence[Text]]
    """All their rows; () where there are none."""


def of_rows(people: Sequence[Sequence[Sequence[Text]]]) -> RowTexts:
    """Raises ValueError where rows are of several lengths."""
    return RowTexts(list(map(len, people)), list(zip(*chain.from_iterable(people), strict=True)))


def of_json(cells: Sequence[str], width: int, loads: Callable[[str], Any]) -> RowTexts:
    """Of `[["a",null],["b","c"]]` for each of the people, without blanks between; read as one list.

    Raises ValueError where a cell is damaged.
    """
    counts = [0 if cell == "[]" else cell.count(_BETWEEN) + 1 for cell in cells]
    rows = sum(counts)
    if not rows:
        return RowTexts(counts, ())
    whole = ",".join([cell[1:-1] for cell, count in zip(cells, counts, strict=True) if count])
    flat = loads(whole.replace(_BETWEEN, ","))
    if len(flat) != rows * width:  # the sign stands in a value as well: it was counted, but parts no rows
        return of_rows(list(map(loads, cells)))
    return RowTexts(counts, [flat[place::width] for place in range(width)])
