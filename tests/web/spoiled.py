"""Hostile texts in the departments' own tables, found through their mapping files: what a clerk, or a thief of a
clerk's password, could have written there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from connectors.place import Place, RecordPlace
from exchange.catalogue import Kind
from tests.acceptance.in_process import CATALOGUE, PLACES

TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><svg onload=alert(1)>",
    "javascript:alert(1)",
    "[a](javascript:alert(1))",
    "\u202egnp.exe\u202c",
    "zero\u200bwidth\ufeff",
    '=HYPERLINK("https://evil.invalid","x")',
    "@SUM(1)*cmd|'/C calc'!A0",
    "https://evil.invalid/x",
)
TYPE = "TEXT'><img src=x onerror=alert(1)>\u202e\u200b"
"""The type that each department's person key has now: a database's own words, which SQLite takes as they are."""


def spoiled(departments: Path, person: str) -> dict[str, set[str]]:
    """Writes the person's rows anew, one for each text (where a person has one row: a text in each column), and gives
    a column another type. Department → items that hold texts now."""
    return {
        code: _spoiled(departments / f"{code.lower()}.db", tuple(place.sources[0].records.values()), person)
        for code, place in PLACES.items()
    }


def _spoiled(file: Path, records: tuple[RecordPlace, ...], person: str) -> set[str]:
    held: set[str] = set()
    with closing(sqlite3.connect(file)) as base, base:
        tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for place in records:
            if place.table in tables:
                held |= set(_rows(base, place, person))
        _retype(base, records[0])
    return held


def _rows(base: sqlite3.Connection, place: RecordPlace, person: str) -> Iterator[str]:
    """One row of somebody is the pattern of the person's own."""
    table, key, own = _quoted(place.table), place.record_key.column, place.person_key.column
    base.row_factory = sqlite3.Row
    found = base.execute(f"SELECT * FROM {table} WHERE {place.where or 'true'}").fetchone()
    if found is None or key is None or own is None:
        return
    texts = {name: each.column for name, each in place.items.items() if each.column and _takes(place.record, each)}
    base.execute(f"DELETE FROM {table} WHERE {_quoted(own)} = ?", (person,))
    for turn in range(len(TEXTS) if place.many else 1):
        row = dict(found) | {own: person, key: f"X{turn}"}
        row |= {column: TEXTS[(at + turn) % len(TEXTS)] for at, column in enumerate(texts.values()) if column != own}
        names = ", ".join(map(_quoted, row))
        base.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    yield from (f"{place.record}.{name}" for name in texts)


def _retype(base: sqlite3.Connection, place: RecordPlace) -> None:
    [version] = base.execute("PRAGMA schema_version").fetchone()
    base.execute("PRAGMA writable_schema = on")
    base.execute(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = ?",
        (
            f"{_quoted(place.person_key.column)} VARCHAR",
            f"{_quoted(place.person_key.column)} {_quoted(TYPE)}",
            place.table,
        ),
    )
    base.execute(f"PRAGMA schema_version = {version + 1}")
    base.execute("PRAGMA writable_schema = off")


def _takes(record: str, place: Place) -> bool:
    """Texts, and the codes of a department that holds no text at all."""
    kinds = {item.kind for each in CATALOGUE.departments[record[:3]].records.values() for item in each.items.values()}
    return place.kind is Kind.STRING or (place.kind is Kind.CODE and Kind.STRING not in kinds)


def _quoted(name: str | None) -> str:
    return '"' + str(name).replace('"', '""') + '"'
