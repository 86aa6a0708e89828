"""Textual dates and months of a source: `strptime` patterns of fixed width, so that SQL and Python read alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

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
    """Whether more may follow (the time of day of a TIMESTAMP)."""

    def part(self, letter: str) -> Part | None:
        return next((part for part in self.parts if part.letter == letter), None)

    def read(self, text: str) -> str | None:
        """`YYYY-MM-DD`, or `YYYY-MM` where the format has no day; None if the text does not fit."""
        if len(text) < self.width or (len(text) > self.width and not (self.open_ended and text[self.width] in " T-")):
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
def date_format(pattern: str, open_ended: bool = False) -> DateFormat:
    """Raises ValueError unless the pattern is made of %Y %m %d %H %M %S and plain characters, with year and month."""
    parts: list[Part] = []
    start = at = 0
    while at < len(pattern):
        if pattern[at] == "%":
            letter = pattern[at + 1 : at + 2]
            if letter not in _WIDTHS or any(part.letter == letter for part in parts):
                raise ValueError(pattern)
            parts.append(Part(start, _WIDTHS[letter], letter))
            at += 2
        else:
            parts.append(Part(start, 1, "", pattern[at]))
            at += 1
        start += parts[-1].width
    if not {"Y", "m"} <= {part.letter for part in parts}:
        raise ValueError(pattern)
    return DateFormat(tuple(parts), start, open_ended)


def formats_of(patterns: tuple[str, ...], month: bool) -> tuple[DateFormat, ...]:
    """The formats of a place; without patterns those of real DATE and TIMESTAMP columns and of ISO text."""
    if patterns:
        return tuple(date_format(pattern) for pattern in patterns)
    return (date_format("%Y-%m" if month else "%Y-%m-%d", open_ended=True),)
