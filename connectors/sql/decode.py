"""A source's text → the canonical value of the standard, or Bad.VALUE."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from connectors.dates import formats_of
from connectors.encoding import INVALID, halfwidth
from connectors.lengths import characters, digits
from connectors.place import Place
from connectors.sql.conditions import NATIVE_BOOLEANS
from connectors.sql.usual import Decode, quick
from exchange.catalogue import Catalogue, Item, Kind
from exchange.records import Bad, Conflict, Held, Value

CONFLICT = "\x1aconflict"
"""Begins the text of values that differ where one is meant: least and greatest, and a third piece where there is none
in some row. No source's trimmed text begins so, and none that holds the separator is a value of the standard."""
SEPARATOR = "\x1f"

_UNIT = {"fen": Decimal("0.01"), "yuan": Decimal(1), "wan": Decimal(10000)}
_WRITTEN_AMOUNT = re.compile(
    r"(?P<sign>[-+])?\s*(?:¥|RMB|CNY|人民币)?\s*(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(?:元|CNY|RMB)?",
    re.ASCII,
)
"""`¥1,234.50`, `-RMB 12`, `1,234元`. A sign stands in front; a comma stands before three digits."""


def decoder(place: Place, item: Item | None, catalogue: Catalogue) -> Decode:
    """`item` None: a day of provenance, which only has to be a day."""
    whole = definition(place, item, catalogue)
    return quick(place, item, catalogue, whole) or whole


def definition(place: Place, item: Item | None, catalogue: Catalogue) -> Decode:
    """What a text means, however it is written; `quick` reads the usual ones in less time."""
    read = _reader(place, item, catalogue)

    def decode(text: str | None) -> Value:
        if text is None:
            return None
        if text.startswith(CONFLICT):
            return _both(text, read)
        if text == INVALID:
            return Bad.VALUE
        return read(text)

    return decode


def _both(text: str, read: Callable[[str], Value]) -> Value:
    """The values of rows folded to one: one that all mean, or all of them."""
    _, *pieces = text.split(SEPARATOR)
    if len(pieces) not in (2, 3):
        return Bad.VALUE
    values = [Bad.VALUE if each == INVALID else read(each) for each in pieces[:2]]
    if Bad.VALUE in values:
        return Bad.VALUE
    values.sort(key=str)  # databases order texts each in their own way
    found = tuple(dict.fromkeys([*values, None] if len(pieces) == 3 else values))
    return found[0] if len(found) == 1 else Conflict(tuple(map(Held, found)))


def _reader(place: Place, item: Item | None, catalogue: Catalogue) -> Callable[[str], Value]:
    match place.kind:
        case Kind.DATE | Kind.YEAR_MONTH:
            return _dates(place)
        case Kind.DECIMAL:
            return _amount(place, item)
        case Kind.INTEGER:
            return _integer(item)
        case Kind.BOOLEAN:
            return _boolean(place)
        case Kind.CODE:
            codes = catalogue.code_lists[item.code_list].values if item and item.code_list else None
            return _mapped(place, lambda text: text if codes is None or text in codes else Bad.VALUE)
        case _:
            return _mapped(place, _string(item))


def _mapped(place: Place, check: Callable[[str], Value]) -> Callable[[str], Value]:
    if not place.values or place.value is not None:
        return check
    values, otherwise = place.values, place.otherwise
    unknown: Value = Bad.VALUE if otherwise is None else otherwise
    return lambda text: check(values[text]) if text in values else unknown


def _string(item: Item | None) -> Callable[[str], Value]:
    pattern = re.compile(item.pattern) if item and item.pattern else None
    least, most = characters(item)

    def read(text: str) -> Value:
        if not least <= len(text) <= most or (pattern and not pattern.search(text)) or not text.isprintable():
            return Bad.VALUE
        return text

    return read


def _dates(place: Place) -> Callable[[str], Value]:
    month = place.kind is Kind.YEAR_MONTH
    formats = formats_of(place.formats, month)

    def read(text: str) -> Value:
        found = next((day for each in formats if (day := each.read(text))), None)
        if found is None:
            return Bad.VALUE
        return found[:7] if month else found

    return read


def _amount(place: Place, item: Item | None) -> Callable[[str], Value]:
    unit = _UNIT[place.unit] if place.value is None else Decimal(1)
    limit = _limit(item)

    def read(text: str) -> Value:
        number = _number(text if place.value is not None or "amount" not in place.clean else _bare(text))
        if number is None or abs(number) >= limit:
            return Bad.VALUE
        yuan = number * unit
        return plain(yuan) if abs(yuan) < limit else Bad.VALUE

    return read


def _integer(item: Item | None) -> Callable[[str], Value]:
    limit = _limit(item)

    def read(text: str) -> Value:
        number = _number(text)
        if number is None or number != number.to_integral_value() or abs(number) >= limit:
            return Bad.VALUE
        return int(number)

    return read


def _limit(item: Item | None) -> Decimal:
    return Decimal(10) ** digits(item)


def _bare(text: str) -> str:
    """An amount without its currency sign and thousands separators; as it is where they do not stand right."""
    found = _WRITTEN_AMOUNT.fullmatch(halfwidth(text).replace("￥", "¥").upper())
    return (found["sign"] or "") + found["number"].replace(",", "") if found else text


def _number(text: str) -> Decimal | None:
    if len(text) > 40 or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and -20 < number.adjusted() < 20 else None


def plain(number: Decimal) -> str:
    """Plain notation without trailing zeros: `1234.5`, `0`."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text


def _boolean(place: Place) -> Callable[[str], Value]:
    known = {"true": "true", "false": "false"} if place.value is not None else place.values or NATIVE_BOOLEANS
    otherwise = place.otherwise

    def read(text: str) -> Value:
        found = known.get(text, otherwise)
        return Bad.VALUE if found is None else found == "true"

    return read
