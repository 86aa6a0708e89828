"""What a mapping reads of its drops: the columns that are loaded at all, and those by which rows are found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa

from connectors.fragment import with_keys
from connectors.place import PersonKey, Place, RecordPlace, SourcePlace
from connectors.sql.source import cleaned, key18
from connectors.sql.sqlite_dialect import SQLITE

_STRING = re.compile(r"'(?:[^']|'')*'")
_WORD = re.compile(r'"((?:[^"]|"")+)"|([^\W\d][\w$#]*)')
_EVERYTHING = re.compile(r"(?:\b(?:SELECT|DISTINCT|ALL)\s+|[.,]\s*)\*", re.IGNORECASE)
_JOINED = re.compile(r"[\w$]+\.([\w$]+)\s*=\s*[\w$]+\.([\w$]+)")


class Reads:
    def __init__(self, place: SourcePlace) -> None:
        self._records = tuple(place.records.values())

    def of(self, drop: str) -> Iterator[RecordPlace]:
        """The record types that read this drop."""
        for record in self._records:
            if record.select is None:
                if (record.table or "").lower() == drop.lower():
                    yield record
            elif drop.lower() in _words(record.select):
                yield record

    def needs(self, drop: str, column: str) -> bool:
        """Whether a record type reads a column of this name in this drop."""
        return any(column.lower() in _columns(record) or _all(record) for record in self.of(drop))

    def indexes(self, drop: str, columns: Iterable[str]) -> list[str]:
        """SQL of each expression by which the compiled statements find rows of this drop."""
        actual = {column.lower(): f'"{column}"' for column in columns}
        found: list[str] = []
        for record in self.of(drop):
            found += _keys(record, actual) if record.select is None else _inside(record, record.select, actual)
        return list(dict.fromkeys(found))

    def key_columns(self, drop: str, columns: Iterable[str]) -> list[str]:
        """The columns that hold id numbers."""
        actual = {column.lower(): column for column in columns}
        keys = [record.person_key.column for record in self.of(drop) if record.select is None]
        return list(dict.fromkeys(actual[key.lower()] for key in keys if key and key.lower() in actual))


def _keys(record: RecordPlace, actual: Mapping[str, str]) -> Iterator[str]:
    key = record.person_key
    if key.column is not None and (column := actual.get(key.column.lower())):
        yield _written(column, key)
    elif key.expression is not None:
        yield _written(f"({key.expression})", key)


def _written(raw: str, key: PersonKey) -> str:
    """As `Source.person` has it: SQLite uses an index for the same expression only."""
    text = sa.literal_column(raw, sa.Text)
    return SQLITE.inline(cleaned(SQLITE.readable(text), key.clean, SQLITE) if key.clean else text)


def _inside(record: RecordPlace, select: str, actual: Mapping[str, str]) -> Iterator[str]:
    """Keys in the 18-character form, the column named as the person key is, and both sides of a join."""
    keyed: list[str] = []
    with_keys(select, lambda column: keyed.append(column) or "")
    for name in keyed:
        if column := actual.get(name.rpartition(".")[2].lower()):
            yield key18(column, record.person_key.clean, SQLITE)
    joined = [name for pair in _JOINED.findall(select) for name in pair]
    for name in (record.person_key.column or "", *joined):
        if column := actual.get(name.lower()):
            yield column


def _columns(record: RecordPlace) -> frozenset[str]:
    if record.select is not None:
        return _words(record.select)
    places: list[Place] = [*record.items.values(), record.record_key]
    places += [record.as_of] if record.as_of else []
    columns = [*(place.column for place in places), record.person_key.column, *record.distinct]
    columns += [*record.record_key.joined, *(column for column, _ in record.order_by)]
    named = frozenset(column.lower() for column in columns if column)
    fragments = [*(place.expression for place in places), record.person_key.expression, record.where]
    return named.union(*(_words(text) for text in fragments if text))


def _words(text: str) -> frozenset[str]:
    """Every name in a piece of SQL, lower case; what stands in a string is none."""
    bare = _STRING.sub(" ", text.replace("{key:", "{"))
    return frozenset((quoted or word).lower() for quoted, word in _WORD.findall(bare))


def _all(record: RecordPlace) -> bool:
    return record.select is not None and bool(_EVERYTHING.search(_STRING.sub(" ", record.select)))
