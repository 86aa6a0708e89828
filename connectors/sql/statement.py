"""Compiles the questions to one department into one statement: a row for each person, a slot for each question.

INVARIANT: the SELECT list of a slot holds released columns only (and the as-of day); key, clock, row-condition and
order columns stand in WHERE and ORDER BY, and the record key enters a slot as its place in a given list, never itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from connectors.encoding import INVALID
from connectors.forms import form_of
from connectors.place import Form, Place, SourcePlace
from connectors.plan import Plan, Read
from connectors.sql.conditions import Bind, Conditions
from connectors.sql.decode import Decode, decoder
from connectors.sql.dialect import Asked, Dialect, Expression, constant
from connectors.sql.shape import Shape
from connectors.sql.source import Source
from connectors.sql.usual import Column
from connectors.sql.usual import column as column_reader
from exchange.catalogue import Catalogue
from exchange.condition import ALWAYS, Condition, Given, items_of
from exchange.person import PersonId
from exchange.records import Givens, Wanted

MOST_ROWS = 2000
"""For each person and question, whatever was asked."""
SALT = "salt"
"""The Given that salts identities, new for each fetch."""


@dataclass(frozen=True, slots=True)
class Slot:
    """How one question's answer stands in a row of the statement's result."""

    exists: bool
    column: int | None
    """Place in the result row; None = the record type is not held: absent."""
    decoders: tuple[Decode | None, ...] = ()
    """For each wanted column, in order; None = not held."""
    as_of: Decode | None = None
    marks: bool = False
    identity: bool = False
    """Whether the digest of the row's identity comes last."""
    columns: tuple[Column, ...] | None = None
    """What reads whole columns at once, where every wanted one is held."""
    days: Column | None = None
    """The same for `as_of`."""
    width: int = 1
    """How many texts a row has."""


@dataclass(frozen=True, slots=True)
class Statement:
    text: str
    template: tuple[object, ...]
    """The binds' values in order, as far as they are the same for every ask …"""
    open: tuple[tuple[int, str], ...]
    """… and place and name of the others."""
    binds: Mapping[str, Bind]
    forms: tuple[Form, ...]
    slots: tuple[Slot, ...]
    plan: Plan

    def values(self, people: Sequence[PersonId], given: Givens, dialect: Dialect) -> list[object]:
        """The binds' values, in order. Raises KeyError where `given` lacks what a condition names."""
        found = dialect.people_binds([[form_of(form, person) for person in people] for form in self.forms])
        for name, bind in self.binds.items():
            found[name] = _bound(bind, given[bind.given], dialect)
        values = list(self.template)
        for place, name in self.open:
            values[place] = found.get(name)
        return values


def _bound(bind: Bind, value: Any, dialect: Dialect) -> object:
    if bind.how == "places" and not value:
        return None  # nothing has a place in no list, and most asks bring no dispute
    if bind.how in ("list", "places"):
        return dialect.list_bind([str(each) for each in value or ()])
    if value is None:
        return None
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text[:7] if bind.how == "month" else text[:10] if bind.how == "day" else text


def compile_statement(
    wanted: tuple[Wanted, ...], department: SourcePlace, catalogue: Catalogue, shape: Shape, dialect: Dialect
) -> Statement:
    """Raises LookupError where the database no longer has what the mapping names."""
    held = [department.records[each.record] for each in wanted if each.record in department.records]
    forms = tuple(dict.fromkeys(form for place in held for form in place.person_key.forms))
    binds: dict[str, Bind] = {}
    slots: list[Slot] = []
    reads: list[Read] = []
    asked: list[Asked] = []
    for each in wanted:
        if each.record not in department.records:
            slots.append(Slot(each.exists, None))
            continue
        source = Source(department.records[each.record], shape, dialect)
        question = _Question(each, source, Conditions(source, binds), catalogue)
        asked.append(question.asked(tuple(map(forms.index, source.place.person_key.forms))))
        slots.append(question.slot(len(asked)))
        reads.append(question.read())
    if not asked:
        return Statement("", (), (), {}, (), tuple(slots), Plan(department.department, "", ()))
    text, order, constants = dialect.render(dialect.statement(len(forms), asked))
    plan = Plan(department.department, text, tuple(reads))
    template = tuple(constants.get(name) for name in order)
    open_ = tuple((place, name) for place, name in enumerate(order) if name in binds or constants.get(name) is None)
    return Statement(text, template, open_, binds, forms, tuple(slots), plan)


