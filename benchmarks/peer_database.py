"""The city once more, as the one database that PostGraphile reads: a table for each record type of the standard.

The rows are those of the floor's own SELECTs, so they speak the standard's words; the person's key is in its
18-character form, whatever a department holds, and is a foreign key. Kept beside the departments' databases.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import asyncpg
import sqlalchemy as sa

from benchmarks.city import Loaded, Progress
from benchmarks.statements import listing
from benchmarks.workloads import CATALOGUE
from connectors.place import RecordPlace
from connectors.sql.postgres_dialect import POSTGRES
from connectors.sql.source import expanded
from exchange.catalogue import Kind

NAME = "benchmarks_peer"
_SCHEMA = "peer"
_PEOPLE = f"""CREATE FUNCTION {_SCHEMA}.people(numbers text[]) RETURNS SETOF {_SCHEMA}.person
LANGUAGE sql STABLE ROWS 100 AS $$
SELECT person.* FROM unnest(numbers) WITH ORDINALITY asked (number, nth)
LEFT JOIN {_SCHEMA}.person ON id_number = number ORDER BY nth $$"""
"""Somebody of whom nothing is known is a row of nulls, so that answers stand in the order of the numbers."""


@dataclass(frozen=True)
class _Table:
    name: str
    list_name: str
    many: bool
    url: str
    """Of the department's database."""
    select: str
    columns: Mapping[str, str]
    """Name → type."""

    @property
    def made(self) -> str:
        columns = ", ".join(f"{name} {type_}" for name, type_ in self.columns.items())
        return f"CREATE TABLE {_SCHEMA}.{self.name} ({columns})"

    @property
    def related(self) -> Sequence[str]:
        """Its keys; the person's field is called as the standard calls the list."""
        table, constraint = f"{_SCHEMA}.{self.name}", f"{self.name}_person"
        field = "foreignSimpleFieldName" if self.many else "foreignSingleFieldName"
        return (
            f"ALTER TABLE {table} ADD PRIMARY KEY (person_key{', place' if self.many else ''})",
            f"ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY (person_key) REFERENCES {_SCHEMA}.person",
            f"COMMENT ON CONSTRAINT {constraint} ON {table} IS '@{field} {self.list_name}'",
        )


async def build(city: Loaded, progress: Progress | None = None) -> str:
    """The database's url, when all of it is there; it is made anew where other statements would fill it."""
    assert city.postgres is not None
    server, places = city.postgres.url, city.places()
    tables = [_table(record, place.url, city.day) for place in places.values() for record in place.records.values()]
    keys = " UNION ".join(f"SELECT person_key FROM {_SCHEMA}.{table.name}" for table in tables)
    persons = f"CREATE TABLE {_SCHEMA}.person AS SELECT person_key AS id_number FROM ({keys}) AS known"
    after = [persons, f"ALTER TABLE {_SCHEMA}.person ADD PRIMARY KEY (id_number)", _PEOPLE]
    after += [statement for table in tables for statement in table.related]
    shape = sha256("\n".join([*(table.made + table.select for table in tables), *after]).encode()).hexdigest()
    url = f"{server}/{NAME}"
    admin = await asyncpg.connect(f"{server}/postgres")
    try:
        known = await admin.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", NAME
        )
        if known != shape:
            await admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {NAME}")
            await _fill(url, tables, after, progress)
            await admin.execute(f"COMMENT ON DATABASE {NAME} IS '{shape}'")  # last: it says that nothing is missing
    finally:
        await admin.close()
    return url


def _table(place: RecordPlace, url: str, day: date) -> _Table:
    """`place` numbers the rows in the floor's order; of a single record the first row is kept, as the floor does."""
    record = CATALOGUE.records[place.record]
    names = [name for name in record.items if name in place.items]
    types = {name: "boolean" if record.items[name].kind is Kind.BOOLEAN else "text" for name in names}
    key = POSTGRES.inline(expanded(sa.literal_column("k", sa.Text), POSTGRES))
    values = ", ".join(f"c{nth}::{type_} AS {name}" for nth, (name, type_) in enumerate(types.items()))
    rows = (
        f"SELECT {key} AS person_key, row_number() OVER () AS place, {values} "
        f"FROM ({listing(place, names, day, postgres=True)}) AS listed WHERE k IS NOT NULL"
    )
    first = "" if record.many else "DISTINCT ON (person_key) "
    return _Table(
        re.sub(r"(?=[A-Z])", "_", record.list_name).lower(),
        record.list_name,
        record.many,
        url,
        f"SELECT {first}* FROM ({rows}) AS numbered ORDER BY person_key, place",
        {"person_key": "text", "place": "bigint", **types},
    )


async def _fill(url: str, tables: Sequence[_Table], after: Sequence[str], progress: Progress | None) -> None:
    target = await asyncpg.connect(url)
    try:
        await target.execute(f"CREATE SCHEMA {_SCHEMA}")
        for done, table in enumerate(tables, 1):
            await target.execute(table.made)
            await _copy(table, target)
            if progress:
                progress(done, len(tables), "the peer's database")
        for statement in (*after, "VACUUM (ANALYZE)"):
            await target.execute(statement)
    finally:
        await target.close()


async def _copy(table: _Table, target: asyncpg.Connection) -> None:
    """From one database to the other as it comes: a statement cannot read both."""
    pieces: asyncio.Queue[bytes] = asyncio.Queue(16)

    async def read() -> None:
        source = await asyncpg.connect(table.url)
        try:
            await source.copy_from_query(table.select, output=pieces.put, format="binary")
        finally:
            await source.close()
        await pieces.put(b"")

    async def written() -> AsyncIterator[bytes]:
        while piece := await pieces.get():
            yield piece

    async with asyncio.TaskGroup() as both:
        both.create_task(read())
        both.create_task(target.copy_to_table(table.name, schema_name=_SCHEMA, source=written(), format="binary"))
