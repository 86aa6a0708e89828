"""The decision written three times, compared: `python -m tests.policies.proof` (`make proof`).

Rule sets are made by chance; the engine is held against the reference on a million decisions, and against Casbin's own
`enforce` on twenty thousand, the deciding rule included. The first difference of a set is narrowed down to the rules
that it needs and written into `policies/cases/`, where `gateway policy test` tries it from then on.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import yaml

from exchange.catalogue import Catalogue
from exchange.consent import NO_GROUND, Ground
from exchange.decision import Decision, GroundState, Treatment
from exchange.standard.load import read as standard
from policies import rulebook
from policies.engine import Engine
from policies.judge import Judge
from policies.rule import FORBIDS, PERMITS, Rule
from policies.rulebook import RESERVED, Rulebook
from tests.policies import reference
from tests.policies.generated import Generated, write

CASES = rulebook.FOLDER / "cases"
SETS, DECISIONS = 100, 10_000
"""Rule sets, and decisions on each that the engine and the reference are asked for."""
WITNESSED, ASKS = 20, 1_000
"""Of these sets the first, of at least `LARGE` rules each, and the asks on each that Casbin is asked too."""
LARGE = 100

Wanted = tuple[Treatment, frozenset[str] | None, str | None]
"""Treatment, rows and rule; None = any, for Casbin says nothing of rows, and no rule decides what none permits."""


@dataclass(frozen=True)
class Ask:
    role: str
    purpose: str
    item: str
    ground: Ground


@dataclass(frozen=True)
class Difference:
    seed: int
    witness: str
    """`reference` or `casbin`."""
    ask: Ask
    wanted: Wanted
    got: Decision
    texts: dict[str, str]
    """The policy files, with only the rules that it takes."""


@dataclass(frozen=True)
class Tried:
    decisions: int
    asks: int
    differences: int
    first: Difference | None


def compare(catalogue: Catalogue, seed: int, rules: int, decisions: int, asks: int) -> Tried:
    """One rule set: so many decisions beside the reference, of these the first `asks` beside Casbin too."""
    texts = Generated(catalogue, seed, rules).texts()
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder, texts)
        book = rulebook.read(folder, catalogue)
        found: list[tuple[str, Ask]] = []
        pairs = (("reference", decisions), ("casbin", asks))
        for witness, count in pairs:
            differs = _differing(catalogue, book, witness)
            found += [(witness, ask) for ask in islice(_asked(catalogue, book, seed), count) if differs(ask)]
        return Tried(decisions, asks, len(found), _narrowed(catalogue, book, seed, texts, *found[0]) if found else None)


def exhausted(catalogue: Catalogue) -> Tried:
    """The shipped policies: every role, purpose, item and state of ground, beside the reference."""
    book = rulebook.read(rulebook.FOLDER, catalogue)
    grounds = (NO_GROUND, Ground("consent"), Ground("consent", written_items=frozenset(catalogue.items)))
    differs = _differing(catalogue, book, "reference")
    cells = product(book.roles.leaves, book.purposes.purposes, catalogue.items, grounds)
    asks = [Ask(*cell) for cell in cells]
    found = [ask for ask in asks if differs(ask)]
    return Tried(len(asks), 0, len(found), _narrowed(catalogue, book, 0, {}, "reference", found[0]) if found else None)


def _asked(catalogue: Catalogue, book: Rulebook, seed: int) -> Iterator[Ask]:
    """Without end; the same for the same seed."""
    random, keys = Random(seed), list(catalogue.items)
    grounds = [NO_GROUND, Ground("consent"), Ground("consent", written_items=frozenset(keys))]
    for _ in range(12):
        items, written = (frozenset(random.sample(keys, random.randint(1, len(keys)))) for _ in range(2))
        grounds += [Ground("consent", items=items), Ground("consent", items=items, written_items=written)]
        grounds += [Ground("consent", written_items=written)]
    roles, purposes = list(book.roles.leaves), list(book.purposes.purposes)
    while True:
        yield Ask(random.choice(roles), random.choice(purposes), random.choice(keys), random.choice(grounds))


def _differing(catalogue: Catalogue, book: Rulebook, witness: str) -> Callable[[Ask], bool]:
    engine, wanted = Engine(catalogue, book), _witness(catalogue, book, witness)
    return lambda ask: not _agree(wanted(ask), engine.decide(ask.role, ask.purpose, ask.ground)[ask.item], book)


def _witness(catalogue: Catalogue, book: Rulebook, witness: str) -> Callable[[Ask], Wanted]:
    if witness == "casbin":
        judge = Judge(catalogue, book)

        def enforced(ask: Ask) -> Wanted:
            treatment, rule = judge.verdict(ask.role, ask.purpose, ask.item, _state(ask))
            return treatment, None, rule

        return enforced

    @cache
    def about(role: str, purpose: str) -> tuple[list[Rule], list[Rule]]:
        permits, forbids = (reference.about(book, rules, role, purpose) for rules in (book.permits, book.forbids))
        return permits, forbids

    def written_again(ask: Ask) -> Wanted:
        return reference.decide(catalogue, *about(ask.role, ask.purpose), ask.item, _state(ask))

    return written_again


def _state(ask: Ask) -> GroundState:
    """What the ground is for the item: said here again, without `Ground.state`, which the engine's tables stand for."""
    if ask.ground.kind == "none":
        return GroundState.NONE
    if ask.item in ask.ground.written_items:
        return GroundState.WRITTEN
    return GroundState.ORDINARY if ask.ground.items is None or ask.item in ask.ground.items else GroundState.NONE


