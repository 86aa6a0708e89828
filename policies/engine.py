"""Decisions, compiled: (role, purpose) → ground state → item → Decision. Immutable; swapped as a whole.

Casbin's `enforce` takes time in proportion to the number of rules, for each item; this takes one look-up for all items.
`policies.judge` asks Casbin itself; tests hold the two, and a third reading without Casbin, to the same verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from types import MappingProxyType

from exchange.catalogue import Catalogue
from exchange.condition import ALWAYS, Any, Condition
from exchange.consent import Ground
from exchange.decision import Decision, GroundState, Nearest, Treatment
from exchange.purpose import Purpose
from exchange.treatment import effective
from policies import rulebook
from policies.rule import Rule
from policies.rulebook import RELEASING, Rulebook

DEFAULT_DENY = "default-deny"
NOT_CONSENTED = "not-consented"
DENY_BASIS = "PIPL art 6 (least scope): what no rule permits is withheld"

Table = MappingProxyType[str, Decision]
Fold = dict[int, int]
"""Slot → the place in its file of the first rule that lands there."""
_EVERY = ("", "")
"""The ground and rows of a forbid: it holds whatever they are."""
_RANK = {treatment: rank for rank, treatment in enumerate((*RELEASING, Treatment.WITHHELD))}


class Engine:
    """What every role may see for every purpose. Ask it; it never asks anybody."""

    def __init__(self, catalogue: Catalogue, book: Rulebook) -> None:
        self.revision = book.revision
        self.purposes: Mapping[str, Purpose] = MappingProxyType(dict(book.purposes.purposes))
        self.roles = frozenset(book.roles.leaves)
        self.book = book
        self._order = book.roles.leaves
        self._rules = {rule.id: rule for rule in (*book.permits, *book.forbids)}
        self._denied: Table = MappingProxyType({key: _denied(key) for key in catalogue.items})
        self._tables = _Compiler(catalogue, book, self._denied).tables()
        self._open = frozenset(pair for pair, tables in self._tables.items() if _opens(tables[GroundState.WRITTEN]))
        self._nearest: dict[tuple[str, str, str, GroundState], Nearest | None] = {}

    @classmethod
    def load(cls, folder: Path | None, catalogue: Catalogue) -> Engine:
        """The policies of `folder` (None = those that come with the package). Raises PolicyFaulty."""
        return cls(catalogue, rulebook.read(folder or rulebook.FOLDER, catalogue))

    def permitted(self, role: str, purpose: str) -> bool:
        """Whether some item is open to this role for this purpose, on some ground. Unknown words: no."""
        return (role, purpose) in self._open

    def may(self, role: str, act: str) -> bool:
        """Whether this role may do this administrative act. Unknown words: no."""
        known = self.book.acts.get(act)
        return known is not None and role in known.roles

    def decide(self, role: str, purpose: str, ground: Ground) -> Table:
        """A decision for every item of the catalogue, in its order. Unknown words: everything is withheld.
        A ground that nobody knows is none.

        An item that a narrower consent leaves out, and that the purpose would open, is withheld as `not-consented`.
        """
        tables = self._tables.get((role, purpose))
        if tables is None:
            return self._denied
        if not ground.carries:
            return tables[GroundState.NONE]
        if ground.items is None and not ground.written_items:
            return tables[GroundState.ORDINARY]
        verdicts = tables[GroundState.ORDINARY if ground.items is None else GroundState.NONE].copy()
        for state, named in ((GroundState.ORDINARY, ground.items), (GroundState.WRITTEN, ground.written_items)):
            if named:
                opened = tables[state].copy()  # a copy is looked up in half the time of the proxy
                for key in named:
                    if key in opened:
                        verdicts[key] = opened[key]
        return MappingProxyType(verdicts)

    def verdict(self, role: str, purpose: str, item: str, state: GroundState) -> Decision:
        """The decision on one item. Raises KeyError for an item that the catalogue lacks."""
        tables = self._tables.get((role, purpose))
        return tables[state][item] if tables else self._denied[item]

    def rows(self, names: frozenset[str], record: str) -> Condition:
        """The rows that one of these row conditions opens. No name = every row; says nothing of the record = none."""
        if not names:
            return ALWAYS
        conditions = (self.book.rows[name].records.get(record) for name in sorted(names))
        found = tuple(condition for condition in conditions if condition is not None)
        return found[0] if len(found) == 1 else Any(found)

    def relation(self, name: str) -> Mapping[str, Condition]:
        """By record type, the rows that establish a purpose's relation: one of them must be there."""
        return self.book.rows[name].records

    def rule(self, id: str) -> Rule:
        """The rule as written: text, basis, file, line. Raises KeyError."""
        return self._rules[id]

    def nearest(self, role: str, purpose: str, item: str, ground: Ground) -> Nearest | None:
        """What comes nearest to opening the item further: another purpose, another ground, another role."""
        return self.nearest_in(role, purpose, item, ground.state(item))

    def nearest_in(self, role: str, purpose: str, item: str, state: GroundState) -> Nearest | None:
        """The same, seen from a ground state."""
        asked = (role, purpose, item, state)
        if asked in self._nearest:
            return self._nearest[asked]
        found = self._search(role, purpose, item, state)
        if role in self.roles and purpose in self.purposes:  # what is remembered is bounded by the known words
            self._nearest[asked] = found
        return found

    def _search(self, role: str, purpose: str, item: str, state: GroundState) -> Nearest | None:
        now = _RANK[self.verdict(role, purpose, item, state).treatment]
        purposes = [(self.verdict(role, code, item, state), f"for {code}") for code in self.purposes]
        states = (GroundState.ORDINARY, GroundState.WRITTEN)
        grounds = [(self.verdict(role, purpose, item, needed), "") for needed in states]
        roles = [(self.verdict(other, purpose, item, state), f"for the role {other}") for other in self._order]
        for candidates in (purposes, grounds, roles):
            decision, where = min(candidates, key=lambda candidate: _RANK[candidate[0].treatment])
            if _RANK[decision.treatment] < now:
                because = f"would be {decision.treatment} {where}" if where else self._needs(decision, purpose)
                return Nearest(decision.rule, decision.treatment, because)
        return None

    def _needs(self, decision: Decision, purpose: str) -> str:
        if decision.ground == "written":
            return "needs a written consent that names this item"
        if self.purposes[purpose].ground == "consent":
            return "needs a consent that covers this item"
        return f"needs what the purpose rests on: {self.purposes[purpose].ground}"


