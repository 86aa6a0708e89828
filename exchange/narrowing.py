"""What a ground leaves of the decisions: only ever less. The range of a consent, and a second person's own right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from exchange.catalogue import Catalogue
from exchange.decision import Decision, Treatment
from exchange.ground import Ground

RANGE = "consent-range"
RANGE_BASIS = "PIPL arts 6, 14: a record without a date cannot be held to the dates that the person agreed to"
SECOND = "second-person"
SECOND_BASIS = "PIPL arts 13, 23; 征信业管理条例 art 18: what tells of a second person needs that person's own ground"
NEEDS = {
    RANGE: "needs a consent that is not limited to dates",
    SECOND: "needs the second person's own consent, to the same organisation and purpose, each naming the other",
}
"""Rule → what would open the item again."""
NOT_CONSENTED = frozenset({"not-consented", *NEEDS})
"""Rules that withhold for want of somebody's consent."""

_OF_ONE_PERSON = frozenset({"consent", "application", "contract", "proof"})
"""Grounds that rest on what one person did. A statute holds for everybody whom it names."""


def needs_partner(catalogue: Catalogue, ground: Ground, item: str) -> bool:
    """Whether the item tells of a second person on whose own right this ground does not rest."""
    return ground.kind in _OF_ONE_PERSON and ground.partner is None and bool(catalogue.items[item].second_person)


def narrowed(decisions: Mapping[str, Decision], catalogue: Catalogue, ground: Ground) -> Mapping[str, Decision]:
    """The decisions under this ground. The same object where it narrows nothing."""
    closed: dict[str, Decision] = {}
    ranged = ground.since is not None or ground.until is not None
    for key, decision in decisions.items():
        if decision.treatment is Treatment.WITHHELD:
            continue
        if needs_partner(catalogue, ground, key):
            closed[key] = _closed(decision, SECOND, SECOND_BASIS)
        elif ranged and catalogue.records[catalogue.items[key].record].since is None:
            closed[key] = _closed(decision, RANGE, RANGE_BASIS)
    return MappingProxyType({**decisions, **closed}) if closed else decisions


def _closed(decision: Decision, rule: str, basis: str) -> Decision:
    return replace(decision, treatment=Treatment.WITHHELD, rows=frozenset(), rule=rule, basis=basis, ground="")
