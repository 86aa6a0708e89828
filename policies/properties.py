"""What must hold whatever the rules say: `properties.yaml`, proven over every role, purpose, item and state of ground.

A property is a sentence in both languages, its legal basis, what it speaks of, and its demand:

    who: [lender]      items: [group:tax]      purposes: [lending]      ground: [none, ordinary]     all may be left out
    {of: […], except: […]} in place of a list           purposes: {where: {ground: consent, synthetic: no}}
    at_most: MASKED    rows: [own_provider]    the most that may be released; the rows that it must be limited to
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path

from exchange.catalogue import Catalogue, Item
from exchange.decision import Decision, GroundState, Treatment
from exchange.purpose import Purpose
from exchange.reference import ReferenceRule
from exchange.treatment import effective
from policies import marked
from policies.engine import Engine
from policies.faults import Fault, PolicyFaulty, unknown
from policies.marked import Marked
from policies.property import Property
from policies.rule import Rule
from policies.rulebook import FOLDER

FILE = "properties.yaml"
_TEXTS = ("zh", "en", "basis")
_KEYS = (*_TEXTS, "who", "items", "purposes", "ground", "at_most", "rows")
_FACTS = frozenset(field.name for field in fields(Purpose)) - {"code", "title_en", "title_zh", "basis", "frequency"}
"""What a purpose may be chosen by."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A cell that breaks a property."""

    statement: Property
    role: str
    purpose: str
    state: GroundState
    decision: Decision
    rule: Rule
    """The one to blame: of several permits whose rows are joined, the first that opens rows not allowed."""

    @property
    def place(self) -> str:
        """`permits.csv:12`."""
        return f"{self.rule.file}:{self.rule.line}"

    def __str__(self) -> str:
        decision, rule = self.decision, self.rule
        rows = f" in rows {', '.join(sorted(decision.rows))}" if decision.rows else ""
        return (
            f"{self.statement.id}: {self.role} for {self.purpose} on ground {self.state.value} gets {decision.item} "
            f"{decision.treatment.value}{rows} by {rule.id} ({self.place}: {rule.text})"
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """A property tried on every cell that it speaks of."""

    statement: Property
    opened: int
    """How many of its cells are open at all: 0 where the demand is that they are not."""
    broken: int
    first: Counterexample | None

    @property
    def holds(self) -> bool:
        return self.first is None


def prove(engine: Engine, catalogue: Catalogue, folder: Path | None) -> list[Counterexample]:
    """One counter-example for each property of `folder` that the engine breaks; none = all of them hold.

    Raises PolicyFaulty if the properties themselves are faulty.
    """
    return [proof.first for proof in proofs(engine, catalogue, read(folder, engine, catalogue)) if proof.first]


def proofs(engine: Engine, catalogue: Catalogue, properties: tuple[Property, ...]) -> tuple[Proof, ...]:
    """By exhaustion: every cell is asked once, and what is open in it is held against each property."""
    items = [(item.key, item) for item in catalogue.items.values()]
    opened: dict[str, int] = {statement.id: 0 for statement in properties}
    broken = dict(opened)
    first: dict[str, Counterexample] = {}
    for role, purpose in product(sorted(engine.roles), engine.purposes):
        near = [statement for statement in properties if role in statement.roles and purpose in statement.purposes]
        for (key, item), state in product(items, GroundState):
            decision = engine.verdict(role, purpose, key, state)
            if decision.treatment is Treatment.WITHHELD:
                continue
            for statement in near:
                if not statement.speaks_of(role, purpose, key, state):
                    continue
                opened[statement.id] += 1
                if not statement.allows(item, decision):
                    broken[statement.id] += 1
                    if statement.id not in first:
                        rule = _blamed(engine, statement, role, purpose, item, decision)
                        first[statement.id] = Counterexample(statement, role, purpose, state, decision, rule)
    return tuple(Proof(p, opened[p.id], broken[p.id], first.get(p.id)) for p in properties)


def _blamed(engine: Engine, statement: Property, role: str, purpose: str, item: Item, decision: Decision) -> Rule:
    strange = decision.rows - statement.rows if statement.rows else frozenset[str]()
    if not strange:
        return engine.rule(decision.rule)
    book = engine.book
    return next(
        rule
        for rule in book.permits
        if rule.rows in strange
        and role in book.roles.reach[rule.role]
        and purpose in book.purposes.reach[rule.purpose]
        and item.key in book.reach[rule.item]
        and effective(item, Treatment(rule.treatment)) is decision.treatment
    )


def read(folder: Path | None, engine: Engine, catalogue: Catalogue) -> tuple[Property, ...]:
    """The properties of `folder` (None = those that come with the package). Raises PolicyFaulty with every fault."""
    faults: list[Fault] = []
    reader = _Reader(engine, catalogue, faults)
    entries = marked.read((folder or FOLDER) / FILE, faults).entries()
    found = [reader.statement(id, entry) for id, entry in entries]
    if not found and not faults:
        faults.append(Fault(FILE, 0, "no property stands in the file"))
    if faults:
        raise PolicyFaulty(faults)
    return tuple(statement for statement in found if statement)


class _Reader:
    def __init__(self, engine: Engine, catalogue: Catalogue, faults: list[Fault]) -> None:
        book = engine.book
        self.faults = faults
        self.rows = book.rows
        self.all_purposes = engine.purposes
        self.roles = book.roles.reach
        self.items = {word: frozenset(keys) for word, keys in book.forbidden_reach.items()}
        self.purposes = book.purposes.reach
        self.everything = (frozenset(engine.roles), frozenset(catalogue.items), frozenset(engine.purposes))

    def statement(self, id: str, entry: Marked) -> Property | None:
        """None, with a fault, if the entry is no property or speaks of no cell."""
        before = len(self.faults)
        parts = dict(entry.entries())
        for key in parts.keys() - set(_KEYS):
            self._fault(parts[key], unknown("key", key, _KEYS))
        for key in _TEXTS:
            if key not in parts or not parts[key].text():
                self._fault(parts.get(key, entry), f"{key} of {id} must be a text")
        everybody, everything, always = self.everything
        roles = self._chosen("role", parts.get("who"), self.roles, everybody)
        items = self._chosen("item or group", parts.get("items"), self.items, everything)
        purposes = self._purposes(parts.get("purposes"), always)
        states = self._words("ground", parts.get("ground"), [state.value for state in GroundState])
        rows = self._words("row condition", parts.get("rows"), self.rows)
        limit = self._limit(parts.get("at_most"))
        if not parts.keys() & {"at_most", "rows"}:
            self._fault(entry, f"{id} demands nothing: it needs at_most, rows or both")
        if len(self.faults) > before:
            return None
        found = Property(
            id, parts["zh"].text(), parts["en"].text(), parts["basis"].text(), entry.line,
            roles, purposes, items, frozenset(map(GroundState, states or GroundState)), limit, frozenset(rows),
        )  # fmt: skip
        if not found.cells:
            self._fault(entry, f"{id} speaks of no role, purpose or item")
        return found

    def _purposes(self, part: Marked | None, every: frozenset[str]) -> frozenset[str]:
        parts = dict(part.entries()) if part else {}
        if part is None or "where" not in parts:
            return self._chosen("purpose", part, self.purposes, every)
        for key in parts.keys() - {"where"}:
            self._fault(parts[key], f"{key!r} does not go with where")
        wanted = dict(parts["where"].entries())
        if not wanted:
            self._fault(parts["where"], "where names no fact of a purpose")
        for name in wanted.keys() - _FACTS:
            self._fault(wanted[name], unknown("fact of a purpose", name, _FACTS))
        known = {name: value.value for name, value in wanted.items() if name in _FACTS}
        return frozenset(
            code
            for code, purpose in self.all_purposes.items()
            if all(_fact(purpose, name) == value for name, value in known.items())
        )

    def _chosen(
        self, kind: str, part: Marked | None, known: Mapping[str, frozenset[str]], every: frozenset[str]
    ) -> frozenset[str]:
        """A list of words, or {of, except}; nothing = everything."""
        if part is None:
            return every
        parts = dict(part.entries()) if isinstance(part.value, Mapping) else {"of": part}
        for key in parts.keys() - {"of", "except"}:
            self._fault(parts[key], unknown("key", key, ("of", "except")))
        chosen = self._reach(kind, parts["of"], known) if "of" in parts else every
        return chosen - self._reach(kind, parts["except"], known) if "except" in parts else chosen

    def _reach(self, kind: str, part: Marked, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
        return frozenset().union(*(known[word] for word in self._words(kind, part, known)))

    def _words(self, kind: str, part: Marked | None, known: Mapping[str, object] | list[str]) -> list[str]:
        """The words of a list that are known; none if there is no list."""
        return [word for word in self._listed(kind, part) if self._known(kind, word, part, known)]

    def _listed(self, kind: str, part: Marked | None) -> Iterator[str]:
        if part is None:
            return
        if not isinstance(part.value, list) or not part.value:
            self._fault(part, f"a list of words belongs here, each a {kind}")
            return
        yield from (str(entry.value) for entry in part.value)

    def _known(self, kind: str, word: str, part: Marked | None, known: Mapping[str, object] | list[str]) -> bool:
        if word not in known and part:
            self._fault(part, unknown(kind, word, known))
        return word in known

    def _limit(self, part: Marked | None) -> Treatment:
        if part is None:
            return Treatment.FULL
        words = [treatment.value for treatment in Treatment if treatment is not Treatment.FULL]
        if part.value not in words:
            self._fault(part, unknown("treatment", str(part.value), words))
            return Treatment.WITHHELD
        return Treatment(part.value)

    def _fault(self, at: Marked, message: str) -> None:
        self.faults.append(Fault(FILE, at.line, message))


def _fact(purpose: Purpose, name: str) -> object:
    """A reference is told by its kind."""
    value = getattr(purpose, name)
    return value.kind if isinstance(value, ReferenceRule) else value
