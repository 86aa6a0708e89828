"""Why an item is open or not: every ground state, the rule that decided, and what comes nearest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exchange.catalogue import Catalogue, Item
from exchange.decision import Decision, GroundState, Nearest
from policies.engine import DEFAULT_DENY, NOT_CONSENTED, Engine
from policies.faults import unknown
from policies.rows import RowCondition

_BUILT_IN = {
    DEFAULT_DENY: "no rule permits this item to this role for this purpose",
    NOT_CONSENTED: "the purpose's ground is missing, or does not cover this item",
}


class WordUnknown(ValueError):
    """The policies or the catalogue do not know this word."""

    code = "WORD_UNKNOWN"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision in one ground state."""

    state: GroundState
    decision: Decision
    rule: str
    """The deciding rule as a sentence."""
    place: str | None
    """`permits.csv:12`; None where no rule decided."""
    rows: tuple[RowCondition, ...]
    """Row conditions of which one must hold; empty = every row."""
    nearest: Nearest | None


@dataclass(frozen=True, slots=True)
class Explanation:
    role: str
    purpose: str
    ground: str
    """What the purpose rests on: `consent`, `duty`, …"""
    item: Item
    revision: str
    verdicts: tuple[Verdict, ...]
    """One for each ground state: none, ordinary, written."""


def explain(engine: Engine, catalogue: Catalogue, role: str, purpose: str, item: str) -> Explanation:
    """Raises WordUnknown for a role, purpose or item that is not one a request may name."""
    for kind, word, known in (
        ("role", role, engine.roles),
        ("purpose", purpose, engine.purposes),
        ("item", item, catalogue.items),
    ):
        _known(kind, word, known)
    verdicts = tuple(_verdict(engine, role, purpose, item, state) for state in GroundState)
    ground = engine.purposes[purpose].ground
    return Explanation(role, purpose, ground, catalogue.items[item], engine.revision, verdicts)


def _known(kind: str, word: str, known: Iterable[str]) -> None:
    if word not in known:
        raise WordUnknown(unknown(kind, word, known))


def _verdict(engine: Engine, role: str, purpose: str, item: str, state: GroundState) -> Verdict:
    decision = engine.verdict(role, purpose, item, state)
    built_in = _BUILT_IN.get(decision.rule)
    rule = None if built_in else engine.rule(decision.rule)
    return Verdict(
        state,
        decision,
        rule.text if rule else built_in or "",
        f"{rule.file}:{rule.line}" if rule else None,
        tuple(engine.book.rows[name] for name in sorted(decision.rows)),
        engine.nearest_in(role, purpose, item, state),
    )