def _agree(wanted: Wanted, got: Decision, book: Rulebook) -> bool:
    treatment, rows, rule = wanted
    if treatment is not got.treatment or rows not in (None, got.rows):
        return False
    if rule is not None:
        return got.rule == rule
    return got.rule in RESERVED or any(forbid.id == got.rule for forbid in book.forbids)


def _narrowed(
    catalogue: Catalogue, book: Rulebook, seed: int, texts: dict[str, str], witness: str, ask: Ask
) -> Difference:
    """The difference, with every rule taken away without which it stays."""
    for rule in (*book.permits, *book.forbids):
        fewer = replace(
            book,
            permits=tuple(other for other in book.permits if other is not rule),
            forbids=tuple(other for other in book.forbids if other is not rule),
        )
        if _differing(catalogue, fewer, witness)(ask):
            book = fewer
    kept = {
        name: "".join(f"p, {', '.join(rule.fields)}\n" for rule in rules)
        for name, rules in ((PERMITS, book.permits), (FORBIDS, book.forbids))
    }
    got = Engine(catalogue, book).decide(ask.role, ask.purpose, ask.ground)[ask.item]
    return Difference(seed, witness, ask, _witness(catalogue, book, witness)(ask), got, {**texts, **kept})


def keep(difference: Difference, folder: Path) -> Path:
    """Write it as a case that brings its own rules and expects what the witness says."""
    ask, (treatment, rows, rule) = difference.ask, difference.wanted
    expected = treatment.value + (f" in {', '.join(sorted(rows))}" if rows else "") + (f" by {rule}" if rule else "")
    ground: object = "none" if ask.ground.kind == "none" else "ordinary"
    if ask.ground.items or ask.ground.written_items:
        ground = {"items": sorted(ask.ground.items or ()), "written": sorted(ask.ground.written_items)}
    case = {
        "why": f"Rules made by chance (seed {difference.seed}): the engine said {difference.got.treatment.value} "
        f"by {difference.got.rule}, the {difference.witness} otherwise.",
        "role": ask.role,
        "purpose": ask.purpose,
        "ground": ground,
        "rest": "unsaid",
        "expect": {ask.item: expected},
    }
    path = folder / f"generated-{difference.seed}.yaml"
    text = yaml.safe_dump({"instead": difference.texts, "cases": [case]}, allow_unicode=True, sort_keys=False)
    path.write_text(text, "utf-8")
    return path


def _set(seed: int) -> Tried:
    """The rule set of a seed, from 1; the witnessed ones are large."""
    witnessed = seed <= WITNESSED
    rules = LARGE + seed if witnessed else Random(seed).randint(2, 300)
    return compare(standard(), seed, rules, DECISIONS, ASKS if witnessed else 0)


def main() -> int:
    started = time.monotonic()
    shipped = exhausted(standard())
    print(f"shipped policies: {shipped.decisions:,} cells, {shipped.differences:,} differences", flush=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tried = [shipped, *pool.map(_set, range(1, SETS + 1))]
    for first in filter(None, (each.first for each in tried)):
        print(f"{keep(first, CASES)}: {first.ask.item} to {first.ask.role} for {first.ask.purpose}", file=sys.stderr)
    made, differences = tried[1:], sum(each.differences for each in tried)
    asks = sum(each.asks for each in made)
    print(f"Casbin's own enforce: {asks:,} asks over {WITNESSED} sets of more than {LARGE} rules, rule included")
    print(f"{SETS} rule sets in {time.monotonic() - started:.0f} s")
    print(f"{sum(each.decisions for each in made):,} decisions, {differences:,} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
