"""A change of the gateway's own records that stands or falls with its sealed entry: one transaction holds both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What was decided on the records as they were read, and is written only if they still are so.

    The seal runs `guard` under the write lock; where it does not give `found`, nothing is written and the act is
    refused (CHANGED_MEANWHILE): of two acts at once on the same record one gets nothing.
    """

    guard: Statement
    found: Sequence[tuple[Any, ...]]
    """The rows that the decision rests on, as `guard` gave them."""
    writes: tuple[Statement, ...]
