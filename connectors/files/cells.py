"""Cells of files as text: exact where a cell has a text, and marked where it has none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from connectors.encoding import INVALID
from connectors.files.folder import DropRefused
from exchange.retention import CITY_TIME

MOST_COLUMNS = 1000
MOST_CHARACTERS = 65_536
"""Of one value."""

Needed = Callable[[str], bool]
"""Whether the mapping reads a column of this name."""
Cells = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    names: tuple[str, ...]
    """Of the columns that the mapping reads, as the file writes them."""
    rows: Iterator[Cells]
    """Their values, in this order."""


def picked(drop: str, header: Sequence[object], needed: Needed) -> dict[str, int]:
    """The columns that the mapping reads, and where they stand. Raises DropRefused."""
    if len(header) > MOST_COLUMNS:
        raise DropRefused(drop, f"has more than {MOST_COLUMNS} columns")
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = str(cell or "").strip(" \t\ufeff")
        if not name or not needed(name):
            continue
        if name.lower() in {other.lower() for other in found}:
            raise DropRefused(drop, "names a column twice that the mapping reads")
        found[name] = at
    return found


def text_of(value: str | None) -> str | None:
    """A value of the file's own text; an empty one is none."""
    if not value:
        return None
    if value.isascii():
        return INVALID if len(value) > MOST_CHARACTERS or "\0" in value else value
    if len(value) > MOST_CHARACTERS or "\0" in value or "\ufffd" in value or _unpaired(value):
        return INVALID
    return value


def _unpaired(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def cell_text(value: object, encoding: str = "utf-8") -> str | None:
    """A typed cell. Days are ISO, also of a time at midnight; a number is plain, without an exponent."""
    match value:
        case None:
            return None
        case str():
            return text_of(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return plain(repr(value)) if math.isfinite(value) else INVALID
        case Decimal():
            return format(value, "f") if value.is_finite() else INVALID
        case datetime():
            moment = value.astimezone(CITY_TIME).replace(tzinfo=None) if value.tzinfo else value
            return moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case bytes():
            return text_of(value.decode(encoding, "replace"))
        case _:
            return INVALID


def plain(number: str) -> str:
    """A float's text without exponent and without `.0`."""
    text = format(Decimal(number), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
