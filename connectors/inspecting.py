"""Looks into a live database that has no mapping yet: tables, comments, keys, and counts. Reads no value out of it.

INVARIANT: what leaves the database is its own names, types and comments, and how many rows pass a test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from connectors.fragment import name_fault
from connectors.place import GuardsPlace, SourcePlace
from connectors.sql.dialect import Expression, constant, number
from connectors.sql.runner import Runner
from connectors.sql.shape import Shape

SAMPLE = 10_000
"""Rows of a table that are counted, so that a large one takes no longer than a small one."""

_COUNTING_S = 60.0
"""After which the database itself ends a count."""

_SQLITE = """
SELECT m.name, c.name, '', c.pk, m.sql FROM json_each(?) AS t
JOIN sqlite_master m ON m.name = t.value JOIN pragma_table_info(m.name) c
"""
_POSTGRESQL = """
SELECT c.relname, a.attname, coalesce(col_description(c.oid, a.attnum), ''),
       coalesce((SELECT array_position(i.indkey::int2[], a.attnum) + 1 FROM pg_index i
                 WHERE i.indrelid = c.oid AND i.indisprimary), 0), obj_description(c.oid, 'pg_class')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'
"""
_MARIADB = """
SELECT c.table_name, c.column_name, c.column_comment,
       coalesce(k.ordinal_position, 0), t.table_comment
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
LEFT JOIN information_schema.key_column_usage k ON k.constraint_name = 'PRIMARY' AND k.table_schema = c.table_schema
     AND k.table_name = c.table_name AND k.column_name = c.column_name
WHERE c.table_schema = database()
"""
_NOTES = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
_REMARK = re.compile(r"^\s*[\"`\[]?(?P<column>[^\W\d]\w*)[\"`\]]?\s[^\n]*?--\s*(?P<remark>[^\n]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    """As declared, lower case."""
    comment: str = ""
    key: int = 0
    """Its place in the primary key, from 1; 0: it is no part of it."""


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    comment: str
    columns: Mapping[str, Column]


def unmapped(url: str) -> SourcePlace:
    """A database that no mapping speaks of yet."""
    return SourcePlace("", "", "", 0, "sql", url, {}, guards=GuardsPlace(statement_timeout_s=_COUNTING_S))


class Inspector:
    """One database, through the runner of its kind: a read-only session."""

    def __init__(self, runner: Runner) -> None:
        self.dialect = runner.dialect
        self._runner = runner

    async def tables(self) -> tuple[tuple[Table, ...], int]:
        """What a mapping can name, by name; and how many tables and columns have names that it cannot.
        Raises SourceFailed."""
        shape: Shape = await self._runner.shape(())
        notes = await self._notes([each.name for each in shape.tables.values()])
        left_out: set[tuple[str, str]] = set()
        found: dict[str, Table] = {}
        for each in shape.tables.values():
            schema, _, bare = each.name.rpartition(".")
            if schema and self.dialect.name not in _NOTES:
                continue  # on MariaDB a schema is another database: some other department's, on the same server
            if each.name != bare and shape.tables.get(bare.lower()) is not None and bare in found:
                continue
            if name_fault(each.name, parts=2):
                left_out.add((bare, ""))
                continue
            comment, columns = notes.get(bare, ("", {}))
            named = {
                name: Column(name, declared, *columns.get(name, ("", 0)))
                for name, declared in each.types.items()
                if not name_fault(name)
            }
            unnamed = each.types.keys() - named.keys()
            if any(columns.get(name, ("", 0))[1] for name in unnamed):  # the rest of a key names no row
                named = {name: replace(column, key=0) for name, column in named.items()}
            left_out |= {(bare, name) for name in unnamed}
            found[each.name] = Table(each.name, comment, named)
        qualified = [name for name in found if name.rpartition(".")[2] != name and name.rpartition(".")[2] in found]
        return tuple(found[name] for name in sorted(found) if name not in qualified), len(left_out)

    async def counts(self, table: str, tests: Mapping[str, Expression]) -> dict[str, int]:
        """How many of the first rows of a table pass each test (true). Raises SourceFailed."""
        schema, _, name = table.rpartition(".")
        # Named one by one: a user may have the right to some columns of a table alone.
        named = sorted({each for test in tests.values() for each in _columns_of(test)})
        every = sa.select(*map(sa.column, named)).select_from(sa.table(name, schema=schema or None))
        rows = every.limit(number(SAMPLE)).subquery("r")
        asked = [sa.func.count(sa.case((test, number(1)))).label(f"n{i}") for i, test in enumerate(tests.values())]
        text, order, constants = self.dialect.render(sa.select(*asked).select_from(rows))
        (row,) = await self._runner.run(text, [constants[name] for name in order])
        return dict(zip(tests, map(int, row), strict=True))

    def text(self, column: str) -> Expression:
        return sa.func.trim(self.raw(column), type_=sa.Text)

    def raw(self, column: str) -> Expression:
        return sa.cast(sa.column(column), sa.Text)

    def among(self, column: str, texts: Sequence[str]) -> Expression:
        return self.text(column).in_([constant(text) for text in texts])

    def filled(self, column: str) -> Expression:
        return self.text(column) != constant("")

    def looks_like_id(self, column: str) -> Expression:
        text = self.text(column)
        head, length = sa.func.substr(text, number(1), number(17), type_=sa.Text), sa.func.length(text)
        new = sa.and_(length == number(18), self.dialect.digits(head, 17))
        return sa.or_(new, sa.and_(length == number(15), self.dialect.digits(text, 15)))

    def person_tests(self, column: str) -> dict[str, Expression]:
        """Tests for id numbers: long and old form, and what must be cleaned before they compare."""
        raw = self.raw(column)
        half = self.dialect.halfwidth(raw)
        clean = sa.func.upper(sa.func.trim(half, type_=sa.Text), type_=sa.Text)
        head, length = sa.func.substr(clean, number(1), number(17), type_=sa.Text), sa.func.length(clean)
        new = sa.and_(length == number(18), self.dialect.digits(head, 17))
        old = sa.and_(length == number(15), self.dialect.digits(clean, 15))
        either = sa.or_(new, old)
        return {
            "filled": self.filled(column),
            "id18": new,
            "id15": old,
            "trim": sa.and_(either, raw != sa.func.trim(raw, type_=sa.Text)),
            "halfwidth": sa.and_(either, raw != half),
            "upper": sa.and_(either, raw != sa.func.upper(raw, type_=sa.Text)),
        }

    async def _notes(self, tables: Sequence[str]) -> dict[str, tuple[str, dict[str, tuple[str, int]]]]:
        """Table → its comment, and column → comment, place in the primary key. `tables`: those that can be read."""
        found: dict[str, tuple[str, dict[str, tuple[str, int]]]] = {}
        sqlite = self.dialect.name == "sqlite"
        values = [self.dialect.list_bind(tables)] if sqlite else []
        rows: Sequence[Sequence[Any]] = await self._runner.run(_NOTES.get(self.dialect.name, _MARIADB), values)
        for table, column, comment, key, of_table in rows:
            if sqlite:  # which keeps the CREATE statement with its remarks, and no comments
                comment = {each["column"]: each["remark"] for each in _REMARK.finditer(of_table or "")}.get(column, "")
            entry = found.setdefault(table, ("" if sqlite else of_table or "", {}))
            entry[1][column] = (comment.strip(), int(key))
        return found


def _columns_of(test: Expression) -> set[str]:
    found = (each for each in visitors.iterate(test) if isinstance(each, sa.ColumnClause))
    return {each.name for each in found if not each.is_literal}
