"""Counts what a source holds of a record type: one aggregate statement, and no row of anybody.

INVARIANT: where there are fewer than ten people or records, not even their number leaves the department.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from connectors.encoding import INVALID
from connectors.place import RecordPlace
from connectors.plan import Plan, Read
from connectors.sql.dialect import Dialect, Expression, constant, number
from connectors.sql.shape import Shape
from connectors.sql.source import Source, expanded
from exchange.holding import Holding
from exchange.statistics import LEAST


def compiled(place: RecordPlace, items: Sequence[str], shape: Shape, dialect: Dialect) -> tuple[str, list[Any]]:
    """Text and values: people, records, and for each item the records that have it. Raises LookupError where the
    database no longer has what the mapping names."""
    source = Source(place, shape, dialect)
    person = _person(source)
    columns = [person.label("who"), *(_value(source, name).label(f"i{at}") for at, name in enumerate(items))]
    rows = sa.select(*columns).select_from(source.rows).where(source.own_condition, person.is_not(None))
    groups = [person, *map(source.folded, place.distinct)] if place.distinct or not place.many else []
    if groups:  # rows that are folded are one record
        folded = [person.label("who"), *(sa.func.max(column).label(column.name) for column in columns[1:])]
        rows = sa.select(*folded).select_from(source.rows).where(source.own_condition, person.is_not(None))
        rows = rows.group_by(*groups)
    told = rows.subquery("t")
    people, records = sa.func.count(sa.distinct(told.c.who)), sa.func.count()
    filled = [sa.func.count(told.c[f"i{at}"]) for at in range(len(items))]
    least = number(LEAST)
    statement = sa.select(people, records, *filled).select_from(told).having(sa.and_(people >= least, records >= least))
    text, order, constants = dialect.render(statement)
    return text, [constants[name] for name in order]


def _person(source: Source) -> Expression:
    """Where the source holds both forms of an id number, a person is one in both."""
    person = source.person()
    forms = {form.name for form in source.place.person_key.forms}
    if {"id18", "id15"} <= forms:
        return expanded(source.dialect.readable(person), source.dialect)
    return source.dialect.binary(source.dialect.readable(person))


def _value(source: Source, item: str) -> Expression:
    place = source.place.items.get(item)
    if place is None:
        return sa.cast(sa.null(), sa.Text)
    return sa.func.nullif(source.text(place), constant(INVALID), type_=sa.Text)


def holding(items: Sequence[str], rows: Sequence[Sequence[Any]]) -> Holding:
    """No row: there were too few."""
    if not rows:
        return Holding()
    people, records, *filled = map(int, rows[0])
    return Holding(people, records, dict(zip(items, filled, strict=True)))


def plan_of(department: str, place: RecordPlace, items: Sequence[str], text: str) -> Plan:
    source = "SELECT" if place.select is not None else place.table or ""
    key = place.person_key.column or place.person_key.expression or ""
    counted = [key, *(place.items[name].reads for name in items if name in place.items)]
    returned = tuple(f"count({each})" for each in counted)
    conditions = [key, *([place.where] if place.where else []), *place.distinct]
    return Plan(department, text, (Read(place.record, source, False, returned, tuple(conditions), place.reads),))
