"""How much of the policies their cases speak of, as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.catalogue import Catalogue
from exchange.decision import GroundState, Treatment
from policies.cases import Case
from policies.engine import Engine
from policies.mutants import deleted, notices
from policies.rule import Rule
from policies.trial import Cell, Trial


@dataclass(frozen=True, slots=True)
class Coverage:
    rules: int
    unnamed: tuple[Rule, ...]
    """Permits that no expectation names, and forbids whose deletion no case notices."""
    cells: int
    """Every role × purpose × item."""
    examined: int
    """Cells about which some case says something, be it that they are closed."""
    granted: int
    """Cells open on some ground."""
    expected: int
    """Of these, how many an expectation opens."""
    groups: int
    """Role × purpose × release group with a granted cell."""
    bare: tuple[tuple[str, str, str], ...]
    """Of these, the ones with a granted cell that no expectation opens."""

    @property
    def complete(self) -> bool:
        return not self.unnamed and not self.bare


def measure(engine: Engine, catalogue: Catalogue, trial: Trial) -> Coverage:
    known = frozenset(trial.misses(engine.book))
    rules = (*engine.book.permits, *engine.book.forbids)
    named = {
        expected.rule
        for sheet in trial.sheets
        if not sheet.book
        for case in sheet.cases
        for key, expected in case.expected.items()
        if key in case.lines
    }
    unnamed = [rule for rule in engine.book.permits if rule.id not in named]
    unnamed += [rule for rule in engine.book.forbids if not notices(trial, engine.book, deleted(rule), known)]
    examined, opened = _spoken_of(trial)
    if any(sheet.elsewhere for sheet in trial.sheets):
        examined |= {
            (role, code, key)
            for role in engine.roles
            for code in engine.purposes
            if (role, code) not in trial.named
            for key in catalogue.items
        }
    granted = set(_granted(engine, catalogue))
    groups = {_group(catalogue, cell) for cell in granted}
    return Coverage(
        len(rules),
        tuple(unnamed),
        len(engine.roles) * len(engine.purposes) * len(catalogue.items),
        len(examined),
        len(granted),
        len(granted & opened),
        len(groups),
        tuple(sorted({_group(catalogue, cell) for cell in granted - opened})),
    )


def _spoken_of(trial: Trial) -> tuple[set[Cell], set[Cell]]:
    """(examined on a ground that opens something, opened by an expectation)."""
    examined: set[Cell] = set()
    opened: set[Cell] = set()
    for case in _plain(trial):
        for role, purpose in case.pairs:
            examined.update((role, purpose, key) for key in case.expected)
            opened.update(
                (role, purpose, key) for key in case.lines if case.expected[key].treatment is not Treatment.WITHHELD
            )
    return examined, opened


def _plain(trial: Trial) -> Iterator[Case]:
    """The cases that speak of the rules as they are, on some ground."""
    for sheet in trial.sheets:
        for case in sheet.cases if sheet.plain else ():
            if any(ground.kind != "none" for _, ground in case.grounds):
                yield case


def _granted(engine: Engine, catalogue: Catalogue) -> Iterator[Cell]:
    for role in engine.roles:
        for code in engine.purposes:
            if engine.permitted(role, code):
                for key in catalogue.items:
                    states = (GroundState.ORDINARY, GroundState.WRITTEN)
                    if any(engine.verdict(role, code, key, s).treatment is not Treatment.WITHHELD for s in states):
                        yield role, code, key


def _group(catalogue: Catalogue, cell: Cell) -> tuple[str, str, str]:
    role, purpose, key = cell
    return role, purpose, catalogue.items[key].group
