"""Rules deleted, widened and narrowed, one at a time: cases that notice none of it hold nothing."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, product

from exchange.catalogue import Catalogue
from exchange.decision import GroundState, Treatment
from exchange.treatment import effective
from policies.engine import Engine
from policies.rule import FORBIDS, Rule
from policies.rulebook import RELEASING, Rulebook
from policies.trial import Miss, Pair, Trial

KINDS = ("deleted", "widened", "narrowed")


@dataclass(frozen=True, slots=True)
class Mutant:
    rule: Rule
    kind: str
    """One of KINDS."""
    change: str
    """In words: `rows own_provider left out`."""
    instead: tuple[Rule, ...]
    """What stands in the rule's place."""

    def __str__(self) -> str:
        return f"{self.rule.file}:{self.rule.line}: {self.rule.id} {self.kind}: {self.change}"


@dataclass(frozen=True, slots=True)
class Mutation:
    """What the cases make of every mutant."""

    noticed: tuple[Mutant, ...]
    survivors: tuple[Mutant, ...]
    """The policies decide otherwise, and no case says so."""
    idle: tuple[Mutant, ...]
    """Nothing is decided otherwise, so nobody could notice."""

    @property
    def share(self) -> float:
        """Noticed of those that could be, 0 to 1."""
        alive = len(self.noticed) + len(self.survivors)
        return len(self.noticed) / alive if alive else 1.0

    def counts(self, kind: str) -> tuple[int, int, int]:
        """(noticed, survived, idle) of one kind."""
        noticed, survived, idle = (
            sum(mutant.kind == kind for mutant in found) for found in (self.noticed, self.survivors, self.idle)
        )
        return noticed, survived, idle


def run(catalogue: Catalogue, book: Rulebook, trial: Trial, mutants: Iterable[Mutant]) -> Mutation:
    noticed: list[Mutant] = []
    survivors: list[Mutant] = []
    idle: list[Mutant] = []
    known = frozenset(trial.misses(book))
    for mutant in mutants:
        if notices(trial, book, mutant, known):
            noticed.append(mutant)
        elif _changes(catalogue, book, mutant):
            survivors.append(mutant)
        else:
            idle.append(mutant)
    return Mutation(tuple(noticed), tuple(survivors), tuple(idle))


def notices(trial: Trial, book: Rulebook, mutant: Mutant, known: Container[Miss]) -> bool:
    """Whether a case fails beside those `known` to fail for `book` itself."""
    pairs = _touched(book, mutant)
    return any(miss not in known for miss in trial.misses(_applied(_around(book, pairs), mutant), pairs))


def mutants(catalogue: Catalogue, book: Rulebook) -> Iterator[Mutant]:
    """Every mutant of every rule, in file order. A change that the loader would refuse is none."""
    maker = _Maker(catalogue, book)
    for rule in (*book.permits, *book.forbids):
        yield deleted(rule)
        yield from maker.widened(rule)
        yield from maker.narrowed(rule)


def deleted(rule: Rule) -> Mutant:
    return Mutant(rule, "deleted", "the whole rule", ())


