"""Textual dates and months of a source: `strptime` patterns, so that SQL and Python read alike.

A pattern is one or more formats of fixed width: `%Y/%-m/%-d` (`2024/1/5`, `2024/10/15`) is four of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

FOLLOWS = r"[-T ][0-9][^BZz+:]*(:[^BZz+-]*)?([+]08(:?00)?)?"
"""What may follow a day: a time of day in the city's own zone. Z or another offset may put it on another day."""
_FOLLOWS = re.compile(FOLLOWS, re.DOTALL)
_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}


@dataclass(frozen=True, slots=True)
class Part:
    start: int
    """From 0."""
    width: int
    letter: str
    """`Y m d H M S`, or "" for a literal."""
    literal: str = ""


@dataclass(frozen=True, slots=True)
class DateFormat:
    parts: tuple[Part, ...]
    width: int
    open_ended: bool = False
    """Whether more may follow: the time of day of a TIMESTAMP, in the city's zone, and no `BC`, as PostgreSQL writes
    years before 1."""

    def part(self, letter: str) -> Part | None:
        return next((part for part in self.parts if part.letter == letter), None)

    def read(self, text: str) -> str | None:
        """`YYYY-MM-DD`, or `YYYY-MM` where the format has no day; None if the text does not fit."""
        rest = text[self.width :]
        if len(text) < self.width or (rest and not (self.open_ended and _FOLLOWS.fullmatch(rest))):
            return None
        found: dict[str, int] = {}
        for part in self.parts:
            piece = text[part.start : part.start + part.width]
            if not part.letter:
                if piece != part.literal:
                    return None
            elif piece.isascii() and piece.isdigit():
                found[part.letter] = int(piece)
            else:
                return None
        try:
            day = date(found["Y"], found["m"], found.get("d", 1))
        except ValueError:
            return None
        return day.isoformat() if "d" in found else day.isoformat()[:7]


@lru_cache(maxsize=256)
def date_formats(pattern: str, open_ended: bool = False) -> tuple[DateFormat, ...]:
    """The widths in which a pattern may be written: one, unless it has a `%-m` or the like, of one digit or two.

    Raises ValueError unless the pattern is made of %Y %m %d %H %M %S, the last five also as %-m, and plain characters,
    with year and month, and says where a part of one digit or two ends.
    """
    tokens = _tokens(pattern)
    written: list[tuple[Part, ...]] = [()]
    for at, (letter, literal) in enumerate(tokens):
        plain = letter.removeprefix("-")
        if letter != plain and at + 1 < len(tokens) and (tokens[at + 1][0] or tokens[at + 1][1].isdigit()):
            raise ValueError(pattern)
        widths = (1, 2) if letter != plain else (_WIDTHS.get(plain, 1),)
        written = [(*parts, Part(_end(parts), width, plain, literal)) for parts in written for width in widths]
    letters = [part.letter for part in written[0] if part.letter]
    if not {"Y", "m"} <= set(letters) or len(set(letters)) < len(letters):
        raise ValueError(pattern)
    return tuple(DateFormat(parts, _end(parts), open_ended) for parts in written)


def date_format(pattern: str) -> DateFormat:
    """Raises ValueError as `date_formats` does, and where the pattern has more than one width."""
    found = date_formats(pattern)
    if len(found) != 1:
        raise ValueError(pattern)
    return found[0]


def _tokens(pattern: str) -> list[tuple[str, str]]:
    """Letters (`m`, or `-m`) and literals, one of the two each time."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(pattern):
        if pattern[at] != "%":
            tokens.append(("", pattern[at]))
            at += 1
            continue
        letter = pattern[at + 1 : at + 3] if pattern[at + 1 : at + 2] == "-" else pattern[at + 1 : at + 2]
        if letter.removeprefix("-") not in _WIDTHS or letter == "-Y":
            raise ValueError(pattern)
        tokens.append((letter, ""))
        at += 1 + len(letter)
    return tokens


def _end(parts: tuple[Part, ...]) -> int:
    return parts[-1].start + parts[-1].width if parts else 0


def formats_of(patterns: tuple[str, ...], month: bool) -> tuple[DateFormat, ...]:
    """The formats of a place; without patterns those of real DATE and TIMESTAMP columns and of ISO text."""
    if patterns:
        return tuple(each for pattern in patterns for each in date_formats(pattern))
    return date_formats("%Y-%m" if month else "%Y-%m-%d", open_ended=True)
