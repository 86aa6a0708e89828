"""Conditions on a department's rows, said in words of the standard.

Row conditions, retention clocks and probes are all made of these. A connector turns them into the WHERE of its
source; `exchange` never learns how. Every condition is two-valued: a comparison with a missing value is false.
Values that change from ask to ask are named (`Given`), so that a compiled statement can be kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Given:
    """A value known only when the ask is made: `today`, `today-5y`, `today-24m`, `institution`, `disputed:PBC03` …

    Days are `datetime.date`, attributes `str`, `disputed:…` and `districts` a sequence of `str`.
    """

    name: str


Operand: TypeAlias = str | Given
Comparison: TypeAlias = Literal["=", "<=", ">="]


@dataclass(frozen=True, slots=True)
class Compare:
    """The named item (or hidden attribute) compared with a value of the standard (a code, an ISO day) or a Given."""

    item: str
    operator: Comparison
    value: Operand


@dataclass(frozen=True, slots=True)
class OneOf:
    """The item's value is among these codes, or among the values of a Given that is a sequence."""

    item: str
    values: tuple[str, ...] | Given


@dataclass(frozen=True, slots=True)
class Missing:
    """The item has no value (after the mapping's `empty` values became null)."""

    item: str


@dataclass(frozen=True, slots=True)
class KeyIn:
    """The record's own key in its department (`record_key` of the mapping) is among the given keys."""

    keys: Given


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    conditions: tuple[Condition, ...]


Condition: TypeAlias = Compare | OneOf | Missing | KeyIn | Not | All | Any

ALWAYS = All(())
NEVER = Any(())


def items_of(condition: Condition) -> frozenset[str]:
    """The items and hidden attributes that a condition reads."""
    match condition:
        case Compare(item) | OneOf(item) | Missing(item):
            return frozenset({item})
        case Not(inner):
            return items_of(inner)
        case All(parts) | Any(parts):
            return frozenset().union(*map(items_of, parts))
        case KeyIn():
            return frozenset()


def given_in(condition: Condition) -> frozenset[str]:
    """The names of the Given values that a condition needs."""
    match condition:
        case Compare(_, _, Given(name)) | OneOf(_, Given(name)) | KeyIn(Given(name)):
            return frozenset({name})
        case Not(inner):
            return given_in(inner)
        case All(parts) | Any(parts):
            return frozenset().union(*map(given_in, parts))
        case _:
            return frozenset()
