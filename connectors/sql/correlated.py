"""The shape of a statement where a database knows correlated subqueries that hold all rows in one value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from connectors.sql.dialect import Asked, Expression, number
from connectors.sql.folding import Order, folded


class Correlated(ABC):
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
        matched = self.keyed(asked.person, asked.type, [people.c[f"k{form}"] for form in asked.forms])
        rows = sa.select().select_from(asked.source).where(sa.and_(matched, asked.where))
        if not asked.columns:
            return sa.exists(rows.add_columns(sa.literal_column("1"))).correlate_except(asked.source)
        if asked.groups is not None:
            return self._folded(asked, rows, asked.groups)
        return self._ordered(asked, asked.columns, asked.order, rows.correlate_except(asked.source))

    def _folded(self, asked: Asked, rows: sa.Select[Any], groups: Sequence[Expression]) -> Expression:
        """Each text of a row is made once, however often the folding names it: a database that may not look through the
        OFFSET does not write it in everywhere."""
        cells = [column.label(f"c{i}") for i, column in enumerate(asked.columns)]
        keys = [by.label(f"o{i}") for i, (by, _) in enumerate(asked.order)]
        same = [group.label(f"g{i}") for i, group in enumerate(groups)]
        each = rows.add_columns(*cells, *keys, *same).offset(number(0)).correlate_except(asked.source).subquery("e")
        order = [(each.c[key.name], greatest) for key, (_, greatest) in zip(keys, asked.order, strict=True)]
        columns, order = folded([each.c[cell.name] for cell in cells], order, asked.values, self.binary)
        found = sa.select().select_from(each)
        found = found.group_by(*(each.c[group.name] for group in same)) if same else self.one_group(found)
        return self._ordered(asked, columns, order, found.correlate_except(each))

    def _ordered(self, asked: Asked, columns: Sequence[Expression], order: Order, rows: sa.Select[Any]) -> Expression:
        ways = [(by.desc() if greatest else by.asc()).nulls_last() for by, greatest in order]
        return self.rows(columns, rows.order_by(*ways).limit(number(asked.most)))

    @abstractmethod
    def people(self, forms: int) -> sa.FromClause:
        """`p(n, k0, k1, …)`: one row for each person, from the binds k0, k1, … (SQLite: people)."""

    @abstractmethod
    def keyed(self, column: Expression, declared: str, keys: Sequence[Expression]) -> Expression:
        """Whether the column, of this type, equals one of the keys; an index on it stays usable."""

    @abstractmethod
    def binary(self, text: Expression) -> Expression:
        """See `Dialect.binary`."""

    @abstractmethod
    def one_group(self, rows: sa.Select[Any]) -> sa.Select[Any]:
        """All rows as one group; no row, no group."""

    @abstractmethod
    def rows(self, columns: Sequence[Expression], inner: sa.Select[Any]) -> Expression:
        """One value holding all rows of `inner`, in order, each a list of text."""
