"""Conditions of the standard as WHERE of one source. Two-valued: each comparison is wrapped against null."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from connectors.encoding import INVALID
from connectors.place import Place
from connectors.sql.dialect import Expression, constant
from connectors.sql.source import Source
from exchange.catalogue import Kind
from exchange.condition import All, Any, Compare, Condition, Given, KeyIn, Missing, Not, OneOf

How = Literal["text", "day", "month", "list", "places"]
_DATES = (Kind.DATE, Kind.YEAR_MONTH)


@dataclass(frozen=True, slots=True)
class Bind:
    """One value that comes with the ask."""

    given: str
    how: How


class Conditions:
    """Turns conditions into SQL over one source; `binds` grows with the values that each ask must bring."""

    def __init__(self, source: Source, binds: dict[str, Bind]) -> None:
        self._source = source
        self._binds = binds

    def bind(self, given: Given, how: How) -> str:
        wanted = Bind(given.name, how)
        name = next((name for name, bind in self._binds.items() if bind == wanted), f"g{len(self._binds)}")
        self._binds[name] = wanted
        return name

    def where(self, condition: Condition) -> Expression:
        match condition:
            case All(parts):
                return sa.and_(sa.true(), *map(self.where, parts))
            case Any(parts):
                return sa.or_(sa.false(), *map(self.where, parts))
            case Not(inner):
                return sa.not_(self.where(inner))
            case KeyIn(keys):
                return _sure(self._source.dialect.among(self._source.key(), self.bind(keys, "list")))
            case Missing(item):
                place = self._source.place.items.get(item)
                return sa.true() if place is None else self._source.text(place).is_(None)
            case OneOf(item, values):
                place = self._source.place.items.get(item)
                return sa.false() if place is None else self._one_of(place, values)
            case Compare(item, operator, value):
                place = self._source.place.items.get(item)
                return sa.false() if place is None else self._compare(place, operator, value)

    def _one_of(self, place: Place, values: tuple[str, ...] | Given) -> Expression:
        if isinstance(values, Given):
            return _sure(self._source.dialect.among(self.standard(place), self.bind(values, "list")))
        if place.kind not in _DATES and (place.values or place.kind is Kind.BOOLEAN):
            return self._back(place, values)
        return _sure(self.standard(place).in_([constant(value) for value in values])) if values else sa.false()

    def _compare(self, place: Place, operator: str, value: str | Given) -> Expression:
        if place.kind in _DATES:
            left = self._source.sortable(place)
            right = self._operand(place, value)
            return _sure({"=": left == right, "<=": left <= right, ">=": left >= right}[operator])
        if operator != "=" or place.kind is Kind.DECIMAL:
            raise ValueError(f"a {place.kind} cannot be compared with {operator}")
        return self._equal(place, value)

    def _operand(self, place: Place, value: str | Given) -> Expression:
        if isinstance(value, str):
            return constant(value)
        how: How = "day" if place.kind is Kind.DATE else "month" if place.kind is Kind.YEAR_MONTH else "text"
        return sa.bindparam(self.bind(value, how), type_=sa.Text, required=False)

    def _equal(self, place: Place, value: str | Given) -> Expression:
        if place.kind in _DATES:
            return _sure(self._source.sortable(place) == self._operand(place, value))
        if isinstance(value, Given) or not (place.values or place.kind is Kind.BOOLEAN):
            return _sure(self.standard(place) == self._operand(place, value))
        return self._back(place, (value,))

    def _back(self, place: Place, values: tuple[str, ...]) -> Expression:
        """Codes of the standard said in the source's own codes; its text is looked at once."""
        text = self._source.text(place)
        codes = _codes(place)
        if place.otherwise in values:
            others = [code for code, standard in codes.items() if standard not in values]
            return sa.and_(text.is_not(None), text.not_in(list(map(constant, (*others, INVALID)))))
        own = [code for code, standard in codes.items() if standard in values]
        return _sure(text.in_(list(map(constant, own)))) if own else sa.false()

    def standard(self, place: Place) -> Expression:
        """The value in words of the standard."""
        text = self._source.text(place)
        if place.kind in _DATES:
            return self._source.sortable(place)
        codes = _codes(place)
        if not codes:
            return text
        otherwise = sa.null() if place.otherwise is None else constant(place.otherwise)
        whens = [(text == constant(own), constant(standard)) for own, standard in codes.items()]
        return sa.case((sa.or_(text.is_(None), text == constant(INVALID)), sa.null()), *whens, else_=otherwise)


NATIVE_BOOLEANS = {"true": "true", "t": "true", "1": "true", "false": "false", "f": "false", "0": "false"}
"""How databases write their own booleans as text."""


def _codes(place: Place) -> dict[str, str]:
    if place.value is None and place.kind is Kind.BOOLEAN and not place.values:
        return NATIVE_BOOLEANS
    return dict(place.values) if place.value is None else {}


def _sure(comparison: Expression) -> Expression:
    return sa.func.coalesce(comparison, sa.false(), type_=sa.Boolean)
