"""The usual spellings of a source's values, read in little time; any other text is left to the definition.

INVARIANT: whatever is read here, `connectors.sql.decode.definition` reads the same (tests compare them).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TypeAlias

from connectors.dates import formats_of
from connectors.lengths import characters, digits
from connectors.place import Place
from connectors.sql.conditions import NATIVE_BOOLEANS
from exchange.catalogue import Catalogue, Item, Kind
from exchange.records import Value

Decode: TypeAlias = Callable[[str | None], Value]

_DAYS = {"YYYYMMDD": 8, "YYYY-MM-DD": 10}
_MONTHS = {"YYYYMM": 6, "YYYY-MM": 7}


def quick(place: Place, item: Item | None, catalogue: Catalogue, whole: Decode) -> Decode | None:
    """None: this place has no usual spelling. `whole`: the definition."""
    if place.value is not None:
        return _table([place.value], whole)
    match place.kind:
        case Kind.BOOLEAN:
            return _table(place.values or NATIVE_BOOLEANS, whole)
        case Kind.CODE if place.values:
            return _table(place.values, whole)
        case Kind.CODE if item and item.code_list:
            return _table(catalogue.code_lists[item.code_list].values, whole)
        case Kind.STRING if place.values:
            return _table(place.values, whole)
        case Kind.STRING:
            return _string(item, whole)
        case Kind.DATE:
            return _day(place, whole)
        case Kind.YEAR_MONTH:
            return _month(place, whole)
        case Kind.DECIMAL if "amount" not in place.clean and place.unit in ("fen", "yuan"):
            return (_fen if place.unit == "fen" else _yuan)(digits(item), whole)
        case Kind.INTEGER:
            return _integer(digits(item), whole)
        case _:
            return None


def _table(texts: object, whole: Decode) -> Decode:
    """Of texts that the standard or the mapping names: each is read once."""
    known: dict[str | None, Value] = {str(text): whole(str(text)) for text in texts}  # type: ignore[attr-defined]
    find = known.get

    def read(text: str | None) -> Value:
        found = find(text)
        return found if found is not None or text is None else whole(text)

    return read


def _string(item: Item | None, whole: Decode) -> Decode:
    search = re.compile(item.pattern).search if item and item.pattern else None
    least, most = characters(item)

    def read(text: str | None) -> Value:
        if text is None:
            return None
        if least <= len(text) <= most and text.isprintable() and (search is None or search(text)):
            return text
        return whole(text)

    return read


def _day(place: Place, whole: Decode) -> Decode | None:
    width = _DAYS.get(_written(place))
    if width is None:
        return None
    digits = width == 8
    of = date.fromisoformat

    def read(text: str | None) -> Value:
        if text is None:
            return None
        if len(text) == width and text.isascii():
            try:
                if digits and text.isdigit():
                    return of(text).isoformat()
                if not digits and text[4] == text[7] == "-":
                    of(text)
                    return text
            except ValueError:
                pass
        return whole(text)

    return read


def _month(place: Place, whole: Decode) -> Decode | None:
    width = _MONTHS.get(_written(place))
    if width is None:
        return None
    dash = "-" if width == 7 else ""

    def read(text: str | None) -> Value:
        if text is None:
            return None
        year, month = text[:4], text[-2:]
        plain = len(text) == width and text.isascii() and year.isdigit() and month.isdigit()
        if plain and text[4:-2] == dash and "01" <= month <= "12" and year != "0000":
            return f"{year}-{month}"
        return whole(text)

    return read


def _written(place: Place) -> str:
    """How the first of the place's formats is written, as one writes it on paper."""
    shape = formats_of(place.formats, place.kind is Kind.YEAR_MONTH)[0]
    return "".join(part.letter.upper() * part.width if part.letter else part.literal for part in shape.parts)


def _fen(most: int, whole: Decode) -> Decode:
    most = min(most, 15)

    def read(text: str | None) -> Value:
        if text is None:
            return None
        if not (text.isdigit() and text.isascii() and len(text) <= most):
            return whole(text)
        amount, fen = divmod(int(text), 100)
        if not fen:
            return str(amount)
        return f"{amount}.{fen:02}" if fen % 10 else f"{amount}.{fen // 10}"

    return read


def _yuan(most: int, whole: Decode) -> Decode:
    most = min(most, 15)

    def read(text: str | None) -> Value:
        if text is None:
            return None
        amount, point, fraction = text.partition(".")
        if not (amount.isdigit() and text.isascii() and len(amount) <= most):
            return whole(text)
        if point:
            if not fraction.isdigit() or len(fraction) > 4:
                return whole(text)
            fraction = fraction.rstrip("0")
        amount = str(int(amount))
        return f"{amount}.{fraction}" if fraction else amount

    return read


def _integer(most: int, whole: Decode) -> Decode:
    most = min(most, 15)

    def read(text: str | None) -> Value:
        if text is None:
            return None
        return int(text) if text.isdigit() and text.isascii() and len(text) <= most else whole(text)

    return read
