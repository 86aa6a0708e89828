"""The outline of a source: the columns that its mapping reads, with their types, and a digest of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from connectors.place import RecordPlace, SourcePlace
from connectors.sql.shape import Columns, Shape

Outline: TypeAlias = Mapping[str, Mapping[str, str]]
"""Table (or `PBC02 (SELECT)`) → column → type, in the words of the mapping; what the source lacks is not there."""

_WORD = re.compile(r"[^\W\d][\w$#]*")


def outline(place: SourcePlace, shape: Shape) -> Outline:
    found: dict[str, dict[str, str]] = {}
    for record in place.records.values():
        if record.select is None:
            name, columns = record.table or "", shape.tables.get((record.table or "").lower())
        else:
            name, columns = f"{record.record} (SELECT)", shape.selects.get(record.record)
        if columns is not None:
            found.setdefault(name, {}).update(_read(record, columns))
        if record.record in shape.broken:
            found.setdefault(name, {})[f"'{shape.broken[record.record]}'"] = "refused by the source"
        for inside in record.reads:
            table, _, column = inside.rpartition(".")
            if (within := shape.tables.get(table.lower())) and (actual := within.actual(column)):
                found.setdefault(table, {})[column] = within.types[actual]
    return found


def _read(place: RecordPlace, columns: Columns) -> Iterator[tuple[str, str]]:
    for name in _named(place):
        actual = columns.actual(name)
        if actual is not None:
            yield name, columns.types[actual] or "any"


def _named(place: RecordPlace) -> Iterator[str]:
    """Every word of the mapping that may be a column of this record's rows."""
    places = [*place.items.values(), place.record_key, *([place.as_of] if place.as_of else [])]
    names = [each.column for each in places] + [place.person_key.column, *place.record_key.joined, *place.distinct]
    yield from (name for name in names if name)
    yield from (column for column, _ in place.order_by)
    fragments = [place.where, place.person_key.expression, *(each.expression for each in places)]
    for fragment in fragments:
        yield from _WORD.findall(fragment or "")


def digest(found: Outline) -> str:
    """16 hexadecimal digits; equal for equal outlines, whatever the order of tables and columns."""
    return hashlib.sha256(json.dumps(found, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def differences(before: Outline, now: Outline) -> tuple[str, ...]:
    """`LN_ACCT.LN_BAL: numeric → text`, `LN_ACCT.X: gone`, `LN_ACCT.Y: new`, `LN_ACCT: gone`."""
    return tuple(_differences(before, now))


def _differences(before: Outline, now: Outline) -> Iterator[str]:
    for table in sorted(before.keys() | now.keys()):
        old, new = before.get(table, {}), now.get(table, {})
        if old and not new:
            yield f"{table}: gone"
            continue
        for column in sorted(old.keys() | new.keys()):
            if column not in new:
                yield f"{table}.{column}: gone"
            elif column not in old:
                yield f"{table}.{column}: new, {new[column]}"
            elif old[column] != new[column]:
                yield f"{table}.{column}: {old[column]} → {new[column]}"
