"""What databases say differently, and the words that all of them share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from connectors.dates import DateFormat, Part
from connectors.sql.texts import RowTexts

Expression = sa.ColumnElement[Any]
FULL_ID = "".join(map(chr, range(0xFF10, 0xFF1A))) + "\uff38\uff58\u3000"
HALF_ID = "0123456789Xx "
"""What an id number may hold."""
BLANKS = " \t\r\n\u3000"


def constant(text: str) -> Expression:
    """A constant of this code or of the mapping, written into the statement; never a value of an ask."""
    quoted = text.replace("'", "''")
    return sa.literal_column(f"'{quoted}'", sa.Text)


def number(value: int) -> Expression:
    return sa.literal_column(str(value), sa.Integer)


def piece(text: Expression, shape: DateFormat, letter: str) -> Expression:
    """The part of a textual date that this letter of its format stands for, in its full width."""
    part = shape.part(letter)
    if part is None:
        raise LookupError(letter)
    found = sa.func.substr(text, number(part.start + 1), number(part.width), type_=sa.Text)
    return constant("0").concat(found) if part.width == 1 else found


def digits_of(part: Part) -> str:
    """The digits that may stand for this part, as a regular expression: a month from 1 to 12, a day from 1 to 31."""
    if part.width == 1:
        return "[1-9]" if part.letter in "md" else "[0-9]"
    known = {"m": "(0[1-9]|1[0-2])", "d": "(0[1-9]|[12][0-9]|3[01])"}
    return known.get(part.letter, f"[0-9]{{{part.width}}}")


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
    """Of a row. () asks only whether there is a row."""
    values: int
    """So many of the columns are values, and come first."""
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

    def texts(self, cells: Sequence[Any], width: int) -> RowTexts:
        """One question's cells of all people, whose rows have so many texts. Raises ValueError where one is damaged."""
        ...

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

    def digest(self, text: Expression) -> Expression:
        """MD5 of the text in UTF-8, whatever the database's own encoding; null where it is none."""
        ...

    def inline(self, expression: Expression) -> str:
        """SQL text with its constants written in."""
        ...

    def render(self, statement: sa.ClauseElement) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        """Text, names of the binds in order, values of the constant ones."""
        ...


def rendered(statement: sa.ClauseElement, dialect: sa.Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """What `Dialect.render` returns."""
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("not a statement")
    return compiled.string, tuple(compiled.positiontup or ()), dict(compiled.params)
