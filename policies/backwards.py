"""The policies asked backwards: who can see an item, and what a role can see; for what, on what ground, which rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.catalogue import Catalogue
from exchange.decision import GroundState, Treatment
from policies.engine import Engine
from policies.explain import WordUnknown
from policies.faults import unknown
from policies.rows import RowCondition


@dataclass(frozen=True, slots=True)
class Opening:
    """One way in which one item is open."""

    role: str
    purpose: str
    ground: str
    """What the purpose rests on: `consent`, `duty`, …"""
    written: bool
    """Only on a written consent that names the item."""
    item: str
    treatment: Treatment
    rows: tuple[RowCondition, ...]
    """One of them must hold; empty = every row."""
    rule: str
    basis: str
    place: str
    """`permits.csv:12`."""


def who(engine: Engine, catalogue: Catalogue, item: str) -> tuple[Opening, ...]:
    """Every way to the item, by role and purpose in file order. Raises WordUnknown."""
    if item not in catalogue.items:
        raise WordUnknown(unknown("item", item, catalogue.items))
    return tuple(
        opening
        for role in engine.book.roles.leaves
        for purpose in engine.purposes
        for opening in _openings(engine, role, purpose, item)
    )


def what(engine: Engine, catalogue: Catalogue, role: str) -> tuple[Opening, ...]:
    """Every item that the role can see, by purpose in file order and item in catalogue order. Raises WordUnknown."""
    if role not in engine.roles:
        raise WordUnknown(unknown("role", role, engine.roles))
    return tuple(
        opening
        for purpose in engine.purposes
        if engine.permitted(role, purpose)
        for item in catalogue.items
        for opening in _openings(engine, role, purpose, item)
    )


def _openings(engine: Engine, role: str, purpose: str, item: str) -> Iterator[Opening]:
    """On the purpose's own ground; and on a written consent, where that opens the item otherwise."""
    ordinary = engine.verdict(role, purpose, item, GroundState.ORDINARY)
    written = engine.verdict(role, purpose, item, GroundState.WRITTEN)
    for needed, decision in ((False, ordinary), (True, written)):
        if decision.treatment is Treatment.WITHHELD or (needed and written == ordinary):
            continue
        rule = engine.rule(decision.rule)
        yield Opening(
            role,
            purpose,
            engine.purposes[purpose].ground,
            needed,
            item,
            decision.treatment,
            tuple(engine.book.rows[name] for name in sorted(decision.rows)),
            decision.rule,
            decision.basis,
            f"{rule.file}:{rule.line}",
        )
