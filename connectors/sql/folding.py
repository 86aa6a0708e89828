"""Rows that tell one record, folded to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from connectors.sql.decode import CONFLICT, SEPARATOR
from connectors.sql.dialect import Expression, constant, number

Order = Sequence[tuple[Expression, bool]]


def folded(
    columns: Sequence[Expression], order: Order, values: int, binary: Callable[[Expression], Expression]
) -> tuple[list[Expression], list[tuple[Expression, bool]]]:
    """Columns and order of a group, from those of its rows. The first `values` of the columns must agree; what follows
    them stands beside the record, and is one whatever the rows say."""
    told = [_agreed(binary(column)) for column in columns[:values]] + [sa.func.min(each) for each in columns[values:]]
    return told, [(sa.func.max(by) if greatest else sa.func.min(by), greatest) for by, greatest in order]


def _agreed(value: Expression) -> Expression:
    """The value on which all folded rows agree, or the mark of a conflict with what they say."""
    count, every = sa.func.count(value), sa.func.count()
    least, greatest = sa.func.min(value, type_=sa.Text), sa.func.max(value, type_=sa.Text)
    agree = sa.and_(count == every, least == greatest)
    lacking = sa.case((count == every, constant("")), else_=constant(SEPARATOR))
    both = constant(CONFLICT + SEPARATOR).concat(least).concat(constant(SEPARATOR)).concat(greatest).concat(lacking)
    return sa.case((count == number(0), sa.null()), (agree, least), else_=both)
