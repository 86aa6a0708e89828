"""What MariaDB says: questions as parts of one UNION ALL, people and lists through JSON_TABLE.

No LATERAL there, so a part joins its source to the people's keys and numbers the rows of each person. A text is
compared in the session's collation, which tells apart all that differs; the source's own one serves its index alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from connectors.dates import FOLLOWS, DateFormat
from connectors.encoding import FULL_WIDTH, HALF_WIDTH
from connectors.sql.dialect import FULL_ID, HALF_ID, Asked, Expression, constant, digits_of, number, rendered
from connectors.sql.folding import folded
from connectors.sql.texts import RowTexts, of_rows

_N, _F, _K = "p n", "p f", "p k"
_KEYS = (
    'SELECT j.n AS "p n", j.f AS "p f", CAST(j.k AS CHAR) AS "p k"'
    " FROM JSON_TABLE(:people, '$[*]' COLUMNS (n FOR ORDINALITY,"
    " NESTED PATH '$[*]' COLUMNS (f FOR ORDINALITY, k VARCHAR(255) CHARACTER SET utf8mb4 PATH '$'))) AS j"
)
"""Under names that no column of a source can have: a mapping's own SQL names its columns without their table."""
_LIST = (
    "SELECT j.i, CAST(j.v AS CHAR) AS v FROM JSON_TABLE(:{bind}, '$[*]' COLUMNS (i FOR ORDINALITY,"
    " v VARCHAR(4000) CHARACTER SET utf8mb4 PATH '$')) AS j"
)
_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")
_DAYS = ("date", "datetime", "timestamp")
_BLANKS = "[ \t\r\n\u3000]+"
_PLACE = itemgetter(0, 1, 2)


