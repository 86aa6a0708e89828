"""How old systems write down days, months and amounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy import Table

from gateway.demo.months import last_day, settled_month

Cell: TypeAlias = str | int | Decimal | date | None
Row: TypeAlias = tuple[Cell, ...]
Rows: TypeAlias = Iterator[tuple[Table, Row]]

NEVER = "99991231"
NONE = "00000000"


def compact_day(day: date | None, none: str = NONE) -> str:
    """`20261031`; a day that did not come is a filler."""
    return none if day is None else f"{day:%Y%m%d}"


def iso_day(day: date | None) -> str:
    """`2026-10-31`, or an empty text."""
    return "" if day is None else day.isoformat()


def yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def wan(fen: int) -> Decimal:
    """Ten thousands of yuan, exact to the fen."""
    return Decimal(fen) / 1_000_000


def flag(value: bool) -> str:
    return "Y" if value else "N"


def report_day(day: date) -> date:
    """The day for which a department vouches: the end of its last settled month."""
    return last_day(settled_month(day))
