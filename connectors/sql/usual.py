"""The usual spellings of a source's values, read in little time; any other text is left to the definition.

INVARIANT: whatever is read here, `connectors.sql.decode.definition` reads the same (tests compare them).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from connectors.dates import formats_of
from connectors.lengths import characters, digits
from connectors.place import Place
from connectors.sql.conditions import NATIVE_BOOLEANS
from exchange.catalogue import Catalogue, Item, Kind
from exchange.records import Bad, Conflict, Value

Decode: TypeAlias = Callable[[str | None], Value]
Texts: TypeAlias = Sequence["str | None"]
Column: TypeAlias = Callable[[Texts], "Sequence[Value] | None"]
"""A column's texts → its values; None where one of them is Bad or a Conflict."""

_FLAWS = frozenset({Bad, Conflict})
_DAYS: Mapping[str, dict[str | None, str]] = {"YYYYMMDD": {}, "YYYY-MM-DD": {}}
_MONTHS: Mapping[str, dict[str | None, str]] = {"YYYYMM": {}, "YYYY-MM": {}}
"""Days and months that were met already, by how they are written: a calendar has few, and each is read once."""
_SINCE, _UNTIL = "1900", "2101"


def quick(place: Place, item: Item | None, catalogue: Catalogue, whole: Decode) -> Decode | None:
    """None: this place has no usual spelling. `whole`: the definition."""
    if place.value is not None:
        return _Table([place.value], whole)
    match place.kind:
        case Kind.BOOLEAN:
            return _Table(place.values or NATIVE_BOOLEANS, whole)
        case Kind.CODE if place.values:
            return _Table(place.values, whole)
        case Kind.CODE if item and item.code_list:
            return _Table(catalogue.code_lists[item.code_list].values, whole)
        case Kind.STRING if place.values:
            return _Table(place.values, whole)
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


class _Table:
    """Of texts that the standard or the mapping names: each is read once."""

    def __init__(self, texts: Iterable[str], whole: Decode) -> None:
        read = {text: whole(text) for text in texts}
        self.known: dict[str | None, Value] = {text: value for text, value in read.items() if type(value) not in _FLAWS}
        self._whole = whole

    def __call__(self, text: str | None) -> Value:
        found = self.known.get(text)
        return found if found is not None or text is None else self._whole(text)


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
    known = _known(place)
    if known is None:
        return None
    digits = known is _DAYS["YYYYMMDD"]
    of = date.fromisoformat

    def read(text: str | None) -> Value:
        if text is None:
            return None
        if (day := known.get(text)) is not None:
            return day
        if len(text) == (8 if digits else 10) and text.isascii():
            try:
                if text.isdigit() if digits else text[4] == text[7] == "-":
                    day = of(text).isoformat()
                    if _SINCE <= day < _UNTIL:
                        known[text] = day
                    return day
            except ValueError:
                pass
        return whole(text)

    return read


def _month(place: Place, whole: Decode) -> Decode | None:
    known = _known(place)
    if known is None:
        return None
    dash = "-" if known is _MONTHS["YYYY-MM"] else ""
    width = 6 + len(dash)

    def read(text: str | None) -> Value:
        if text is None:
            return None
        if (found := known.get(text)) is not None:
            return found
        year, month = text[:4], text[-2:]
        plain = len(text) == width and text.isascii() and year.isdigit() and month.isdigit()
        if plain and text[4:-2] == dash and "01" <= month <= "12" and year != "0000":
            found = f"{year}-{month}"
            if _SINCE <= found < _UNTIL:
                known[text] = found
            return found
        return whole(text)

    return read


def _known(place: Place) -> dict[str | None, str] | None:
    return (_MONTHS if place.kind is Kind.YEAR_MONTH else _DAYS).get(_written(place))


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


def column(place: Place, item: Item | None, read: Decode) -> Column:
    """The same for a whole column at once: what one look at all of it can tell is not asked of each text."""
    if isinstance(read, _Table):
        return _looked_up(read.known, read)
    if place.value is None and not place.values:
        if place.kind is Kind.STRING and not (item and item.pattern):
            return _strings(*characters(item), read)
        if place.kind in (Kind.DATE, Kind.YEAR_MONTH) and (known := _known(place)) is not None:
            return _looked_up(known, read)
    return lambda texts: _each(texts, read)


def _each(texts: Texts, read: Decode) -> Sequence[Value] | None:
    known = {text: read(text) for text in set(texts)}
    return list(map(known.get, texts)) if _FLAWS.isdisjoint(map(type, known.values())) else None


def _looked_up(known: Mapping[str | None, Value], read: Decode) -> Column:
    def values(texts: Texts) -> Sequence[Value] | None:
        found = list(map(known.get, texts))
        if None in found and found.count(None) > texts.count(None):
            return _each(texts, read)
        return found

    return values


def _strings(least: int, most: int, read: Decode) -> Column:
    def values(texts: Texts) -> Sequence[Value] | None:
        told = [text for text in texts if text is not None]
        lengths = list(map(len, told))
        if told and least <= min(lengths) and max(lengths) <= most and "".join(told).isprintable():
            return texts
        return _each(texts, read)

    return values