def _opens(table: Table) -> bool:
    return any(decision.treatment is not Treatment.WITHHELD for decision in table.values())


def _denied(key: str, rule: str = DEFAULT_DENY, basis: str = DENY_BASIS) -> Decision:
    return Decision(key, Treatment.WITHHELD, rule=rule, basis=basis)


class _Compiler:
    """Every rule expanded over its roles, purposes and items, once.

    A slot is an item and a treatment, one number: item's place × treatments + treatment's place, so in sorted slots the
    treatments of an item come in the order in which they are asked.
    """

    def __init__(self, catalogue: Catalogue, book: Rulebook, denied: Table) -> None:
        self.catalogue, self.book, self.denied = catalogue, book, denied
        self.keys = tuple(catalogue.items)
        # Roles and purposes share their decisions: what is not made twice is not read twice from memory either.
        self._closed, self._opened = cache(_denied), cache(self._decision)
        self._place = {key: place for place, key in enumerate(self.keys)}
        self.permits = self._folded(book.permits, book.reach)
        self.forbids = self._folded(book.forbids, book.forbidden_reach)

    def tables(self) -> dict[tuple[str, str], dict[GroundState, Table]]:
        """Only of pairs of which some permit speaks."""
        found: dict[tuple[str, str], dict[GroundState, Table]] = {}
        for role in self.book.roles.leaves:
            for code, purpose in self.book.purposes.purposes.items():
                if (role, code) in self.permits:
                    found[role, code] = self._pair(role, purpose)
        return found

    def _pair(self, role: str, purpose: Purpose) -> dict[GroundState, Table]:
        permits = self.permits[role, purpose.code]
        forbids = self.forbids.get((role, purpose.code), {}).get(_EVERY, {})
        ordinary, written = (
            [(rows, fold) for (needed, rows), fold in permits.items() if state.meets(needed)]
            for state in (GroundState.ORDINARY, GroundState.WRITTEN)
        )
        opened = self._verdicts(ordinary, forbids)
        return {
            GroundState.NONE: MappingProxyType(self._unfounded(opened, purpose)),
            GroundState.ORDINARY: MappingProxyType(opened),
            GroundState.WRITTEN: MappingProxyType(
                self._verdicts(written, forbids) if len(written) > len(ordinary) else opened
            ),
        }

    def _unfounded(self, opened: Mapping[str, Decision], purpose: Purpose) -> dict[str, Decision]:
        return {
            key: decision
            if decision.treatment is Treatment.WITHHELD
            else self._closed(key, NOT_CONSENTED, f"{purpose.basis}; {decision.basis}")
            for key, decision in opened.items()
        }

    def _verdicts(self, permits: Sequence[tuple[str, Fold]], forbids: Fold) -> dict[str, Decision]:
        """INVARIANT: the first treatment that is permitted and not forbidden wins; else the item is withheld."""
        verdicts = dict(self.denied)
        decided: set[str] = set()
        for slot in sorted(frozenset().union(*(fold for _, fold in permits))):
            key = self.keys[slot // len(RELEASING)]
            if key in decided:
                continue
            if slot in forbids:
                if verdicts[key] is self.denied[key]:
                    forbid = self.book.forbids[forbids[slot]]
                    verdicts[key] = self._closed(key, forbid.id, forbid.basis)
                continue
            fit = [(rows, fold[slot]) for rows, fold in permits if slot in fold]
            whole = [first for rows, first in fit if not rows]
            rows = frozenset[str]() if whole else frozenset(rows for rows, _ in fit)
            verdicts[key] = self._opened(slot, min(whole or [first for _, first in fit]), rows)
            decided.add(key)
        return verdicts

    def _decision(self, slot: int, permit: int, rows: frozenset[str]) -> Decision:
        place, rank = divmod(slot, len(RELEASING))
        rule = self.book.permits[permit]
        return Decision(self.keys[place], RELEASING[rank], rows, rule.id, rule.basis, rule.ground)

    def _folded(
        self, rules: Sequence[Rule], reach: Mapping[str, tuple[str, ...]]
    ) -> dict[tuple[str, str], dict[tuple[str, str], Fold]]:
        """(role, purpose) → (ground needed, row condition) → slot → the first rule on it.

        From the last rule to the first, so that the first overwrites: the cost is that of one update for each pair.
        """
        every = {**self.book.purposes.reach, "*": frozenset(self.book.purposes.purposes)}
        slots: dict[tuple[str, str], tuple[int, ...]] = {}
        found: dict[tuple[str, str], dict[tuple[str, str], Fold]] = {}
        for number in range(len(rules) - 1, -1, -1):
            rule = rules[number]
            spoken = (rule.item, rule.treatment)
            if spoken not in slots:
                slots[spoken] = tuple(self._slots(reach[rule.item], rule.treatment))
            landing = dict.fromkeys(slots[spoken], number)
            for pair in product(self.book.roles.reach[rule.role], every[rule.purpose]):
                found.setdefault(pair, {}).setdefault((rule.ground, rule.rows), {}).update(landing)
        return found

    def _slots(self, keys: Iterable[str], treatment: str) -> Iterator[int]:
        """Where a rule on these items lands: on what its treatment means for each kind."""
        for key in keys:
            said = RELEASING if treatment == "*" else (effective(self.catalogue.items[key], Treatment(treatment)),)
            yield from (self._place[key] * len(RELEASING) + _RANK[each] for each in said if each in RELEASING)
