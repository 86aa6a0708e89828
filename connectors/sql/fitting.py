"""Whether a mapping fits its database: tables, columns, types, fragments. All faults at once, with their lines."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.encoding import LEGACY
from connectors.faults import Fault
from connectors.place import Place, RecordPlace, SourcePlace
from connectors.sql.shape import Columns, Shape, cannot_hold, cannot_key


def fit(department: SourcePlace, shape: Shape) -> tuple[Fault, ...]:
    return tuple(
        Fault(department.file, line, f"{place.record}: {text}")
        for place in department.records.values()
        for line, text in _faults(place, shape, as_bytes=department.encoding in LEGACY)
    )


def _faults(place: RecordPlace, shape: Shape, *, as_bytes: bool) -> Iterator[tuple[int, str]]:
    if place.record in shape.broken:
        yield place.line, f"the database does not accept the SQL of '{shape.broken[place.record]}'"
    columns = shape.selects.get(place.record) if place.select else shape.tables.get((place.table or "").lower())
    if columns is None:
        if place.select is None:
            yield place.line, f"the database has no table or view {place.table}"
        return
    for name, each in _places(place):
        if each.column is not None:
            yield from _column(name, each, columns, as_bytes=as_bytes)
    key = columns.actual(place.person_key.column or "")
    if key is not None and cannot_key(columns.types[key]):
        told = f"column {place.person_key.column} is {columns.types[key]}, which cannot be compared with an id number"
        yield place.person_key.line, f"{told}; write an 'expression' that is text"
    names = [place.person_key.column, *place.record_key.joined, *place.distinct, *(by for by, _ in place.order_by)]
    for name in names:
        if name is not None and columns.actual(name) is None:
            yield place.line, f"the source has no column {name}"
    for name in place.reads:
        table, _, column = name.rpartition(".")
        within = shape.tables.get(table.lower())
        if within is None or within.actual(column) is None:
            yield place.line, "'reads' names a TABLE.COLUMN that the source does not have"


def _column(name: str, each: Place, columns: Columns, *, as_bytes: bool) -> Iterator[tuple[int, str]]:
    actual = columns.actual(each.column or "")
    if actual is None:
        yield each.line, f"the source has no column {each.column} (for {name})"
    elif cannot_hold(columns.types[actual], each.kind, each.formats, as_bytes=as_bytes):
        yield each.line, f"column {each.column} is {columns.types[actual]}, which cannot hold {name} ({each.kind})"


def _places(place: RecordPlace) -> Iterator[tuple[str, Place]]:
    yield from place.items.items()
    yield "record_key", place.record_key
    if place.as_of:
        yield "as_of", place.as_of
