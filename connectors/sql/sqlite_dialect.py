"""What SQLite says: people and lists as JSON, rows as one JSON array."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from connectors.dates import DateFormat
from connectors.sql.correlated import Correlated
from connectors.sql.dialect import BLANKS, FULL_ID, HALF_ID, Expression, constant, piece, rendered
from connectors.sql.texts import RowTexts, of_json


class Sqlite(Correlated):
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

    def texts(self, cells: Sequence[Any], width: int) -> RowTexts:
        return of_json(cells, width, json.loads)

    def fits(self, text: Expression, shape: DateFormat) -> Expression:
        glob = "".join("[0-9]" * part.width if part.letter else f"[{part.literal}]" for part in shape.parts)
        tests = [_like(text, glob)]
        if shape.open_ended:
            tests = [sa.or_(tests[0], _like(text, glob + "[-T ][0-9]*"))]
            tests += [_no(text, f"*{signs}*") for signs in ("[BZz]", ":*-", "+*+")]
            tests.append(sa.or_(_no(text, "*+*"), *(_like(text, f"*+08{rest}") for rest in ("", "00", ":00"))))
        for letter, most in (("m", "12"), ("d", "31")):
            if shape.part(letter):
                tests.append(piece(text, shape, letter).between(constant("01"), constant(most)))
        return sa.and_(*tests)

    def one_group(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        return rows.group_by(constant("all"))

    def keyed(self, column: Expression, declared: str, keys: Sequence[Expression]) -> Expression:
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
        return sa.func.trim(text, constant(BLANKS), type_=sa.Text)

    def halfwidth(self, text: Expression, wide: bool = False) -> Expression:
        """Wide, by the runner's own function: SQLite does not nest so many calls. It is given bytes: a text of wrong
        bytes would end the statement for everybody."""
        if wide:
            return sa.func.halfwidth(sa.cast(text, sa.LargeBinary), type_=sa.Text)
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

    def digest(self, text: Expression) -> Expression:
        return sa.func.md5(sa.cast(text, sa.LargeBinary), type_=sa.Text)

    def digits(self, text: Expression, count: int) -> Expression:
        return _like(text, "[0-9]" * count)

    def inline(self, expression: Expression) -> str:
        return str(expression.compile(dialect=self._dialect, compile_kwargs={"literal_binds": True}))

    def render(self, statement: sa.ClauseElement) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        return rendered(statement, self._dialect)


def _like(text: Expression, pattern: str) -> Expression:
    return text.op("GLOB", is_comparison=True)(constant(pattern))


def _no(text: Expression, pattern: str) -> Expression:
    return text.op("NOT GLOB", is_comparison=True)(constant(pattern))


SQLITE = Sqlite()
