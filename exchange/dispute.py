"""Disputes and repairs under way: what marks a record (征信业管理条例 arts 16, 25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Dispute:
    """An open case about one record of one person."""

    id: str
    kind: Literal["dispute", "repair"]
    person: str
    """Keyed digest."""
    record: str
    """`PBC03`."""
    record_key: str
    """The record's key at its department."""
    opened_on: date
    statement: str | None = None
    """The person's own statement, at most 100 characters; travels with the record."""
