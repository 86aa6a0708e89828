"""The decision again, from the written rules, in plain lines: no Casbin, nothing compiled."""

from __future__ import annotations

from exchange.catalogue import Catalogue
from exchange.decision import GroundState, Treatment
from exchange.treatment import effective
from policies.rule import Rule
from policies.rulebook import Rulebook


def about(book: Rulebook, rules: tuple[Rule, ...], role: str, purpose: str) -> list[Rule]:
    """The rules that speak of this role and this purpose, in file order."""
    roles, purposes = _above(role, book.roles.links), _above(purpose, book.purposes.links) | {"*"}
    return [rule for rule in rules if rule.role in roles and rule.purpose in purposes]


def decide(catalogue: Catalogue, permits: list[Rule], forbids: list[Rule], key: str, state: GroundState):
    """(treatment, row conditions, id of the deciding rule or None)."""
    item = catalogue.items[key]
    home = next(d for d in catalogue.departments.values() if item.record in d.records)
    words = {key, "*", f"group:{item.group}", f"record:{item.record}", f"sensitivity:{item.sensitivity}"}
    words |= {f"department:{home.code}", f"domain:{home.domain}", f"collection:{item.collection}"}
    on_it = [rule for rule in permits if rule.item in ({key} if item.sensitivity == 4 else words)]
    met = [rule for rule in on_it if state == "written" or (state == "ordinary" and rule.ground == "ordinary")]
    for asked in (Treatment.FULL, Treatment.MASKED, Treatment.BANDED, Treatment.EXISTS):
        fit = [rule for rule in met if effective(item, Treatment(rule.treatment)) == asked]
        if fit and not any(
            f.item in words and (f.treatment == "*" or effective(item, Treatment(f.treatment)) == asked)
            for f in forbids
        ):
            whole = [rule for rule in fit if not rule.rows]
            return asked, frozenset() if whole else frozenset(rule.rows for rule in fit), (whole or fit)[0].id
    return Treatment.WITHHELD, frozenset(), None


def _above(word: str, links: tuple[tuple[str, str], ...]) -> set[str]:
    return {word}.union(*(_above(parent, links) for child, parent in links if child == word))
