"""The usual spellings of a source's values, read in little time; any other text is left to the definition.

INVARIANT: whatever is read here, `connectors.sql.decode.definition` reads the same (tests compare them).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
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
_DAYS = {"YYYYMMDD": 8, "YYYY-MM-DD": 10}
_MONTHS = {"YYYYMM": 6, "YYYY-MM": 7}
_MONTHS_OF_A_YEAR = frozenset(f"{month:02}" for month in range(1, 13))


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
        self.known: dict[str | None, Value] = {text: whole(text) for text in texts}
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


def column(place: Place, item: Item | None, read: Decode) -> Column:
    """The same for a whole column at once: what one look at all of it can tell is not asked of each text."""
    if isinstance(read, _Table):
        return _entries(read)
    if place.value is None and not place.values:
        if place.kind is Kind.STRING and not (item and item.pattern):
            return _strings(*characters(item), read)
        if place.kind is Kind.DATE and _written(place) in _DAYS:
            return _days(_DAYS[_written(place)], read)
        if place.kind is Kind.YEAR_MONTH and _written(place) == "YYYYMM":
            return lambda texts: _months(texts, read)
    return lambda texts: _each(texts, read)


def _each(texts: Texts, read: Decode) -> Sequence[Value] | None:
    values = list(map(read, texts))
    return values if _FLAWS.isdisjoint(map(type, values)) else None


def _entries(table: _Table) -> Column:
    known, flawed = table.known, not _FLAWS.isdisjoint(map(type, table.known.values()))

    def values(texts: Texts) -> Sequence[Value] | None:
        found = list(map(known.get, texts))
        if flawed or (None in found and found.count(None) > texts.count(None)):
            return _each(texts, table)
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


def _days(width: int, read: Decode) -> Column:
    of, iso = date.fromisoformat, date.isoformat

    def values(texts: Texts) -> Sequence[Value] | None:
        told = [text for text in texts if text is not None]
        whole = "".join(told)
        if set(map(len, told)) != {width} or not whole.isascii():
            return _each(texts, read)
        try:
            if width == 8 and whole.isdigit():
                days = map(iso, map(of, told))
                return list(days) if len(told) == len(texts) else [text and next(days) for text in texts]
            if width == 10 and whole[4::10].strip("-") == whole[7::10].strip("-") == "":
                deque(map(of, told), 0)
                return texts
        except ValueError:
            pass
        return _each(texts, read)

    return values


def _months(texts: Texts, read: Decode) -> Sequence[Value] | None:
    told = [text for text in texts if text is not None]
    whole = "".join(told)
    if set(map(len, told)) == {6} and whole.isascii() and whole.isdigit():
        years, months = {text[:4] for text in told}, {text[4:] for text in told}
        if "0000" not in years and months <= _MONTHS_OF_A_YEAR:
            return [text and f"{text[:4]}-{text[4:]}" for text in texts]
    return _each(texts, read)
