"""Two versions of the policies beside each other: every role × purpose × item × ground, and what purposes presuppose.

INVARIANT: a change counts as widening unless it is known to show no more than before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Any as Anything

from exchange.catalogue import Catalogue
from exchange.condition import ALWAYS, Any, Condition
from exchange.decision import Decision, GroundState, Treatment
from exchange.purpose import Purpose
from policies.engine import Engine

_RANK = {treatment: rank for rank, treatment in enumerate(Treatment)}
_WIDER_WHEN = {"adult": False, "alive": False, "covered": False, "own": False, "synthetic": False} | {
    "portfolio": True,
    "outcome": False,
    "sees_expired": True,
}
"""The value of a purpose's presupposition that lets more be seen."""


class Kind(StrEnum):
    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class CellChange:
    """One item that one role sees otherwise for one purpose."""

    role: str
    purpose: str
    item: str
    states: tuple[GroundState, ...]
    """The grounds on which it is so."""
    kind: Kind
    before: Decision
    after: Decision
    widens: bool


@dataclass(frozen=True, slots=True)
class PurposeChange:
    """One thing that a purpose presupposes or says, in both versions."""

    purpose: str
    word: str
    """`ground`, `adult`, `relation`, …"""
    before: str
    after: str
    widens: bool


@dataclass(frozen=True)
class Comparison:
    old: str
    """Revision."""
    new: str
    cells: tuple[CellChange, ...]
    purposes: tuple[PurposeChange, ...]

    @property
    def equal(self) -> bool:
        """Whether both decide alike. Their revisions may differ, by a comment."""
        return not self.cells and not self.purposes

    @cached_property
    def widens(self) -> bool:
        return any(change.widens for change in (*self.cells, *self.purposes))

    def count(self, kind: Kind) -> int:
        return sum(change.kind is kind for change in self.cells)


def compare(old: Engine, new: Engine, catalogue: Catalogue) -> Comparison:
    """What `new` decides otherwise than `old`; both stand on the same catalogue.

    A role and purpose to which neither opens anything are not looked at.
    """
    cells = tuple(
        change
        for role in _either(old.book.roles.leaves, new.book.roles.leaves)
        for purpose in _either(old.purposes, new.purposes)
        if old.permitted(role, purpose) or new.permitted(role, purpose)
        for item in catalogue.items
        for change in _cell(old, new, catalogue, role, purpose, item)
    )
    return Comparison(old.revision, new.revision, cells, tuple(_purposes(old, new)))


def _either(old: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*new, *old)))


def _cell(old: Engine, new: Engine, catalogue: Catalogue, role: str, purpose: str, item: str) -> Iterator[CellChange]:
    """Grounds on which the same happens stand in one change."""
    record = catalogue.items[item].record
    found: dict[tuple[Decision, Decision], list[GroundState]] = {}
    for state in GroundState:
        before, after = old.verdict(role, purpose, item, state), new.verdict(role, purpose, item, state)
        if before != after or old.rows(before.rows, record) != new.rows(after.rows, record):
            found.setdefault((before, after), []).append(state)
    for (before, after), states in found.items():
        was, now = before.treatment is not Treatment.WITHHELD, after.treatment is not Treatment.WITHHELD
        if states == [GroundState.NONE] and not was and not now:
            continue  # only the words differ by which the missing ground is told
        kind = Kind.CHANGED if was == now else Kind.GAINED if now else Kind.LOST
        more = _RANK[after.treatment] < _RANK[before.treatment]
        widens = now and (more or not within(new.rows(after.rows, record), old.rows(before.rows, record)))
        yield CellChange(role, purpose, item, tuple(states), kind, before, after, widens)


def within(inner: Condition, outer: Condition) -> bool:
    """Whether it is plain that every row of `inner` is one of `outer`: every alternative stands there too."""
    return outer == ALWAYS or _alternatives(inner) <= _alternatives(outer)


def _alternatives(condition: Condition) -> frozenset[Condition]:
    return frozenset(condition.conditions) if isinstance(condition, Any) else frozenset({condition})


def _purposes(old: Engine, new: Engine) -> Iterator[PurposeChange]:
    """Of purposes that both know; what a new or a dropped one opens or closes is seen in its cells."""
    for code in _either(old.purposes, new.purposes):
        if code in old.purposes and code in new.purposes:
            before, after = old.purposes[code], new.purposes[code]
            for field in fields(Purpose):
                said = getattr(before, field.name), getattr(after, field.name)
                if said[0] != said[1]:
                    yield PurposeChange(code, field.name, str(said[0]), str(said[1]), _looser(field.name, *said))
            relation = before.relation
            if relation and relation == after.relation and old.relation(relation) != new.relation(relation):
                yield PurposeChange(code, "relation", relation, f"{relation}, other rows", True)


def _looser(word: str, before: Anything, after: Anything) -> bool:
    match word:
        case "title_en" | "title_zh" | "basis" | "pboc_code":
            return False
        case "ground":
            return after != "consent"
        case "relation" | "reference":
            return before is not None
        case "frequency":
            return after is None or not after.within(before)
        case "phase":
            return not before.reached(after)
        case _:
            return after == _WIDER_WHEN[word]
