"""One statement that must hold whatever the rules say."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.catalogue import Item
from exchange.decision import Decision, GroundState, Treatment
from exchange.treatment import effective


@dataclass(frozen=True, slots=True)
class Property:
    id: str
    zh: str
    en: str
    basis: str
    line: int
    roles: frozenset[str]
    purposes: frozenset[str]
    items: frozenset[str]
    states: frozenset[GroundState]
    at_most: Treatment
    """What no released item may exceed; FULL = no limit."""
    rows: frozenset[str]
    """Row conditions of which every opened item must carry some and no other; empty = no demand."""

    @property
    def cells(self) -> int:
        return len(self.roles) * len(self.purposes) * len(self.items) * len(self.states)

    def speaks_of(self, role: str, purpose: str, item: str, state: GroundState) -> bool:
        return role in self.roles and purpose in self.purposes and item in self.items and state in self.states

    def allows(self, item: Item, decision: Decision) -> bool:
        """INVARIANT: a withheld item breaks no property.

        The limit is read for the item's kind, as rules are: an amount at most MASKED may be BANDED. Yes or no is less
        than every form of the value.
        """
        if decision.treatment is Treatment.WITHHELD:
            return True
        within = self.at_most is not Treatment.WITHHELD and (
            self.at_most is Treatment.FULL or decision.treatment in (Treatment.EXISTS, effective(item, self.at_most))
        )
        return within and (not self.rows or (bool(decision.rows) and decision.rows <= self.rows))
