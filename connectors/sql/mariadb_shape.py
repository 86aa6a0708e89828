"""What a MariaDB database really has, and whether it accepts a mapping's own SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asyncmy.connection import Connection
from asyncmy.errors import MySQLError

from connectors.place import RecordPlace
from connectors.sql.mariadb_dialect import MariaDb
from connectors.sql.shape import Columns, Shape, names_of
from connectors.sql.source import select_text
from connectors.sql.trial import trial_fragments, trial_source

_COLUMNS = """
SELECT table_schema, table_name, column_name, lower(data_type), coalesce(collation_name, ''), table_schema = database()
FROM information_schema.columns
WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
ORDER BY table_schema, table_name, ordinal_position
"""
# fmt: off
_TYPES = {
    0: "decimal", 1: "tinyint", 2: "smallint", 3: "int", 4: "float", 5: "double", 7: "timestamp", 8: "bigint",
    9: "mediumint", 10: "date", 11: "time", 12: "datetime", 13: "year", 14: "date", 16: "bit", 246: "decimal",
}
# fmt: on
"""Of the protocol. What is not here is text, or bytes."""


async def inspect(connection: Connection, places: tuple[RecordPlace, ...], dialect: MariaDb) -> Shape:
    found: dict[tuple[str, str, bool], tuple[dict[str, str], dict[str, str]]] = {}
    rows, _ = await _asked(connection, _COLUMNS)
    for schema, table, column, declared, collation, visible in rows:
        types, collations = found.setdefault((schema, table, bool(visible)), ({}, {}))
        types[column] = declared
        if collation:
            collations[column] = collation
    tables: dict[str, Columns] = {}
    for (schema, table, visible), columns in found.items():
        tables[f"{schema}.{table}".lower()] = Columns(f"{schema}.{table}", *columns)
        if visible:
            tables[table.lower()] = Columns(table, *columns)
    names = names_of(tables.values())
    selects: dict[str, Columns] = {}
    broken: dict[str, str] = {}
    for place in places:
        held = tables.get((place.table or "").lower())
        if place.select is not None:
            try:
                selects[place.record] = await _select(connection, place, names, dialect)
            except MySQLError:
                broken[place.record] = "from"
                continue
        elif held is None:
            continue
        table = ".".join(f'"{part}"' for part in held.name.split(".")) if held else ""
        for name, _, text in trial_fragments(place, table, names, dialect):
            try:
                await _asked(connection, text)
            except MySQLError:
                broken.setdefault(place.record, name)
    return Shape(tables, selects, broken)


async def _select(connection: Connection, place: RecordPlace, names: dict[str, str], dialect: MariaDb) -> Columns:
    _, description = await _asked(connection, trial_source(place, names, dialect))
    types = {column[0]: _TYPES.get(column[1], "") for column in description}
    texts = [name for name, declared in types.items() if not declared]
    if not texts:
        return Columns(place.record, types)
    asked = ", ".join('collation(max(r."{}"))'.format(name.replace('"', '""')) for name in texts)
    source = select_text(place, dialect, names)
    (row,), _ = await _asked(connection, f"SELECT {asked} FROM ({source}) AS r WHERE FALSE")  # noqa: S608
    collations = dict(zip(texts, row, strict=True))
    return Columns(place.record, types, {name: each for name, each in collations.items() if each and each != "binary"})


async def _asked(connection: Connection, text: str) -> tuple[Sequence[Sequence[Any]], Sequence[Sequence[Any]]]:
    """Rows, and what the driver says of the columns."""
    async with connection.cursor() as cursor:
        await cursor.execute(text)
        return await cursor.fetchall(), cursor.description or ()
