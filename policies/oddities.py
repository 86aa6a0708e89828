"""Rules that harm nothing and do nothing: reasons to look again, none to stop."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from exchange.catalogue import Catalogue
from exchange.decision import GroundState, Treatment
from exchange.treatment import effective
from policies.engine import DEFAULT_DENY, NOT_CONSENTED, Engine
from policies.faults import Fault
from policies.reach import NAMED_ONLY
from policies.rule import Rule
from policies.rulebook import RELEASING, Rulebook

_NARROW = ("group:", "record:")
"""Words of which the standard says that they leave sensitivity 4 out."""


def oddities(engine: Engine, catalogue: Catalogue) -> tuple[Fault, ...]:
    """Dead rules, shadowed rules, and wide words that do not reach what they seem to; by file and line."""
    found = [*_permits(engine, catalogue), *_forbids(engine.book, catalogue)]
    return tuple(sorted(Fault(rule.file, rule.line, f"{rule.id} {message}") for rule, message in found))


def _permits(engine: Engine, catalogue: Catalogue) -> Iterator[tuple[Rule, str]]:
    deciding = _deciding(engine, catalogue)
    for rule in engine.book.permits:
        codes = engine.book.purposes.reach[rule.purpose]
        if all(engine.book.purposes.purposes[code].ground == "none" for code in codes):
            yield rule, f"is dead: {rule.purpose} rests on no ground, so nothing is open for it"
        elif rule.id not in deciding:
            others = _instead(engine, catalogue, rule)
            if others:
                yield rule, f"is shadowed and never decides: {', '.join(others)} decides wherever it would"
        if rule.item in catalogue.items or rule.item.startswith(_NARROW):
            continue
        missed = len(engine.book.forbidden_reach[rule.item]) - len(engine.book.reach[rule.item])
        if missed:
            yield (
                rule,
                f"does not reach {missed} items of sensitivity {NAMED_ONLY} in {rule.item}: each is named by itself",
            )


def _deciding(engine: Engine, catalogue: Catalogue) -> frozenset[str]:
    """The rules named by some decision."""
    pairs = [pair for pair in product(engine.roles, engine.purposes) if engine.permitted(*pair)]
    states = (GroundState.ORDINARY, GroundState.WRITTEN)
    return frozenset(
        engine.verdict(*pair, key, state).rule for pair in pairs for key in catalogue.items for state in states
    )


def _instead(engine: Engine, catalogue: Catalogue, rule: Rule) -> list[str]:
    """The rules that decide where this one would; none if it has a part in a decision by its rows."""
    found: dict[str, None] = {}
    pairs = product(sorted(engine.book.roles.reach[rule.role]), sorted(engine.book.purposes.reach[rule.purpose]))
    states = [GroundState.ORDINARY, GroundState.WRITTEN] if rule.ground == "ordinary" else [GroundState.WRITTEN]
    for pair, key, state in product(pairs, engine.book.reach[rule.item], states):
        means = effective(catalogue.items[key], Treatment(rule.treatment))
        if means is Treatment.WITHHELD:
            continue
        decision = engine.verdict(*pair, key, state)
        if rule.rows and decision.treatment is means and rule.rows in decision.rows:
            return []
        found[decision.rule] = None
    return [name for name in found if name not in (DEFAULT_DENY, NOT_CONSENTED)][:3]


def _forbids(book: Rulebook, catalogue: Catalogue) -> Iterator[tuple[Rule, str]]:
    """A forbid that meets no permit is no oddity: it stands against permits to come."""
    seen: list[tuple[Rule, frozenset[str], frozenset[str], frozenset[str]]] = []
    every = frozenset(book.purposes.purposes)
    for rule in book.forbids:
        keys = frozenset(book.forbidden_reach[rule.item])
        codes = every if rule.purpose == "*" else book.purposes.reach[rule.purpose]
        roles = book.roles.reach[rule.role]
        if rule.treatment != "*" and not any(
            effective(catalogue.items[key], Treatment(rule.treatment)) in RELEASING for key in keys
        ):
            yield rule, f"is dead: {rule.treatment} has no meaning for {rule.item}"
        for other, wider_roles, wider_codes, wider_keys in seen:
            if (
                roles <= wider_roles
                and codes <= wider_codes
                and keys <= wider_keys
                and (other.treatment in ("*", rule.treatment))
            ):
                yield rule, f"is shadowed and never decides: {other.id} closes all that it closes"
                break
        seen.append((rule, roles, codes, keys))
