"""One record type's source in SQL: its rows, and the text of each place in them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from connectors.dates import DateFormat, formats_of
from connectors.encoding import INVALID
from connectors.fragment import with_keys, with_names_quoted
from connectors.place import PersonKey, Place, RecordPlace
from connectors.sql.dialect import Dialect, Expression, constant, number, piece
from connectors.sql.shape import Columns, Shape
from exchange.catalogue import Kind

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Source:
    """The rows of one record type under the alias `r`. Raises LookupError for a column that is not there."""

    def __init__(self, place: RecordPlace, shape: Shape, dialect: Dialect) -> None:
        self.place = place
        self.dialect = dialect
        self._names = {} if dialect.name == "sqlite" else shape.names()
        self._columns = _columns(place, shape)

    @cached_property
    def rows(self) -> sa.FromClause:
        if self.place.select is not None:
            text = select_text(self.place, self.dialect, self._names)
            return sa.text(text.replace(":", r"\:")).columns().subquery("r")
        schema, _, name = self._columns.name.rpartition(".")
        return sa.table(name, schema=schema or None).alias("r")

    @cached_property
    def own_condition(self) -> Expression:
        return self.fragment(self.place.where, sa.Boolean()) if self.place.where else sa.true()

    def column(self, name: str) -> Expression:
        actual = self._columns.actual(name)
        if actual is None:
            raise LookupError(name)
        return sa.column(actual, _selectable=self.rows)  # type: ignore[call-arg]

    @property
    def person_type(self) -> tuple[str, str]:
        """Type and collation of a person key that is a bare column; "" where it is not, or has none."""
        key = self.place.person_key
        name = self._columns.actual(key.column) if key.column and not key.clean else None
        return ("", "") if name is None else (self._columns.types[name], self._columns.collations.get(name, ""))

    def fragment(self, text: str, type_: sa.types.TypeEngine[Any] | None = None) -> Expression:
        return sa.literal_column(f"({self.dialect.authored(with_names_quoted(text, self._names))})", type_ or sa.Text())

    def raw(self, place: Place | PersonKey) -> Expression:
        if isinstance(place, Place) and place.value is not None:
            return constant(place.value)
        if place.column is not None:
            column = self.column(place.column)
            return self.dialect.column(column, self._columns.types.get(column.name, ""))
        return self.fragment(place.expression or "NULL")

    def text(self, place: Place) -> Expression:
        """The value as the source writes it, trimmed; null where it means nothing."""
        if place.value is not None:
            return constant(place.value)
        if place.joined:
            return self._joined(place.joined)
        text = self._written(self.raw(place), place.clean, place.longest)
        if place.empty:
            nothing = [constant(each) for each in place.empty]
            is_nothing = text.in_(nothing)
            if place.kind is Kind.DATE and not place.formats:  # a TIMESTAMP column brings its time of day along
                is_nothing = sa.or_(is_nothing, sa.func.substr(text, number(1), number(10)).in_(nothing))
            return sa.case((is_nothing, sa.null()), else_=text)
        return text

    def _written(self, raw: Expression, clean: Sequence[str] = (), longest: int | None = None) -> Expression:
        """INVARIANT: what is longer is measured and never read, cut or cleaned: a part of it could pass for a value."""
        text = self.dialect.readable(raw)
        if longest is not None:
            text = sa.case((self.dialect.octets(raw) > number(longest), constant(INVALID)), else_=text)
        text = cleaned(text, [step for step in clean if step != "trim"], self.dialect, wide=True)
        return sa.func.nullif(self.dialect.trimmed(text), constant(""), type_=sa.Text)

    def _joined(self, columns: Sequence[str]) -> Expression:
        """`A/B`, where `%` and `/` inside a part are written %25 and %2F: no two keys are joined to the same text."""
        parts: list[Expression] = []
        for name in columns:
            part = sa.func.replace(self.folded(name), constant("%"), constant("%25"))
            part = sa.func.replace(part, constant("/"), constant("%2F"))
            parts += [constant("/"), sa.func.coalesce(part, constant(""), type_=sa.Text)]
        joined = parts[1]
        for each in parts[2:]:
            joined = joined.concat(each)
        return joined

    def folded(self, name: str) -> Expression:
        """A column by which rows are the same: blanks around it do not matter."""
        column = self.column(name)
        return self._written(self.dialect.column(column, self._columns.types.get(column.name, "")))

    def sortable(self, place: Place) -> Expression:
        """A date or month as ISO text, null where it does not fit a format."""
        text = self.text(place)
        month = place.kind is Kind.YEAR_MONTH
        formats = [self.dialect.measured(each) for each in formats_of(place.formats, month)]
        whens = [(self.dialect.fits(text, each), _iso(text, each, month)) for each in formats]
        return self.dialect.binary(sa.case(*whens, else_=sa.null()))

    def key(self) -> Expression:
        return self.text(self.place.record_key)

    def person(self) -> Expression:
        """The person key, cleaned where the mapping says so; the bare column (and its index) where not."""
        raw, clean = self.raw(self.place.person_key), self.place.person_key.clean
        return cleaned(self.dialect.readable(raw), clean, self.dialect) if clean else raw


def _columns(place: RecordPlace, shape: Shape) -> Columns:
    found = (
        shape.selects.get(place.record) if place.select is not None else shape.tables.get((place.table or "").lower())
    )
    if found is None:
        raise LookupError(place.table or place.record)
    return found


def _iso(text: Expression, shape: DateFormat, month: bool) -> Expression:
    dash = constant("-")
    iso = piece(text, shape, "Y").concat(dash).concat(piece(text, shape, "m"))
    return iso if month else iso.concat(dash).concat(piece(text, shape, "d"))


def cleaned(text: Expression, steps: Sequence[str], dialect: Dialect, wide: bool = False) -> Expression:
    """`amount` is done where the value is read: amounts are never compared."""
    for step in steps:
        match step:
            case "trim":
                text = dialect.trimmed(text)
            case "halfwidth":
                text = dialect.halfwidth(text, wide)
            case "upper":
                text = dialect.upper(text)
    return text


def select_text(place: RecordPlace, dialect: Dialect, names: dict[str, str]) -> str:
    """The mapping's SELECT with `{key:COLUMN}` written out and names quoted."""
    keyed = with_keys(place.select or "", lambda column: key18(column, place.person_key.clean, dialect))
    return dialect.authored(with_names_quoted(keyed, names))


def key18(column: str, clean: Sequence[str], dialect: Dialect) -> str:
    """SQL for the cleaned 18-character form: 15 digits get their century and check digit (GB 11643)."""
    key = cleaned(sa.literal_column(column, sa.Text), clean, dialect)
    return "(" + dialect.inline(expanded(key, dialect)) + ")"


def expanded(key: Expression, dialect: Dialect) -> Expression:
    """A cleaned key in its 18-character form."""
    body = (
        sa.func.substr(key, number(1), number(6))
        .concat(constant("19"))
        .concat(sa.func.substr(key, number(7), number(9)))
    )
    total = number(0)
    for place, weight in enumerate(_WEIGHTS, start=1):
        total = total + sa.cast(sa.func.substr(body, number(place), number(1)), sa.Integer) * number(weight)
    check = sa.func.substr(constant("10X98765432"), total % number(11) + number(1), number(1))
    return sa.case((dialect.digits(key, 15), body.concat(check)), else_=key)
