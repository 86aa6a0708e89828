"""What a PostgreSQL database really has, and whether it accepts a mapping's own SQL."""

from __future__ import annotations

import asyncpg

from connectors.place import RecordPlace
from connectors.sql.dialect import Dialect
from connectors.sql.encoded import EncodedPostgres
from connectors.sql.shape import Columns, Shape, names_of
from connectors.sql.trial import trial_fragments, trial_source

_COLUMNS = """
SELECT n.nspname, c.relname, a.attname, lower(format_type(a.atttypid, NULL)), pg_table_is_visible(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY 1, 2, a.attnum
"""
"""Of what this user may read: its catalogue shows the rest to everybody."""
_BYTEWISE = ("SQL_ASCII", "LATIN1")
"""Databases that may hold bytes of another encoding: any other one knows its own, and needs no `encoding`."""


def _utf8(name: str) -> str:
    """A name that came byte by byte. One that is no UTF-8 cannot be written in a statement, nor meant by a mapping."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return name


async def inspect(connection: asyncpg.Connection, places: tuple[RecordPlace, ...], dialect: Dialect) -> Shape:
    encoded = isinstance(dialect, EncodedPostgres)
    spelled, named = (dialect.spelled, _utf8) if encoded else (str, str)
    types: dict[tuple[str, str, bool], dict[str, str]] = {}
    for schema, table, column, declared, visible in await connection.fetch(_COLUMNS):
        schema, table, column = map(named, (schema, table, column))
        types.setdefault((schema, table, visible), {})[column] = declared
    tables: dict[str, Columns] = {}
    for (schema, table, visible), columns in types.items():
        tables[f"{schema}.{table}".lower()] = Columns(f"{schema}.{table}", columns)
        if visible:
            tables[table.lower()] = Columns(table, columns)
    names = names_of(tables.values())
    selects: dict[str, Columns] = {}
    broken: dict[str, str] = {}
    if encoded and await connection.fetchval("SHOW server_encoding") not in _BYTEWISE:
        return Shape(tables, selects, {place.record: "encoding" for place in places})
    for place in places:
        found = tables.get((place.table or "").lower())
        if place.select is not None:
            try:
                prepared = await connection.prepare(spelled(trial_source(place, names, dialect)))
            except asyncpg.PostgresError:
                broken[place.record] = "from"
                continue
            selects[place.record] = Columns(
                place.record, {named(attribute.name): attribute.type.name for attribute in prepared.get_attributes()}
            )
        elif found is None:
            continue
        table = ".".join(f'"{part}"' for part in found.name.split(".")) if found else ""
        for name, _, text in trial_fragments(place, table, names, dialect):
            try:
                await connection.prepare(spelled(text))
            except asyncpg.PostgresError:
                broken.setdefault(place.record, name)
    return Shape(tables, selects, broken)
