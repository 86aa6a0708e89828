"""Load and decide at 100, 1,000 and 10,000 rules, beside Casbin's own `enforce`: `python -m benchmarks.policies`.

The rules are made by chance over the shipped roles, purposes, items and row conditions.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from exchange.catalogue import Catalogue
from exchange.consent import Ground
from exchange.decision import GroundState
from exchange.standard.load import read as standard
from policies import rulebook
from policies.engine import Engine
from policies.judge import Judge
from policies.rule import FORBIDS, PERMITS
from policies.rulebook import FILES, FOLDER, RELEASING, Rulebook

SIZES = (100, 1_000, 10_000)
LOAD_S = 2.0
DECIDE_US = 20.0
"""What the engine must keep to at any number of rules."""
_SEED = 20061124
_EVERYBODY = "requester"
T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    rules: int
    load_s: float
    """Files to engine: read, checked, compiled."""
    plain_us: float
    """All items on a ground that names none."""
    named_us: float
    """All items on a consent that names each of them: the dearest ground."""
    enforce_ms: float
    """One item asked of Casbin; 0 = not asked."""


def measured(catalogue: Catalogue, rules: int, asks: int) -> Measured:
    """`asks` = how many items Casbin is asked about."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write(folder, catalogue, rules)
        load_s, engine = _best(lambda: Engine.load(folder, catalogue), 3)
        named = Ground("consent", items=frozenset(catalogue.items))
        return Measured(
            len(engine.book.permits) + len(engine.book.forbids),
            load_s,
            _decide_us(engine, Ground("consent")),
            _decide_us(engine, named),
            _enforce_ms(catalogue, engine.book, asks) if asks else 0.0,
        )


def write(folder: Path, catalogue: Catalogue, rules: int) -> None:
    """A folder of policies with so many rules, a tenth of them forbids."""
    for name in FILES:
        shutil.copy(FOLDER / name, folder / name)
    random, book = Random(_SEED), rulebook.read(FOLDER, catalogue)
    roles = [role for role in book.roles.reach if role != _EVERYBODY]
    purposes, groups = list(book.purposes.reach), sorted(f"group:{group}" for group in catalogue.groups)
    permits, forbids = [], []
    for number in range(rules - rules // 10):
        like = random.choice(book.permits)
        said = f"{like.item}, {like.treatment}, {like.rows}, ordinary, P-{number}, {like.basis_key}"
        permits.append(f"p, {random.choice(roles)}, {random.choice(purposes)}, {said}\n")
    for number in range(rules // 10):
        said = f"{random.choice(groups)}, {random.choice(RELEASING)}, , , F-{number}, OTHER_LENDERS"
        forbids.append(f"p, {random.choice(roles)}, {random.choice(purposes)}, {said}\n")
    (folder / PERMITS).write_text("".join(permits), "utf-8")
    (folder / FORBIDS).write_text("".join(forbids), "utf-8")


def _best(work: Callable[[], T], times: int) -> tuple[float, T]:
    """Seconds of the quickest run, and its result: what else the machine does only ever adds."""
    runs = []
    for _ in range(times):
        started = perf_counter()
        result = work()
        runs.append((perf_counter() - started, result))
    return min(runs, key=lambda run: run[0])


def _decide_us(engine: Engine, ground: Ground) -> float:
    """Mean over every role and purpose."""
    pairs = [(role, code) for role in sorted(engine.roles) for code in engine.purposes]

    def everywhere() -> None:
        for role, code in pairs:
            engine.decide(role, code, ground)

    return _best(everywhere, 50)[0] / len(pairs) * 1e6


def _enforce_ms(catalogue: Catalogue, book: Rulebook, asks: int) -> float:
    judge, random = Judge(catalogue, book), Random(_SEED)
    keys, roles, purposes = list(catalogue.items), book.roles.leaves, list(book.purposes.purposes)
    times = []
    for _ in range(asks):
        asked = random.choice(roles), random.choice(purposes), random.choice(keys)
        started = perf_counter()
        judge.verdict(*asked, GroundState.ORDINARY)
        times.append(perf_counter() - started)
    return fmean(times) * 1e3


def main() -> None:
    catalogue = standard()
    items = len(catalogue.items)
    table = Table("rules", "load s", f"decide {items} items µs", "each named µs", f"enforce {items} items ms", "times")
    found = [measured(catalogue, rules, asks=max(20, 20_000 // rules)) for rules in SIZES]
    for each in found:
        enforce_ms = each.enforce_ms * items
        figures = f"{each.plain_us:.2f}", f"{each.named_us:.1f}", f"{enforce_ms:,.0f}"
        table.add_row(f"{each.rules:,}", f"{each.load_s:.2f}", *figures, f"{enforce_ms * 1e3 / each.named_us:,.0f}")
    Console().print(table)
    if any(each.load_s > LOAD_S or each.named_us > DECIDE_US for each in found):
        raise SystemExit(f"slower than {LOAD_S} s to load or {DECIDE_US} µs to decide")


if __name__ == "__main__":
    main()
