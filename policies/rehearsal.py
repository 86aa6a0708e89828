"""Sealed asks decided again under a draft of the policies: what each would have been given, and who it would have been.

No department is asked and nobody's data is read: what an ask presupposes of a person (alive, adult, covered, related)
is taken to be as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.catalogue import Catalogue
from exchange.consent import Consent
from exchange.decision import Decision, Treatment
from exchange.ground import Ground
from policies.compare import Kind, within
from policies.engine import Engine
from policies.replay import decided, grounds_of

_RANK = {treatment: rank for rank, treatment in enumerate(Treatment)}


@dataclass(frozen=True, slots=True)
class Moved:
    """One item of one ask that the draft decides otherwise."""

    item: str
    kind: Kind
    before: Treatment
    after: Treatment
    widens: bool


@dataclass(slots=True)
class Tally:
    """Asks of one client for one purpose, or of all."""

    asks: int = 0
    differ: int = 0
    refused: int = 0
    """Disclosures that the draft would have refused whole: purpose, ground or reference."""
    opened: int = 0
    """Refusals of a purpose that the draft permits."""
    kinds: Counter[Kind] = field(default_factory=Counter)
    """Asks in which some item is gained, lost, changed; one ask may be in several."""
    people: set[str] = field(default_factory=set)
    """Keyed digests of those about whom an answer would differ."""


@dataclass(slots=True)
class Rehearsal:
    """Add entry after entry; what stands here then is the outcome."""

    draft: Engine
    catalogue: Catalogue
    """The standard that the draft was read with."""
    whole: Tally = field(default_factory=Tally)
    parts: dict[tuple[str, str], Tally] = field(default_factory=dict)
    """By client and purpose."""
    items: dict[str, Counter[tuple[Kind, Treatment, Treatment]]] = field(default_factory=dict)
    unknown: int = 0
    """Asks whose consent is not kept, or is not what it was."""
    widens: bool = False

    def add(self, entry: Mapping[str, Any], consent: Consent | None, old: Engine | None) -> None:
        """`consent`: the one that the entry names. `old`: what decided then, to compare rows; None = by their names."""
        if entry["administrative"]:
            return
        if entry["code"]:
            if entry["code"] == "PURPOSE_NOT_PERMITTED" and entry["purpose"]:
                self._count(entry, opened=self.draft.permitted(entry["role"], entry["purpose"]))
            return
        if entry["ground"]["consent"] and (consent is None or not self._as_it_was(entry, consent)):
            self.unknown += 1
            return
        refused = self._refused(entry)
        moved = list(self._moved(entry, consent, old, refused))
        self._count(entry, moved, refused)

    def _as_it_was(self, entry: Mapping[str, Any], consent: Consent) -> bool:
        grounds = grounds_of(entry, consent, self.catalogue)
        return any(entry["ground"].get("terms", ground.terms) == ground.terms for ground in grounds)

    def _refused(self, entry: Mapping[str, Any]) -> bool:
        """Whether the draft refuses the whole ask, whatever the data."""
        if not self.draft.permitted(entry["role"], entry["purpose"]):
            return True
        purpose = self.draft.purposes[entry["purpose"]]
        if purpose.ground == "consent" and not entry["ground"]["consent"]:
            return True
        wanted = purpose.reference
        return wanted is not None and not (entry["reference"] and wanted.fits(entry["reference"]))

    def _moved(
        self, entry: Mapping[str, Any], consent: Consent | None, old: Engine | None, refused: bool
    ) -> Iterator[Moved]:
        after: Mapping[str, Decision | None] = {}
        if not refused:
            ground = grounds_of(entry, consent, self.catalogue)[0]
            kind = self.draft.purposes[entry["purpose"]].ground
            ground = ground if kind == ground.kind else Ground(kind)
            after = decided(entry, self.draft, self.catalogue, ground)
        for key, said in entry["items"].items():
            before, now = Treatment(said["treatment"]), after.get(key)
            treatment = now.treatment if now else Treatment.WITHHELD
            rows = now.rows if now else frozenset[str]()
            same = treatment is before and self._same_rows(key, frozenset(said["rows"]), rows, old)
            if same:
                continue
            was, is_ = before is not Treatment.WITHHELD, treatment is not Treatment.WITHHELD
            if not was and not is_:
                continue
            kind = Kind.CHANGED if was == is_ else Kind.GAINED if is_ else Kind.LOST
            more = _RANK[treatment] < _RANK[before]
            widens = is_ and (more or not self._within(key, rows, frozenset(said["rows"]), old))
            yield Moved(key, kind, before, treatment, widens)

    def _same_rows(self, key: str, before: frozenset[str], after: frozenset[str], old: Engine | None) -> bool:
        if before != after or old is None:
            return before == after
        record = key.partition(".")[0]
        return self.draft.rows(after, record) == old.rows(before, record)

    def _within(self, key: str, after: frozenset[str], before: frozenset[str], old: Engine | None) -> bool:
        """Whether it is plain that the draft shows no row more."""
        record = key.partition(".")[0]
        if old is None:
            return not before or (bool(after) and after <= before)
        return within(self.draft.rows(after, record), old.rows(before, record))

    def _count(
        self, entry: Mapping[str, Any], moved: list[Moved] | None = None, refused: bool = False, opened: bool = False
    ) -> None:
        moved = moved or []
        part = self.parts.setdefault((entry["client"], entry["purpose"]), Tally())
        for tally in (self.whole, part):
            tally.asks += 1
            tally.refused += refused
            tally.opened += opened
            tally.kinds.update({one.kind for one in moved})
            if moved or refused or opened:
                tally.differ += 1
                tally.people.update(entry["people"])
        for one in moved:
            self.items.setdefault(one.item, Counter())[one.kind, one.before, one.after] += 1
        self.widens = self.widens or opened or any(one.widens for one in moved)
