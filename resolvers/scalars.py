"""Scalars. They never raise on input: a resolver refuses, with a stable code and without the input in it."""

from __future__ import annotations

from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

IdNumber = NewType("IdNumber", str)
Money = NewType("Money", str)
Count = NewType("Count", str)
Day = NewType("Day", str)
Month = NewType("Month", str)
Instant = NewType("Instant", str)
JSON = NewType("JSON", object)

_GB11643 = "https://openstd.samr.gov.cn/bzgk/gb/newGbInfo?hcno=080D6FBF2BB468F9007657F26D60013E"
_EDTF = "https://www.loc.gov/standards/datetime/"
_INTERVAL = "https://www.iso.org/standard/64973.html"
_RFC3339 = "https://www.rfc-editor.org/rfc/rfc3339"
_ECMA404 = "https://ecma-international.org/publications-and-standards/standards/ecma-404/"
_ISO_MONTH = "https://www.iso.org/iso-8601-date-and-time-format.html"


def _as_given(value: object) -> object:
    return value


def _scalar(name: str, url: str, description: str) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, specified_by_url=url, description=description, serialize=_as_given, parse_value=_as_given
    )


SCALARS: dict[object, ScalarDefinition] = {
    IdNumber: _scalar(
        "IdNumber", _GB11643, "Citizen identification number (GB 11643): 18 characters, or the old form of 15 digits."
    ),
    Money: _scalar(
        "Money",
        _INTERVAL,
        'An amount in yuan: an exact decimal, `"12500.00"`, or where it is BANDED a half-open interval, '
        '`"[10000,50000)"`, which no number parser accepts.',
    ),
    Count: _scalar(
        "Count", _INTERVAL, 'A count: a whole number, `"7"`, or where it is BANDED a half-open interval, `"[4,∞)"`.'
    ),
    Day: _scalar(
        "Day", _EDTF, 'A day: ISO 8601, `"2024-05-17"`, or where it is BANDED EDTF, `"2024-05-XX"` or `"2024-XX-XX"`.'
    ),
    Instant: _scalar("Instant", _RFC3339, 'A moment with its zone: `"2026-11-24T06:00:00Z"`.'),
    JSON: _scalar("JSON", _ECMA404, "Any value of JSON."),
    Month: _scalar("Month", _ISO_MONTH, 'A month: `"2024-05"`.'),
}


def as_day(text: str | None) -> Day | None:
    return None if text is None else Day(text)
