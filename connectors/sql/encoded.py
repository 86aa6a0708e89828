"""Dialects for databases whose text is GBK without knowing: all comparing, trimming and cleaning on the right bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from connectors.dates import DateFormat, Part
from connectors.encoding import FULL_WIDTH, HALF_WIDTH, INVALID, bytewise, encoded
from connectors.fragment import with_texts
from connectors.sql.dialect import FULL_ID, HALF_ID, Expression, constant
from connectors.sql.mariadb_dialect import MariaDb
from connectors.sql.postgres_dialect import Postgres
from connectors.sql.sqlite_dialect import Sqlite
from connectors.sql.texts import RowTexts, of_rows

_LOWER, _UPPER = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class EncodedSqlite(Sqlite):
    """Bytes are read by the function `legible` of the runner, so that all else is text like any other."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding

    def readable(self, column: Expression) -> Expression:
        return sa.func.legible(sa.cast(column, sa.LargeBinary), type_=sa.Text)

    def keyed(self, column: Expression, declared: str, keys: Sequence[Expression]) -> Expression:
        """Keys are ASCII, so the bare column compares; rows that were written as bytes compare as bytes."""
        return column.in_([*keys, *(sa.cast(key, sa.LargeBinary) for key in keys)])

    def authored(self, text: str) -> str:
        return with_texts(text, lambda said: f"CAST(X'{encoded(said, self._encoding).hex()}' AS TEXT)")


_CHARACTER = r"[\u0081-\u00fe][\u0040-\u00fe]|[\u0081-\u00fe][0-9][\u0081-\u00fe][0-9]|[\u0001-\u0080]"
"""One character of GBK or GB 18030 as a pattern over bytes: nothing is ever cut or matched across two characters."""
_READABLE = f"^(?:{_CHARACTER})*$"
_TRIMMED = rf"^(?:[ \t\r\n]|\u00a1\u00a1)*((?:{_CHARACTER})*?)(?:[ \t\r\n]|\u00a1\u00a1)*$"
_CONVERTIBLE = "^(?:{})*$".format(
    "|".join(
        [
            r"[\u0001-\u007f]",
            r"[\u0081-\u00fe][\u0040-\u007e\u0080-\u00fe]",
            r"[\u0081-\u0083][0-9][\u0081-\u00fe][0-9]",
            r"\u00840[\u0081-\u00fe][0-9]",
            r"\u00841[\u0081-\u00a4][0-9]",
            r"[\u0090-\u00e2][0-9][\u0081-\u00fe][0-9]",
            r"\u00e3[01][\u0081-\u00fe][0-9]",
            r"\u00e32[\u0081-\u0099][0-9]",
            r"\u00e32\u009a[0-5]",
        ]
    )
)
"""All of GB 18030, of which GBK is a part: the server fails on a statement that would convert anything else."""


class EncodedPostgres(Postgres):
    """A database of encoding SQL_ASCII: PostgreSQL takes each byte for a character and converts nothing."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding

    def rows(self, columns: Sequence[Expression], inner: sa.Select[Any]) -> Expression:
        """Not as JSON: the second byte of a character may be one that JSON escapes."""
        return self._arrays(columns, inner)

    def texts(self, cells: Sequence[Any], width: int) -> RowTexts:
        return of_rows(cells)

    def readable(self, column: Expression) -> Expression:
        text = sa.cast(column, sa.Text)
        broken = text.op("!~", is_comparison=True)(constant(_READABLE))
        return sa.case((broken, constant(INVALID)), else_=text)

    def trimmed(self, text: Expression) -> Expression:
        return sa.func.substring(text, constant(_TRIMMED), type_=sa.Text)

    def halfwidth(self, text: Expression, wide: bool = False) -> Expression:
        return self._mapped(text, FULL_WIDTH, HALF_WIDTH) if wide else self._mapped(text, FULL_ID, HALF_ID)

    def digest(self, text: Expression) -> Expression:
        data = sa.func.convert_to(text, constant("LATIN1"), type_=sa.LargeBinary)  # the bytes as they are
        whole = sa.func.convert(data, constant("GB18030"), constant("UTF8"), type_=sa.LargeBinary)
        convertible = text.op("~", is_comparison=True)(constant(_CONVERTIBLE))
        return sa.case((convertible, sa.func.md5(whole, type_=sa.Text)), else_=sa.null())

    def upper(self, text: Expression) -> Expression:
        """A small letter may be the second byte of a character."""
        return self._mapped(text, _LOWER, _UPPER)

    def measured(self, shape: DateFormat) -> DateFormat:
        """The format with a place for each byte."""
        parts: list[Part] = []
        start = 0
        for part in shape.parts:
            for byte in bytewise(part.literal, self._encoding) if part.literal else [""]:
                parts.append(Part(start, 1 if byte else part.width, part.letter, byte))
                start += parts[-1].width
        return DateFormat(tuple(parts), start, shape.open_ended)

    def authored(self, text: str) -> str:
        return text

    def spelled(self, statement: str) -> str:
        """The statement in ASCII, its constants in the database's own bytes."""
        return with_texts(statement, lambda said: "E'" + "".join(map(_escaped, encoded(said, self._encoding))) + "'")

    def _mapped(self, text: Expression, before: str, after: str) -> Expression:
        """Character by character, for text whose characters the database does not know."""
        olds, news = (", ".join(str(constant(sign)) for sign in signs) for signs in (before, after))
        each = sa.func.regexp_matches(text, constant(_CHARACTER), constant("g")).table_valued(
            sa.column("m", sa.Text), with_ordinality="n", name="each"
        )
        signs = each.render_derived(name="each")
        sign = sa.literal_column("each.m[1]", sa.Text)
        new = sa.literal_column(f"(ARRAY[{news}])[array_position(ARRAY[{olds}], each.m[1])]", sa.Text)
        found = sa.select(sa.func.coalesce(new, sign)).select_from(signs).order_by(sa.literal_column("each.n"))
        return sa.func.array_to_string(sa.func.array(found.scalar_subquery()), constant(""), type_=sa.Text)


class EncodedMariaDb(MariaDb):
    """Columns of a character set that says nothing (latin1), whose bytes are GBK."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding

    def readable(self, column: Expression) -> Expression:
        """The server writes `?` for what is no GBK: what does not come back as it was is no text."""
        data = sa.cast(column, sa.LargeBinary)
        text = sa.func.convert(data.op("USING")(sa.literal_column("gbk")), type_=sa.Text)
        same = sa.cast(text, sa.LargeBinary) == data
        return sa.case((column.is_(None), sa.null()), (same, self._exact(text)), else_=constant(INVALID))

    def authored(self, text: str) -> str:
        return with_texts(text, lambda said: f"_latin1 X'{encoded(said, self._encoding).hex()}'")


def _escaped(byte: int) -> str:
    sign = chr(byte)
    return f"\\x{byte:02x}" if byte > 0x7E or byte < 0x20 else {"'": "''", "\\": "\\\\"}.get(sign, sign)


def translated(value: Any, way: Callable[[str], str]) -> Any:
    """Every text in a value of a driver."""
    if isinstance(value, str):
        return way(value)
    return [translated(each, way) for each in value] if isinstance(value, (list, tuple)) else value
