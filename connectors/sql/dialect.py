"""What SQLite and PostgreSQL say differently."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

from connectors.dates import DateFormat
from connectors.encoding import FULL_WIDTH, HALF_WIDTH

Expression = sa.ColumnElement[Any]
FULL_ID = "".join(map(chr, range(0xFF10, 0xFF1A))) + "\uff38\uff58\u3000"
HALF_ID = "0123456789Xx "
"""What an id number may hold."""
_BLANKS = " \t\r\n\u3000"


def constant(text: str) -> Expression:
    """A constant of this code or of the mapping, written into the statement; never a value of an ask."""
    quoted = text.replace("'", "''")
    return sa.literal_column(f"'{quoted}'", sa.Text)


def number(value: int) -> Expression:
    return sa.literal_column(str(value), sa.Integer)


def piece(text: Expression, shape: DateFormat, letter: str) -> Expression:
    """The part of a textual date that this letter of its format stands for."""
    part = shape.part(letter)
    if part is None:
        raise LookupError(letter)
    return sa.func.substr(text, number(part.start + 1), number(part.width), type_=sa.Text)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question over one source, before a dialect says it."""

    source: sa.FromClause
    person: Expression
    """The person key of a row."""
    type: str
    """As `Columns.types` has it, where the key is a bare column …"""
    collation: str
    """… and as `Columns.collations` has it; else ""."""
    forms: tuple[int, ...]
    """Of the statement's forms of an id number, those in which this source holds it."""
    where: Expression
    columns: tuple[Expression, ...]
    """Of a row; of a group where there are `groups`. () asks only whether there is a row."""
    order: tuple[tuple[Expression, bool], ...]
    """Whether the greatest comes first; nulls come last."""
    groups: tuple[Expression, ...] | None
    """None: every row is a record. (): all rows of a person are one."""
    most: int


class Dialect(Protocol):
    name: str
    first: int
    """The number of the first person in a statement's rows."""

    def statement(self, forms: int, asked: Sequence[Asked]) -> sa.ClauseElement: ...

    def grid(self, rows: Sequence[Sequence[Any]], exists: Sequence[bool]) -> Sequence[Sequence[Any]]:
        """Rows of that statement as one row for each person: number, then a cell for each question. Raises ValueError
        where a row is damaged."""
        ...

    def column(self, column: Expression, declared: str) -> Expression:
        """A column of this type, so that its text can be read."""
        ...

    def people_binds(self, forms: Sequence[Sequence[str | None]]) -> dict[str, object]:
        """`forms[i][n]`: form i of person n."""
        ...

    def read_rows(self, value: Any) -> list[list[str | None]]: ...

    def fits(self, text: Expression, shape: DateFormat) -> Expression:
        """Whether the text is written in this format, with a month from 01 to 12 and a day from 01 to 31."""
        ...

    def among(self, text: Expression, bind: str) -> Expression: ...

    def place(self, text: Expression, bind: str) -> Expression:
        """Where the text stands in the list, from 0, or null."""
        ...

    def list_bind(self, values: Sequence[str]) -> object: ...

    def octets(self, column: Expression) -> Expression:
        """How many bytes the column's text has."""
        ...

    def readable(self, column: Expression) -> Expression:
        """The column as text; `connectors.encoding.INVALID` where its bytes are none."""
        ...

    def trimmed(self, text: Expression) -> Expression:
        """Without blanks at its ends: also tabs, line ends and the full-width blank."""
        ...

    def halfwidth(self, text: Expression, wide: bool = False) -> Expression:
        """Full-width signs of an id number (`wide`: all of ASCII) as their usual ones."""
        ...

    def upper(self, text: Expression) -> Expression: ...

    def measured(self, shape: DateFormat) -> DateFormat:
        """The format in the units by which this database counts text."""
        ...

    def authored(self, text: str) -> str:
        """The mapping author's SQL with its constants as this database writes them."""
        ...

    def binary(self, text: Expression) -> Expression:
        """Ordered by code point, whatever the database's locale."""
        ...

    def digits(self, text: Expression, count: int) -> Expression: ...

    def inline(self, expression: Expression) -> str:
        """SQL text with its constants written in."""
        ...

    def render(self, statement: sa.ClauseElement) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        """Text, names of the binds in order, values of the constant ones."""
        ...