class MariaDb:
    name = "mariadb"
    first = 1
    _dialect = mysql.dialect(paramstyle="qmark")
    _plain = mysql.dialect(paramstyle="named")
    """Writes a per cent sign as it is."""

    def statement(self, forms: int, asked: Sequence[Asked]) -> sa.ClauseElement:
        return sa.union_all(*(self._part(place, forms, each) for place, each in enumerate(asked)))

    def grid(self, rows: Sequence[Sequence[Any]], exists: Sequence[bool]) -> Sequence[Sequence[Any]]:
        found: dict[int, list[Any]] = {}
        for slot, person, _, text in sorted(rows, key=_PLACE):
            row = found.setdefault(person, [person, *(False if each else [] for each in exists)])
            if exists[slot]:
                row[slot + 1] = True
            elif text is None:
                raise ValueError("a row is missing")
            else:
                row[slot + 1].append(json.loads(text))
        return list(found.values())

    def texts(self, cells: Sequence[Any], width: int) -> RowTexts:
        return of_rows(cells)

    def people_binds(self, forms: Sequence[Sequence[str | None]]) -> dict[str, object]:
        return {"people": json.dumps(list(zip(*forms, strict=True)))}

    def list_bind(self, values: Sequence[str]) -> object:
        return json.dumps(list(values))

    def _part(self, place: int, forms: int, asked: Asked) -> sa.Select[*tuple[Any, ...]]:
        keys = sa.text(_KEYS).bindparams(sa.bindparam("people", type_=sa.Text, required=False))
        people = keys.columns(sa.column(_N), sa.column(_F), sa.column(_K, sa.Text)).subquery("p")
        tests = [self._matched(asked, people.c[_K])]
        if len(asked.forms) < forms:
            tests.append(people.c[_F].in_([number(form + 1) for form in asked.forms]))
        found = sa.select(people.c[_N]).select_from(people.join(asked.source, sa.and_(*tests))).where(asked.where)
        if not asked.columns:
            rows = found.group_by(people.c[_N]).subquery("t")
            return sa.select(number(place), rows.c[_N], number(1), sa.null())
        columns, ways = asked.columns, asked.order
        if asked.groups is not None:
            found = found.group_by(people.c[_N], *map(self._exact, asked.groups))
            columns, ways = folded(columns, ways, asked.values, self.binary)
        order = [way for by, greatest in ways for way in ([by.desc()] if greatest else [by.is_(None), by.asc()])]
        at = sa.func.row_number().over(partition_by=people.c[_N], order_by=order)
        cells = [column.label(f"c{i}") for i, column in enumerate(columns)]
        rows = found.add_columns(at.label("i"), *cells).subquery("t")
        written = sa.func.json_array(*(rows.c[cell.name] for cell in cells))
        return sa.select(number(place), rows.c[_N], rows.c.i, written).where(rows.c.i <= number(asked.most))

    def _matched(self, asked: Asked, key: Expression) -> Expression:
        exact = self._exact(asked.person) == key
        if asked.collation:
            charset = sa.literal_column(asked.collation.partition("_")[0])
            said = sa.func.convert(key.op("USING")(charset), type_=sa.Text)
            return sa.and_(asked.person == sa.collate(said, asked.collation), exact)
        if asked.type in _INTEGERS:
            return sa.and_(asked.person == sa.cast(key, sa.Integer), exact)
        return exact

    def _exact(self, text: Expression) -> Expression:
        return sa.cast(text, sa.Text)

    def column(self, column: Expression, declared: str) -> Expression:
        """A BIT is read as its number, a day of zeros as none."""
        if declared == "bit":
            return column + number(0)
        if declared in _DAYS:
            text = self._exact(column)
            return sa.case((sa.func.left(text, number(10)) == constant("0000-00-00"), sa.null()), else_=text)
        return column

    def octets(self, column: Expression) -> Expression:
        return sa.func.octet_length(column, type_=sa.Integer)

    def readable(self, column: Expression) -> Expression:
        return self._exact(column)

    def among(self, text: Expression, bind: str) -> Expression:
        return text.in_(sa.select(self._each(bind).c.v))

    def place(self, text: Expression, bind: str) -> Expression:
        each = self._each(bind)
        found = sa.select(sa.func.min(each.c.i) - number(1)).where(each.c.v == text)
        return found.correlate_except(each).scalar_subquery()

    def _each(self, bind: str) -> sa.Subquery:
        text = sa.text(_LIST.format(bind=bind)).bindparams(sa.bindparam(bind, type_=sa.Text, required=False))
        return text.columns(sa.column("i", sa.Integer), sa.column("v", sa.Text)).subquery()

    def fits(self, text: Expression, shape: DateFormat) -> Expression:
        parts = (digits_of(part) if part.letter else f"\\x{{{ord(part.literal):x}}}" for part in shape.parts)
        ends = rf"({FOLLOWS})?\z" if shape.open_ended else r"\z"
        return text.op("REGEXP", is_comparison=True)(constant("^" + "".join(parts) + ends))

    def digits(self, text: Expression, count: int) -> Expression:
        return text.op("REGEXP", is_comparison=True)(constant(f"^[0-9]{{{count}}}\\z"))

    def digest(self, text: Expression) -> Expression:
        return sa.func.md5(text, type_=sa.Text)

    def trimmed(self, text: Expression) -> Expression:
        ends = constant(f"^{_BLANKS}|{_BLANKS}\\z")
        return sa.func.regexp_replace(text, ends, constant(""), type_=sa.Text)

    def upper(self, text: Expression) -> Expression:
        return sa.func.upper(text, type_=sa.Text)

    def measured(self, shape: DateFormat) -> DateFormat:
        return shape

    def authored(self, text: str) -> str:
        return text

    def halfwidth(self, text: Expression, wide: bool = False) -> Expression:
        """Written as text: so many calls in one another are too deep for the compiler."""
        pairs = zip(*((FULL_WIDTH, HALF_WIDTH) if wide else (FULL_ID, HALF_ID)), strict=True)
        written = self.inline(text)
        for full, half in pairs:
            written = f"replace({written}, {constant(full)}, {constant(half)})"
        return sa.literal_column(written, sa.Text)

    def binary(self, text: Expression) -> Expression:
        return text

    def inline(self, expression: Expression) -> str:
        return str(expression.compile(dialect=self._plain, compile_kwargs={"literal_binds": True}))

    def render(self, statement: sa.ClauseElement) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        return rendered(statement, self._dialect)


MARIADB = MariaDb()
