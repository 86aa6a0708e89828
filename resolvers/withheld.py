"""What is withheld and why: ordinary data beside the answer, the same whether rows exist or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.consent import Ground
from exchange.decision import Nearest
from exchange.narrowing import NEEDS
from exchange.refusals import ItemWithheld
from policies.engine import Engine
from resolvers.plan import Denied
from resolvers.selection import Path


@dataclass(frozen=True, slots=True)
class Withheld:
    """One selection that is null because of a rule."""

    selection: str
    """Response path, `person.financial.loanAccounts.balance`."""
    item: str
    """Catalogue item, or record type where a yes/no question is withheld."""
    rule: str
    basis: str
    nearest: Nearest | None


def withheld_of(
    engine: Engine, role: str, purpose: str, ground: Ground, denied: tuple[Denied, ...], root: Path
) -> tuple[Withheld, ...]:
    """One entry for each withheld selection, in the order of the query."""
    entries = []
    for one in denied:
        key = one.item if "." in one.item else one.decision.item
        if one.decision.rule in NEEDS:
            nearest = _opened_by(engine, role, purpose, key, ground, one.decision.rule)
        else:
            nearest = engine.nearest(role, purpose, key, ground)
        entries.append(
            Withheld(
                ".".join((*root, *one.path)),
                one.item,
                one.decision.rule,
                one.decision.basis,
                nearest,
            )
        )
    return tuple(entries)


def as_error(entry: Withheld) -> dict[str, Any]:
    """For a client that is told so: a GraphQL error at the selection."""
    refusal = ItemWithheld(rule=entry.rule, basis=entry.basis)
    said = as_json(entry)
    return {
        "message": refusal.message,
        "path": [int(key) if key.isdigit() else key for key in entry.selection.split(".")],
        "extensions": refusal.extensions() | {"item": entry.item, "nearest": said["nearest"]},
    }


def _opened_by(engine: Engine, role: str, purpose: str, item: str, ground: Ground, rule: str) -> Nearest:
    """What the policies alone would release, and what the ground lacks for it."""
    decision = engine.verdict(role, purpose, item, ground.state(item))
    return Nearest(decision.rule, decision.treatment, NEEDS[rule])


def as_json(entry: Withheld) -> Mapping[str, object]:
    nearest = entry.nearest
    return {
        "selection": entry.selection,
        "item": entry.item,
        "rule": entry.rule,
        "basis": entry.basis,
        "nearest": nearest and {"rule": nearest.rule, "treatment": nearest.treatment, "because": nearest.because},
    }