class _Maker:
    def __init__(self, catalogue: Catalogue, book: Rulebook) -> None:
        self.catalogue, self.book = catalogue, book
        engine = Engine(catalogue, book)
        self.open = frozenset(pair for pair in product(engine.roles, engine.purposes) if engine.permitted(*pair))
        self.consented = {code for code, purpose in book.purposes.purposes.items() if purpose.ground == "consent"}

    def widened(self, rule: Rule) -> Iterator[Mutant]:
        for parent in (parent for child, parent in self.book.roles.links if child == rule.role):
            yield self._beside(rule, f"for {parent} too", role=parent)
        yield from self._more_purposes(rule)
        if "." in rule.item:
            item = self.catalogue.items[rule.item]
            wider = [f"group:{item.group}", f"record:{item.record}"]
        else:
            wider = ["*"] if rule.item != "*" else []
        for word in wider:
            if self._fits(rule, word):
                yield self._beside(rule, f"on {word} too", item=word)
        treatment = self._next(rule, up=True)
        if treatment:
            yield self._changed(rule, "widened", f"{treatment} for {rule.treatment}", treatment=treatment)
        if rule.rows:
            yield self._changed(rule, "widened", f"in every row, not only {rule.rows}", rows="")
        if rule.ground == "written":
            yield self._changed(rule, "widened", "on the ordinary ground", ground="ordinary")

    def _more_purposes(self, rule: Rule) -> Iterator[Mutant]:
        reached = self._purposes(rule)
        possible = self.consented if rule.ground == "written" else set(self.book.purposes.purposes)
        groups = [name for name, codes in self.book.purposes.reach.items() if codes > reached and codes <= possible]
        closed = (
            code
            for code in self.book.purposes.purposes
            if code in possible - reached and not self.open & set(product(self.book.roles.reach[rule.role], (code,)))
        )
        for word in (*groups, *islice(closed, 1)):
            yield self._beside(rule, f"for {word} too", purpose=word)

    def narrowed(self, rule: Rule) -> Iterator[Mutant]:
        for child in (child for child, parent in self.book.roles.links if parent == rule.role):
            yield self._changed(rule, "narrowed", f"for {child} only", role=child)
        codes = [code for code in self.book.purposes.purposes if code in self._purposes(rule)]
        for code in codes if len(codes) > 1 else ():
            yield self._changed(rule, "narrowed", f"for {code} only", purpose=code)
        keys = self._reach(rule)[rule.item]
        for left_out in keys if len(keys) > 1 else ():
            others = tuple(replace(rule, item=key) for key in keys if key != left_out)
            yield Mutant(rule, "narrowed", f"not on {left_out}", others)
        treatment = self._next(rule, up=False)
        if treatment:
            yield self._changed(rule, "narrowed", f"{treatment} for {rule.treatment}", treatment=treatment)
        if rule.file == FORBIDS:
            return
        rows = next((name for name in self.book.rows if self._speaks(name, rule.item)), None)
        if rows and not rule.rows:
            yield self._changed(rule, "narrowed", f"only in rows {rows}", rows=rows)
        if rule.ground == "ordinary" and self._purposes(rule) <= self.consented:
            yield self._changed(rule, "narrowed", "on a written consent only", ground="written")

    def _changed(self, rule: Rule, kind: str, change: str, **fields: str) -> Mutant:
        return Mutant(rule, kind, change, (replace(rule, **fields),))

    def _beside(self, rule: Rule, change: str, **fields: str) -> Mutant:
        """The rule as it is, and a wider one after it: a wider word does not always hold the narrower."""
        return Mutant(rule, "widened", change, (rule, replace(rule, **fields)))

    def _purposes(self, rule: Rule) -> frozenset[str]:
        return _codes(self.book, rule.purpose)

    def _reach(self, rule: Rule) -> Mapping[str, tuple[str, ...]]:
        return self.book.forbidden_reach if rule.file == FORBIDS else self.book.reach

    def _fits(self, rule: Rule, word: str) -> bool:
        return bool(set(self._reach(rule)[word]) - set(self._reach(rule)[rule.item])) and (
            not rule.rows or self._speaks(rule.rows, word)
        )

    def _speaks(self, rows: str, word: str) -> bool:
        """Whether a row condition speaks of every record type that the word reaches."""
        return {self.catalogue.items[key].record for key in self.book.reach[word]} <= self.book.rows[
            rows
        ].records.keys()

    def _next(self, rule: Rule, up: bool) -> str | None:
        """The nearest treatment above or below that means something else for some item; a forbid's widest is `*`."""
        forbid = rule.file == FORBIDS
        if rule.treatment == "*":
            return None if up else Treatment.FULL.value
        if forbid and up:
            return "*"
        place = RELEASING.index(Treatment(rule.treatment))
        candidates = RELEASING[:place][::-1] if up else RELEASING[place + 1 :]
        for treatment in () if forbid else candidates:
            for key in self._reach(rule)[rule.item]:
                item = self.catalogue.items[key]
                if effective(item, treatment) is not effective(item, Treatment(rule.treatment)):
                    return treatment.value
        return None


def _codes(book: Rulebook, word: str) -> frozenset[str]:
    return frozenset(book.purposes.purposes) if word == "*" else book.purposes.reach[word]


def _touched(book: Rulebook, mutant: Mutant) -> frozenset[Pair]:
    """(role, purpose) of which the rule or what stands in its place speaks."""
    return frozenset(
        pair
        for rule in (mutant.rule, *mutant.instead)
        for pair in product(book.roles.reach[rule.role], _codes(book, rule.purpose))
    )


def _around(book: Rulebook, pairs: frozenset[Pair]) -> Rulebook:
    """The same rules for these pairs, and quicker to compile: what speaks of none of them is left out."""
    roles, codes = {role for role, _ in pairs}, {code for _, code in pairs}
    known = {code: purpose for code, purpose in book.purposes.purposes.items() if code in codes}

    def about(rule: Rule) -> bool:
        return bool(roles & book.roles.reach[rule.role]) and bool(codes & _codes(book, rule.purpose))

    return replace(
        book,
        roles=replace(book.roles, leaves=tuple(role for role in book.roles.leaves if role in roles)),
        purposes=replace(book.purposes, purposes=known),
        permits=tuple(filter(about, book.permits)),
        forbids=tuple(filter(about, book.forbids)),
    )


def _applied(book: Rulebook, mutant: Mutant) -> Rulebook:
    def changed(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        return tuple(new for rule in rules for new in (mutant.instead if rule is mutant.rule else (rule,)))

    return replace(book, permits=changed(book.permits), forbids=changed(book.forbids))


def _changes(catalogue: Catalogue, book: Rulebook, mutant: Mutant) -> bool:
    """Whether anything is decided otherwise: treatment, rows or rule."""
    pairs = _touched(book, mutant)
    near = _around(book, pairs)
    before, after = Engine(catalogue, near), Engine(catalogue, _applied(near, mutant))
    return any(
        before.verdict(*pair, key, state) != after.verdict(*pair, key, state)
        for pair in pairs
        for key in catalogue.items
        for state in GroundState
    )
