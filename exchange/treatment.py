"""What each treatment makes of each kind of item: the one place where MASKED and BANDED get their meaning.

Sources: JR/T 0171-2020 annex A for the masks' practice; the bands are this project's own. A released value of reduced
precision is a text that no parser takes for a number or a day.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from exchange.catalogue import CodeList, Item, Kind
from exchange.decision import Treatment
from exchange.digests import Digests
from exchange.mask import MASKS
from exchange.records import Bad, Conflict, Value

_AMOUNTS = (0, 1, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000)
_EDGES: Mapping[str, tuple[int, ...]] = {
    "amount": _AMOUNTS,
    "months24": (0, 1, 12, 18, 24, 25),
    "count": (0, 1, 2, 4),
}
"""Lower edges of half-open intervals; the last edge of `months24` closes it, the others are open upwards."""

BANDS: Mapping[str, Kind] = {
    "amount": Kind.DECIMAL,
    "months24": Kind.INTEGER,
    "count": Kind.INTEGER,
    "month": Kind.DATE,
    "year": Kind.DATE,
}
"""Band → the kind of item that it is for."""

_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-[0-9]{2}")
_SCALE = re.compile(r"n\.\.\d+,(\d+)")
_OPEN_CODE_SENSITIVITY = 2


@dataclass(frozen=True, slots=True)
class Masker:
    """What masks need to know of the requester: pseudonyms are stable for one organisation and differ between two."""

    digests: Digests
    organisation: str
    institution: str | None = None
    """The requester's own institution or provider code: it stays readable."""
    code_lists: Mapping[str, CodeList] = field(default_factory=dict)

    def pseudonym(self, value: str) -> str:
        return self.digests.pseudonym(self.organisation, value)

    def districts(self) -> tuple[str, ...]:
        """County-level names of the standard, without their remarks."""
        divisions = self.code_lists.get("division_code")
        return tuple(name.partition(" ")[0] for name in divisions.values.values()) if divisions else ()


def effective(item: Item, treatment: Treatment) -> Treatment:
    """The treatment that an item of this kind really gets; what has no meaning is withheld."""
    match treatment, item.kind:
        case ((Treatment.MASKED | Treatment.BANDED), Kind.STRING):
            return Treatment.MASKED if item.mask else Treatment.WITHHELD
        case ((Treatment.MASKED | Treatment.BANDED), (Kind.DECIMAL | Kind.INTEGER | Kind.DATE)):
            return Treatment.BANDED if item.band else Treatment.WITHHELD
        case ((Treatment.MASKED | Treatment.BANDED), Kind.YEAR_MONTH):
            return Treatment.FULL
        case Treatment.BANDED, (Kind.CODE | Kind.BOOLEAN):
            return Treatment.FULL if item.sensitivity <= _OPEN_CODE_SENSITIVITY else Treatment.WITHHELD
        case Treatment.MASKED, (Kind.CODE | Kind.BOOLEAN):
            return Treatment.WITHHELD
        case _:
            return treatment


def apply(item: Item, treatment: Treatment, value: Value, masker: Masker) -> Value:
    """The released form of a value in its canonical form; None, Bad and Conflict stay what they are.

    EXISTS and WITHHELD release no value: None. A value that its mask or band cannot read becomes Bad.VALUE.
    """
    if value is None or isinstance(value, (Bad, Conflict)):
        return value
    release = applier(item, treatment, masker)
    return value if release is None else release(value)


def applier(item: Item, treatment: Treatment, masker: Masker) -> Callable[[Any], Value] | None:
    """What `apply` makes of each value that is neither None nor Bad nor a Conflict; None: it leaves as it is."""
    match effective(item, treatment):
        case Treatment.FULL:
            return _written_out(item)
        case Treatment.MASKED:
            mask = MASKS.get(item.mask or "")
            return lambda value: mask(value, masker) if mask and isinstance(value, str) else Bad.VALUE
        case Treatment.BANDED if item.kind is Kind.DATE:
            return lambda value: _banded_day(item, value)
        case Treatment.BANDED:
            band = item.band or ""
            return lambda value: band_of(band, value)
        case _:
            return lambda _: None


def _written_out(item: Item) -> Callable[[Any], Value] | None:
    """Amounts and counts leave as text, so that a band and a number have one type."""
    if item.kind is Kind.DECIMAL:
        scale = scale_of(item)
        return lambda value: money(value, scale)
    return str if item.kind is Kind.INTEGER else None


def band_of(name: str, number: Value | Decimal) -> str | Bad:
    """The half-open interval `[10000,50000)` that a number falls in; also for totals.

    Bad.VALUE for what is no number, for a count below zero, and for more than 24 months of 24.
    """
    edges = _EDGES.get(name)
    whole = _whole(number)
    if whole is None:
        exact = _exact(number)
        if exact is None:
            return Bad.VALUE
        if exact < 0:
            return "(-∞,0)" if name == "amount" and edges else Bad.VALUE
        whole = int(exact)  # the edges are whole numbers
    if edges is None:
        return Bad.VALUE
    at = bisect_right(edges, whole)
    if at < len(edges):
        return f"[{edges[at - 1]},{edges[at]})"
    return Bad.VALUE if name == "months24" else f"[{edges[-1]},∞)"


def _whole(number: Value | Decimal) -> int | None:
    """Of a number from 0 on in plain writing what stands before the point; None for any other."""
    if type(number) is int:
        return number if number >= 0 else None
    if type(number) is not str or not number.isascii():
        return None
    whole, point, fraction = number.partition(".")
    return int(whole) if whole.isdigit() and (fraction.isdigit() or not point) else None


def money(value: Value | Decimal, scale: int) -> str | Bad:
    """Exact plain decimal text: `scale` digits after the point, or as many as the value needs and then at least two."""
    whole, point, fraction = value.partition(".") if type(value) is str and value.isascii() else ("", "", "")
    usual = whole.isdigit() and (fraction.isdigit() or not point) and (whole[0] != "0" or len(whole) == 1)
    if not usual:
        exact = _exact(value)
        if exact is None:
            return Bad.VALUE
        # Without an exponent, a leading zero, or a sign at zero.
        plain = f"{exact:f}" if exact else f"{exact:f}".removeprefix("-")
        whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    least = 2 if fraction and scale < 2 else scale
    if len(fraction) < least:
        fraction = fraction.ljust(least, "0")
    return f"{whole}.{fraction}" if fraction else whole


def scale_of(item: Item) -> int:
    """Digits after the point that the standard asks for: `n..15,2` → 2."""
    found = _SCALE.fullmatch(item.format or "")
    return int(found[1]) if found else 0


def _exact(number: Value | Decimal) -> Decimal | None:
    match number:
        case Decimal():
            return number if number.is_finite() else None
        case bool():
            return None
        case int():
            return Decimal(number)
        case str() if _DECIMAL.fullmatch(number):
            return Decimal(number)
        case _:
            return None


def _banded_day(item: Item, value: Value) -> str | Bad:
    """EDTF: `2024-05-XX`, or `2024-XX-XX` where only the year may be known."""
    found = _DAY.fullmatch(value) if isinstance(value, str) else None
    if not found:
        return Bad.VALUE
    return f"{found[1]}-XX-XX" if item.band == "year" else f"{found[1]}-{found[2]}-XX"
