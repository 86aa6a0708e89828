"""A folder of policies examined: every fault at once, and what is odd about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange.catalogue import Catalogue
from policies import cases
from policies.engine import Engine
from policies.faults import Fault, PolicyFaulty
from policies.oddities import oddities


@dataclass(frozen=True, slots=True)
class Findings:
    faults: tuple[Fault, ...]
    """Each of them stops the start, or spoils the folder's cases."""
    oddities: tuple[Fault, ...] = ()
    """None of them does."""
    engine: Engine | None = None
    """None where the policies do not load."""


def check(folder: Path, catalogue: Catalogue) -> Findings:
    try:
        engine = Engine.load(folder, catalogue)
    except PolicyFaulty as faulty:
        return Findings(faulty.faults)
    faults: tuple[Fault, ...] = ()
    if (folder / cases.FOLDER).is_dir():
        try:
            cases.read(folder, catalogue, engine.book)
        except PolicyFaulty as faulty:
            faults = faulty.faults
    return Findings(faults, oddities(engine, catalogue), engine)
