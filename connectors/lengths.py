"""How long a text may be: what an item's format says, and what a source may hold for it before that is no value."""

from __future__ import annotations

import re
from collections.abc import Iterable

from exchange.catalogue import Item, Kind

MOST_CHARACTERS = 4000
"""Of a string whose format names no length."""
_WIDEST = 4
"""Bytes of one character, in UTF-8 as in GB 18030."""
_BLANKS = 1024
"""Bytes of padding around a value; also all that a date, a number or a code may take, however it is written."""
_CHARACTERS = re.compile(r"C\.\.(?P<characters>\d+)|an\.\.(?P<most>\d+)|an(?P<exactly>\d+)")

_DIGITS = re.compile(r"n\.\.(?P<digits>\d+)(,(?P<scale>\d+))?")


def digits(item: Item | None) -> int:
    """Digits of a number before its point, at most."""
    found = _DIGITS.match((item.format if item else None) or "")
    return int(found["digits"]) - int(found["scale"] or 0) if found else 18


def characters(item: Item | None) -> tuple[int, int]:
    """Least and most characters of a string."""
    found = _CHARACTERS.match((item.format if item else None) or "")
    if found is None:
        return 0, MOST_CHARACTERS
    return int(found["exactly"] or 0), int(found["characters"] or found["most"] or found["exactly"])


def longest(kind: Kind, item: Item | None, own: Iterable[str]) -> int:
    """Bytes beyond which what a source holds is no value, whatever it says. `own`: the source's codes for it."""
    most = max(map(len, own), default=0)
    if kind is Kind.STRING:
        most = max(most, characters(item)[1])
    return _BLANKS + _WIDEST * most