class _Correlated(ABC):
    """A row for each person, in which each question is a subquery."""

    def statement(self, forms: int, asked: Sequence[Asked]) -> sa.ClauseElement:
        people = self.people(forms)
        slots = [self._slot(each, people).label(f"s{i}") for i, each in enumerate(asked)]
        return sa.select(people.c.n, *slots).select_from(people)

    def grid(self, rows: Sequence[Sequence[Any]], exists: Sequence[bool]) -> Sequence[Sequence[Any]]:
        return rows

    def column(self, column: Expression, declared: str) -> Expression:
        return column

    def _slot(self, asked: Asked, people: sa.FromClause) -> Expression:
        matched = self.keyed(asked.person, [people.c[f"k{form}"] for form in asked.forms])
        rows = sa.select().select_from(asked.source).where(sa.and_(matched, asked.where))
        if not asked.columns:
            return sa.exists(rows.add_columns(sa.literal_column("1"))).correlate_except(asked.source)
        if asked.groups is not None:
            rows = rows.group_by(*asked.groups) if asked.groups else self.one_group(rows)
        order = [(by.desc() if greatest else by.asc()).nulls_last() for by, greatest in asked.order]
        rows = rows.order_by(*order).limit(number(asked.most))
        return self.rows(asked.columns, rows.correlate_except(asked.source))

    @abstractmethod
    def people(self, forms: int) -> sa.FromClause:
        """`p(n, k0, k1, …)`: one row for each person, from the binds k0, k1, … (SQLite: people)."""

    @abstractmethod
    def keyed(self, column: Expression, keys: Sequence[Expression]) -> Expression:
        """Whether the column equals one of the keys; an index on it stays usable."""

    @abstractmethod
    def one_group(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        """All rows as one group; no row, no group."""

    @abstractmethod
    def rows(self, columns: Sequence[Expression], inner: sa.Select[Any]) -> Expression:
        """One value holding all rows of `inner`, in order, each a list of text."""


class Sqlite(_Correlated):
    name = "sqlite"
    first = 0
    _dialect = sqlite.dialect(paramstyle="qmark")

    def people(self, forms: int) -> sa.FromClause:
        each = sa.func.json_each(sa.bindparam("people", type_=sa.Text, required=False)).table_valued(
            "key", "value", name="each"
        )
        keys = [
            sa.func.json_extract(each.c.value, constant(f"$[{i}]"), type_=sa.Text).label(f"k{i}") for i in range(forms)
        ]
        return sa.select(each.c.key.label("n"), *keys).subquery("p")

    def people_binds(self, forms: Sequence[Sequence[str | None]]) -> dict[str, object]:
        return {"people": json.dumps(list(zip(*forms, strict=True)))}

    def rows(self, columns: Sequence[Expression], inner: sa.Select[Any]) -> Expression:
        found = inner.add_columns(*(column.label(f"c{i}") for i, column in enumerate(columns))).subquery("t")
        return sa.select(sa.func.json_group_array(sa.func.json_array(*found.c))).scalar_subquery()

    def read_rows(self, value: Any) -> list[list[str | None]]:
        return json.loads(value)

    def fits(self, text: Expression, shape: DateFormat) -> Expression:
        glob = "".join("[0-9]" * part.width if part.letter else f"[{part.literal}]" for part in shape.parts)
        tests = [text.op("GLOB", is_comparison=True)(constant(glob))]
        if shape.open_ended:
            tests = [sa.or_(tests[0], text.op("GLOB", is_comparison=True)(constant(glob + "[-T ]*")))]
        for letter, most in (("m", "12"), ("d", "31")):
            if shape.part(letter):
                tests.append(piece(text, shape, letter).between(constant("01"), constant(most)))
        return sa.and_(*tests)

    def one_group(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        return rows.group_by(constant("all"))

    def keyed(self, column: Expression, keys: Sequence[Expression]) -> Expression:
        return column.in_(keys)

    def among(self, text: Expression, bind: str) -> Expression:
        return text.in_(sa.select(self._each(bind).c.value))

    def place(self, text: Expression, bind: str) -> Expression:
        each = self._each(bind)
        return sa.select(sa.func.min(each.c.key)).where(each.c.value == text).scalar_subquery()

    def _each(self, bind: str) -> sa.TableValuedAlias:
        return sa.func.json_each(sa.bindparam(bind, type_=sa.Text, required=False)).table_valued("key", "value")

    def list_bind(self, values: Sequence[str]) -> object:
        return json.dumps(list(values))

    def octets(self, column: Expression) -> Expression:
        """Of bytes: the length of a text ends at its first NUL."""
        return sa.func.length(sa.cast(column, sa.LargeBinary), type_=sa.Integer)

    def readable(self, column: Expression) -> Expression:
        return sa.cast(column, sa.Text)

    def trimmed(self, text: Expression) -> Expression:
        return sa.func.trim(text, constant(_BLANKS), type_=sa.Text)

    def halfwidth(self, text: Expression, wide: bool = False) -> Expression:
        """Wide, by the runner's own function: SQLite does not nest so many calls."""
        if wide:
            return sa.func.halfwidth(text, type_=sa.Text)
        for full, half in zip(FULL_ID, HALF_ID, strict=True):
            text = sa.func.replace(text, constant(full), constant(half), type_=sa.Text)
        return text

    def upper(self, text: Expression) -> Expression:
        return sa.func.upper(text, type_=sa.Text)

    def measured(self, shape: DateFormat) -> DateFormat:
        return shape

    def authored(self, text: str) -> str:
        return text

    def binary(self, text: Expression) -> Expression:
        return text

    def digits(self, text: Expression, count: int) -> Expression:
        return text.op("GLOB", is_comparison=True)(constant("[0-9]" * count))

    def inline(self, expression: Expression) -> str:
        return str(expression.compile(dialect=self._dialect, compile_kwargs={"literal_binds": True}))

    def render(self, statement: sa.ClauseElement) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        return rendered(statement, self._dialect)


class Postgres(_Correlated):
    name = "postgresql"
    first = 1
    _dialect = asyncpg.dialect()

    def people(self, forms: int) -> sa.FromClause:
        binds = [sa.bindparam(f"k{i}", type_=postgresql.ARRAY(sa.Text), required=False) for i in range(forms)]
        names = [sa.column(f"k{i}", sa.Text) for i in range(forms)]
        return sa.func.unnest(*binds).table_valued(*names, with_ordinality="n", name="p").render_derived()

    def people_binds(self, forms: Sequence[Sequence[str | None]]) -> dict[str, object]:
        return {f"k{i}": list(values) for i, values in enumerate(forms)}

    def rows(self, columns: Sequence[Expression], inner: sa.Select[Any]) -> Expression:
        row = postgresql.array([sa.cast(column, sa.Text) for column in columns])
        return sa.func.array(inner.add_columns(row).scalar_subquery())

    def read_rows(self, value: Any) -> list[list[str | None]]:
        return value

    def fits(self, text: Expression, shape: DateFormat) -> Expression:
        digits = {"m": "(0[1-9]|1[0-2])", "d": "(0[1-9]|[12][0-9]|3[01])", "Y": "[0-9]{4}"}
        literals = (f"\\u{ord(part.literal):04x}" if part.literal else "" for part in shape.parts)
        parts = (
            literal or digits.get(part.letter, "[0-9]{2}") for part, literal in zip(shape.parts, literals, strict=True)
        )
        ends = "([-T ]|$)" if shape.open_ended else "$"
        return text.op("~", is_comparison=True)(constant("^" + "".join(parts) + ends))

    def one_group(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        return rows.having(sa.func.count() > sa.literal_column("0"))

    def keyed(self, column: Expression, keys: Sequence[Expression]) -> Expression:
        return column == sa.any_(postgresql.array(keys))

    def among(self, text: Expression, bind: str) -> Expression:
        return text == sa.any_(sa.bindparam(bind, type_=postgresql.ARRAY(sa.Text), required=False))

    def place(self, text: Expression, bind: str) -> Expression:
        keys = sa.bindparam(bind, type_=postgresql.ARRAY(sa.Text), required=False)
        return sa.func.array_position(keys, text, type_=sa.Integer) - number(1)

    def list_bind(self, values: Sequence[str]) -> object:
        return list(values)

    def octets(self, column: Expression) -> Expression:
        return sa.func.octet_length(sa.cast(column, sa.Text), type_=sa.Integer)

    def readable(self, column: Expression) -> Expression:
        return sa.cast(column, sa.Text)

    def trimmed(self, text: Expression) -> Expression:
        return sa.func.btrim(text, constant(_BLANKS), type_=sa.Text)

    def halfwidth(self, text: Expression, wide: bool = False) -> Expression:
        full, half = (FULL_WIDTH, HALF_WIDTH) if wide else (FULL_ID, HALF_ID)
        return sa.func.translate(text, constant(full), constant(half), type_=sa.Text)

    def upper(self, text: Expression) -> Expression:
        return sa.func.upper(text, type_=sa.Text)

    def measured(self, shape: DateFormat) -> DateFormat:
        return shape

    def authored(self, text: str) -> str:
        return text

    def binary(self, text: Expression) -> Expression:
        return sa.collate(text, "C")

    def digits(self, text: Expression, count: int) -> Expression:
        return text.op("~", is_comparison=True)(constant(f"^[0-9]{{{count}}}$"))

    def inline(self, expression: Expression) -> str:
        return str(expression.compile(dialect=self._dialect, compile_kwargs={"literal_binds": True}))

    def render(self, statement: sa.ClauseElement) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        return rendered(statement, self._dialect)


def rendered(statement: sa.ClauseElement, dialect: sa.Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """What `Dialect.render` returns."""
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("not a statement")
    return compiled.string, tuple(compiled.positiontup or ()), dict(compiled.params)


SQLITE = Sqlite()
POSTGRES = Postgres()
