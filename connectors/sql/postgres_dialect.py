"""What PostgreSQL says: people and lists as arrays, rows as one JSON array of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import asyncpg

from connectors.dates import FOLLOWS, DateFormat
from connectors.encoding import FULL_WIDTH, HALF_WIDTH
from connectors.sql.correlated import Correlated
from connectors.sql.dialect import BLANKS, FULL_ID, HALF_ID, Expression, constant, digits_of, number, rendered
from connectors.sql.texts import RowTexts, of_json

_PADDED_OR_NUMBER = {
    **dict.fromkeys(("character", "bpchar"), "bpchar"),
    **dict.fromkeys(("smallint", "integer", "bigint", "int2", "int4", "int8"), "bigint"),
    "numeric": "numeric",
}
"""Declared type of a person key → the type in which it is compared. Others compare as text."""


class Postgres(Correlated):
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
        """As one JSON text: the driver would make each value of an array of arrays for itself."""
        return sa.func.array_to_json(self._arrays(columns, inner), type_=sa.Text)

    def _arrays(self, columns: Sequence[Expression], inner: sa.Select[Any]) -> Expression:
        row = postgresql.array([sa.cast(column, sa.Text) for column in columns])
        return sa.func.array(inner.add_columns(row).scalar_subquery())

    def texts(self, cells: Sequence[Any], width: int) -> RowTexts:
        return of_json(cells, width, orjson.loads)

    def fits(self, text: Expression, shape: DateFormat) -> Expression:
        parts = (digits_of(part) if part.letter else f"\\u{ord(part.literal):04x}" for part in shape.parts)
        ends = f"({FOLLOWS})?$" if shape.open_ended else "$"
        return text.op("~", is_comparison=True)(constant("^" + "".join(parts) + ends))

    def one_group(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        return rows.having(sa.func.count() > sa.literal_column("0"))

    def keyed(self, column: Expression, declared: str, keys: Sequence[Expression]) -> Expression:
        """In the column's own type: compared as text, a CHAR would leave its index, and a number would be refused."""
        if (own := _PADDED_OR_NUMBER.get(declared)) is not None:
            keys = [self._as(key, own) for key in keys]
        return column == sa.any_(postgresql.array(keys))

    def _as(self, key: Expression, own: str) -> Expression:
        """A key with a letter is no number, and in no row of numbers."""
        typed = key.op("::")(sa.literal_column(own))
        return typed if own == "bpchar" else sa.case((key.op("~")(constant("^[0-9]{1,18}$")), typed))

    def among(self, text: Expression, bind: str) -> Expression:
        return text == sa.any_(sa.bindparam(bind, type_=postgresql.ARRAY(sa.Text), required=False))

    def place(self, text: Expression, bind: str) -> Expression:
        keys = sa.bindparam(bind, type_=postgresql.ARRAY(sa.Text), required=False)
        # Most asks bring no list; the text is then not even made.
        return sa.case(
            (keys.is_(None), sa.null()), else_=sa.func.array_position(keys, text, type_=sa.Integer) - number(1)
        )

    def list_bind(self, values: Sequence[str]) -> object:
        return list(values)

    def octets(self, column: Expression) -> Expression:
        return sa.func.octet_length(sa.cast(column, sa.Text), type_=sa.Integer)

    def readable(self, column: Expression) -> Expression:
        return sa.cast(column, sa.Text)

    def trimmed(self, text: Expression) -> Expression:
        return sa.func.btrim(text, constant(BLANKS), type_=sa.Text)

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

    def digest(self, text: Expression) -> Expression:
        """As it is where the database knows no encoding and the mapping names none."""
        data = sa.func.convert_to(text, constant("UTF8"), type_=sa.LargeBinary)
        unknown = sa.func.getdatabaseencoding(type_=sa.Text) == constant("SQL_ASCII")
        return sa.case((unknown, sa.func.md5(text, type_=sa.Text)), else_=sa.func.md5(data, type_=sa.Text))

    def digits(self, text: Expression, count: int) -> Expression:
        return text.op("~", is_comparison=True)(constant(f"^[0-9]{{{count}}}$"))

    def inline(self, expression: Expression) -> str:
        return str(expression.compile(dialect=self._dialect, compile_kwargs={"literal_binds": True}))

    def render(self, statement: sa.ClauseElement) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        return rendered(statement, self._dialect)


POSTGRES = Postgres()
