"""The policies as one picture: of each role, purpose and release group the widest treatment, and the rules behind it.

It supposes the purpose's own ground; what a written consent that names the item opens beyond that is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from exchange.catalogue import Catalogue
from exchange.decision import Decision, GroundState, Treatment
from policies.engine import DEFAULT_DENY, NOT_CONSENTED, Engine

_ORDER = tuple(Treatment)
_NO_RULE = frozenset({DEFAULT_DENY, NOT_CONSENTED})


@dataclass(frozen=True, slots=True)
class Behind:
    """One rule behind a cell."""

    rule: str
    text: str
    """The rule as a sentence."""
    basis: str
    treatment: Treatment
    rows: tuple[str, ...]
    """Row conditions of which one must hold; empty = every row."""
    items: int
    written: bool
    """Whether it needs a written consent that names the item."""


@dataclass(frozen=True, slots=True)
class Cell:
    role: str
    purpose: str
    group: str
    treatment: Treatment
    """The widest of its items on the purpose's own ground."""
    counts: Mapping[Treatment, int]
    """How many of its items have each treatment."""
    written: int
    """How many a written consent that names them opens further."""
    behind: tuple[Behind, ...]


_made: WeakKeyDictionary[Engine, tuple[Cell, ...]] = WeakKeyDictionary()


def cells(engine: Engine, catalogue: Catalogue) -> tuple[Cell, ...]:
    """Those about which some rule says something, by role, purpose and group; the rest is closed by default. Made once
    for each set of policies."""
    if engine not in _made:
        _made[engine] = tuple(_cells(engine, catalogue))
    return _made[engine]


def _cells(engine: Engine, catalogue: Catalogue) -> Iterator[Cell]:
    for role in engine.book.roles.leaves:
        for purpose in engine.purposes:
            if engine.permitted(role, purpose):
                for group, keys in catalogue.grouped.items():
                    cell = _cell(engine, role, purpose, group, sorted(keys))
                    if cell.behind:
                        yield cell


def _cell(engine: Engine, role: str, purpose: str, group: str, keys: list[str]) -> Cell:
    ordinary = [engine.verdict(role, purpose, key, GroundState.ORDINARY) for key in keys]
    further = [
        wide
        for key, decision in zip(keys, ordinary, strict=True)
        if _wider(wide := engine.verdict(role, purpose, key, GroundState.WRITTEN), decision)
    ]
    counts = Counter(decision.treatment for decision in ordinary)
    return Cell(
        role,
        purpose,
        group,
        min(counts, key=_ORDER.index),
        {treatment: counts[treatment] for treatment in _ORDER if counts[treatment]},
        len(further),
        (*_behind(engine, ordinary, written=False), *_behind(engine, further, written=True)),
    )


def _wider(one: Decision, other: Decision) -> bool:
    return _ORDER.index(one.treatment) < _ORDER.index(other.treatment)


def _behind(engine: Engine, decisions: list[Decision], *, written: bool) -> Iterator[Behind]:
    found = Counter((decision.rule, decision.treatment, decision.rows) for decision in decisions)
    for (rule, treatment, rows), items in found.items():
        if rule not in _NO_RULE:
            known = engine.rule(rule)
            yield Behind(rule, known.text, known.basis, treatment, tuple(sorted(rows)), items, written)
