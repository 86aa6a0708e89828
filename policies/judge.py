"""Casbin itself, asked about one item at a time: the witness for the compiled engine.

Milliseconds an item: never on a request's way.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

import casbin

from exchange.catalogue import Catalogue
from exchange.decision import GroundState, Treatment
from exchange.treatment import effective
from policies.reach import links
from policies.rule import Rule
from policies.rulebook import RELEASING, Rulebook

_PLACE_OF_ID = 6


class Judge:
    """Two enforcers over one model: what is permitted, and what is forbidden."""

    def __init__(self, catalogue: Catalogue, book: Rulebook) -> None:
        self._catalogue = catalogue
        self._book = book
        # Of several permits of one treatment, one without a row condition is to be found first.
        ordered = sorted(book.permits, key=lambda rule: bool(rule.rows))
        self._permits = self._enforcer(ordered, permits=True)
        self._forbids = self._enforcer(book.forbids, permits=False)

    def verdict(self, role: str, purpose: str, item: str, state: GroundState) -> tuple[Treatment, str | None]:
        """The treatment and the id of the permit that gives it. Only leaves may ask."""
        if (
            role in self._book.roles.leaves
            and purpose in self._book.purposes.purposes
            and item in self._catalogue.items
        ):
            for treatment in RELEASING:
                asked = (role, purpose, item, str(treatment), str(state))
                permitted, rule = self._permits.enforce_ex(*asked)
                if permitted and not self._forbids.enforce(*asked):
                    return treatment, rule[_PLACE_OF_ID]
        return Treatment.WITHHELD, None

    def _enforcer(self, rules: Iterable[Rule], permits: bool) -> casbin.Enforcer:
        enforcer = casbin.Enforcer(str(self._book.model))
        enforcer.logger.setLevel(logging.ERROR)
        enforcer.add_function("yields", self._yields)
        enforcer.add_function("meets", lambda state, needed: not needed or GroundState(state).meets(needed))
        enforcer.add_named_policies("p", [list(rule.fields) for rule in rules])
        purposes = [*self._book.purposes.links, *((code, "*") for code in self._book.purposes.purposes if not permits)]
        for name, pairs in (("g", self._book.roles.links), ("g2", purposes), ("g3", links(self._catalogue, permits))):
            enforcer.add_named_grouping_policies(name, [list(pair) for pair in pairs])
        return enforcer

    def _yields(self, item: str, said: str, asked: str) -> bool:
        """Whether the treatment that a rule speaks of is, for an item of this kind, the one that is asked about."""
        return said == "*" or effective(self._catalogue.items[item], Treatment(said)) == asked