class _Question:
    """One Wanted over its source."""

    def __init__(self, wanted: Wanted, source: Source, conditions: Conditions, catalogue: Catalogue) -> None:
        self._wanted = wanted
        self._source = source
        self._conditions = conditions
        self._catalogue = catalogue
        self._places = [source.place.items.get(column.item) for column in wanted.columns]

    def asked(self, forms: tuple[int, ...]) -> Asked:
        source, place = self._source, self._source.place
        *newest, last = self._order()
        order = [(by, True) for by in newest]
        if not place.many and place.order_by:
            order = [(source.column(column), greatest) for column, greatest in place.order_by]
        where = sa.and_(source.own_condition, self._conditions.where(self._wanted.rows))
        type_, collation = source.person_type
        return Asked(
            source=source.rows,
            person=source.person(),
            type=type_,
            collation=collation,
            forms=forms,
            where=where,
            columns=() if self._wanted.exists else tuple(self._columns()),
            values=sum(place is not None for place in self._places),
            order=(*order, (last, False)),
            groups=None if self._wanted.exists else self._groups(),
            most=self._most(),
        )

    def slot(self, column: int) -> Slot:
        record = self._catalogue.records[self._wanted.record]
        decoders = tuple(
            decoder(place, record.items[column.item], self._catalogue) if place else None
            for column, place in zip(self._wanted.columns, self._places, strict=True)
        )
        as_of = None if self._wanted.exists else self._source.place.as_of
        day = as_of and decoder(as_of, None, self._catalogue)
        return Slot(
            self._wanted.exists,
            column,
            decoders,
            day,
            self._wanted.marks,
            self._identified,
            self._whole(decoders),
            column_reader(as_of, None, day) if as_of and day else None,
            # A row without values is told by a text that says nothing.
            sum(map(bool, decoders)) + bool(as_of) + self._wanted.marks + self._identified or 1,
        )

    def _whole(self, decoders: Sequence[Decode | None]) -> tuple[Column, ...] | None:
        items = self._catalogue.records[self._wanted.record].items
        found = [
            column_reader(place, items[column.item], decode)
            for column, place, decode in zip(self._wanted.columns, self._places, decoders, strict=True)
            if place and decode
        ]
        return tuple(found) if len(found) == len(decoders) else None

    def read(self) -> Read:
        place = self._source.place
        returned = [found.reads for found in self._places if found]
        if place.as_of and not self._wanted.exists:
            returned.append(place.as_of.reads)
        named = set(items_of(self._wanted.rows)) | {self._wanted.order or ""}
        named |= {item for column in self._wanted.columns for item in items_of(column.when)}
        conditions = [place.person_key.column or place.person_key.expression or "", place.record_key.reads]
        conditions += [place.items[name].reads for name in sorted(named) if name in place.items]
        conditions += [place.items[name].reads for name in place.same_by if self._identified]
        conditions += [place.where] if place.where else []
        conditions += [*place.distinct, *(column for column, _ in place.order_by)]
        source = "SELECT" if place.select is not None else place.table or ""
        within = tuple(dict.fromkeys(conditions))
        return Read(place.record, source, self._wanted.exists, tuple(returned), within, place.reads)

    def _most(self) -> int:
        most = MOST_ROWS if self._wanted.first is None else min(self._wanted.first, MOST_ROWS)
        return most if self._source.place.many else min(most, 1)

    def _columns(self) -> list[Expression]:
        columns = [
            self._value(place, column.when)
            for place, column in zip(self._places, self._wanted.columns, strict=True)
            if place
        ]
        if self._source.place.as_of:
            columns.append(self._source.text(self._source.place.as_of))
        if self._wanted.marks:
            bind = self._conditions.bind(Given(f"disputed:{self._wanted.record}"), "places")
            columns.append(sa.cast(self._source.dialect.place(self._source.key(), bind), sa.Text))
        if self._identified:
            columns.append(self._identity())
        return columns or [sa.cast(sa.literal_column("'1'"), sa.Text)]

    @property
    def _identified(self) -> bool:
        """Whether rows of other sources may tell the same fact. Where a person has one record, all of them do."""
        return self._source.place.merged and self._source.place.many and not self._wanted.exists

    def _identity(self) -> Expression:
        """A digest salted for the one fetch, so that what identifies the fact does not leave as such."""
        place = self._source.place
        parts = [self._conditions.standard(place.items[name]) for name in place.same_by] or [self._source.key()]
        salt = sa.bindparam(self._conditions.bind(Given(SALT), "text"), type_=sa.Text, required=False)
        whole: Expression = sa.cast(salt, sa.Text)
        for part in parts:
            whole = whole.concat(constant("/")).concat(sa.func.replace(part, constant("/"), constant("//")))
        unreadable = [part == constant(INVALID) for part in parts]
        # Two facts that cannot be read are not therefore one.
        return sa.case((sa.or_(*unreadable), sa.null()), else_=self._source.dialect.digest(whole))

    def _value(self, place: Place, when: Condition) -> Expression:
        text = self._source.text(place)
        return text if when == ALWAYS else sa.case((self._conditions.where(when), text), else_=sa.null())

    def _order(self) -> list[Expression]:
        """Newest first by these, then by the last."""
        place = self._source.place.items.get(self._wanted.order or "")
        by = [self._source.sortable(place)] if place else []
        return [*by, self._source.dialect.binary(self._source.key())]

    def _groups(self) -> tuple[Expression, ...] | None:
        """By what rows are folded to one record; None: one row is one record."""
        place = self._source.place
        if not place.many:
            return None if place.order_by else ()
        return tuple(map(self._source.folded, place.distinct)) or None
