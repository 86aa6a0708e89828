"""The policies held against their cases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from exchange.catalogue import Catalogue
from exchange.consent import NO_GROUND, Ground
from exchange.decision import Decision, Treatment
from policies.cases import CLOSED, Case, Expected, Sheet, said
from policies.engine import Engine
from policies.rulebook import Rulebook

Pair = tuple[str, str]
Cell = tuple[str, str, str]
"""(role, purpose, item key)."""


@dataclass(frozen=True, slots=True, order=True)
class Miss:
    """A decision that is not the expected one."""

    file: str
    line: int
    role: str
    purpose: str
    ground: str
    item: str
    expected: str
    got: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.role}, {self.purpose}, ground {self.ground}, {self.item}: "
            f"expected {self.expected}, got {self.got}"
        )


@dataclass(frozen=True)
class Trial:
    catalogue: Catalogue
    sheets: tuple[Sheet, ...]

    @cached_property
    def named(self) -> frozenset[Pair]:
        """The pairs of which a case speaks by name, of the rules as they are."""
        cases = (case for sheet in self.sheets if sheet.plain for case in sheet.cases if case.by_name)
        return frozenset(pair for case in cases for pair in case.pairs)

    def misses(self, book: Rulebook, pairs: Collection[Pair] | None = None) -> Iterator[Miss]:
        """What the rules decide otherwise than expected; `pairs` limits this to some roles and purposes.

        Sheets that bring their own rules are left out where `pairs` are given: no change of the folder's touches them.
        """
        plain = Engine(self.catalogue, book)
        for sheet in self.sheets:
            if pairs is not None and sheet.book:
                continue
            asks = [(case, pair) for case in sheet.cases for pair in case.pairs if pairs is None or pair in pairs]
            if asks:
                engine = plain if sheet.plain else Engine(self.catalogue, sheet.supposing(book))
                for case, pair in asks:
                    yield from _missed(engine, case, pair)
            if sheet.elsewhere:
                yield from self._open_elsewhere(plain, sheet, pairs)

    def _open_elsewhere(self, engine: Engine, sheet: Sheet, pairs: Iterable[Pair] | None) -> Iterator[Miss]:
        every = product(engine.roles, engine.purposes) if pairs is None else pairs
        for role, code in every:
            if (role, code) in self.named or not engine.permitted(role, code):
                continue
            for label, ground in (("none", NO_GROUND), ("written", Ground("consent", written_items=self._every_item))):
                for key, decision in engine.decide(role, code, ground).items():
                    if decision.treatment is not Treatment.WITHHELD:
                        yield _miss(sheet.file, sheet.elsewhere, (role, code), label, key, CLOSED, decision)

    @cached_property
    def _every_item(self) -> frozenset[str]:
        return frozenset(self.catalogue.items)


def _missed(engine: Engine, case: Case, pair: Pair) -> Iterator[Miss]:
    for label, ground in case.grounds:
        decisions = engine.decide(*pair, ground)
        for key, expected in case.expected.items():
            if not expected.met(decisions[key]):
                yield _miss(case.file, case.lines.get(key, case.line), pair, label, key, expected, decisions[key])


def _miss(file: str, line: int, pair: Pair, ground: str, key: str, expected: Expected, got: Decision) -> Miss:
    return Miss(file, line, *pair, ground, key, str(expected), said(got))
