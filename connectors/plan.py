"""What a statement reads of a department: for the explorer, the documentation and the tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """What one question reads of one record type, in the source's own names."""

    record: str
    source: str
    """The table, or `SELECT`."""
    exists: bool
    returned: tuple[str, ...]
    """Columns and expressions that come back, in order of `Wanted.columns`, then the as-of column."""
    conditions: tuple[str, ...]
    """Columns and expressions that stand in WHERE and ORDER BY only: key, clock, row condition, order."""
    inside: tuple[str, ...] = ()
    """What a SELECT of the mapping reads inside (`reads:`)."""


@dataclass(frozen=True, slots=True)
class Plan:
    department: str
    statement: str
    """"" where nothing needs to be asked: no wanted record type is held."""
    reads: tuple[Read, ...]
