"""The decision again, from the written rules, in plain lines: no Casbin, nothing compiled."""

from __future__ import annotations

from exchange.catalogue import Catalogue
from exchange.decision import GroundState, Treatment
from exchange.treatment import effective
from policies.rulebook import Rulebook


def decide(catalogue: Catalogue, book: Rulebook, role: str, purpose: str, key: str, state: GroundState):
    """(treatment, row conditions, id of the deciding rule or None)."""
    item = catalogue.items[key]
    words = {key}
    groups = {f"group:{item.group}", f"record:{item.record}", f"sensitivity:{item.sensitivity}", "*"}
    home = next(d for d in catalogue.departments.values() if item.record in d.records)
    groups |= {f"department:{home.code}", f"domain:{home.domain}", f"collection:{item.collection}"}
    for treatment in (Treatment.FULL, Treatment.MASKED, Treatment.BANDED, Treatment.EXISTS):
        fit = [
            rule for rule in book.permits
            if rule.item in (words if item.sensitivity == 4 else words | groups)
            and effective(item, Treatment(rule.treatment)) == treatment
            and (state == "written" or (state == "ordinary" and rule.ground == "ordinary"))
            and _is(role, rule.role, book.roles.links) and _is(purpose, rule.purpose, book.purposes.links)
        ]  # fmt: skip
        forbidden = any(
            rule.item in words | groups
            and (rule.treatment == "*" or effective(item, Treatment(rule.treatment)) == treatment)
            and _is(role, rule.role, book.roles.links)
            and (rule.purpose == "*" or _is(purpose, rule.purpose, book.purposes.links))
            for rule in book.forbids
        )
        if fit and not forbidden:
            whole = [rule for rule in fit if not rule.rows]
            return treatment, frozenset() if whole else frozenset(rule.rows for rule in fit), (whole or fit)[0].id
    return Treatment.WITHHELD, frozenset(), None


def _is(word: str, wanted: str, links: tuple[tuple[str, str], ...]) -> bool:
    """Whether the word is the wanted one, or inherits from it."""
    return word == wanted or any(_is(parent, wanted, links) for child, parent in links if child == word)
