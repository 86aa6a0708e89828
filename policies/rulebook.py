"""The policies as written: read from one folder, checked against the catalogue, every fault at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from exchange.catalogue import Catalogue
from exchange.decision import Treatment
from exchange.narrowing import NOT_CONSENTED
from exchange.treatment import effective
from policies import acts, marked, purposes, roles, rows, source, table
from policies.acts import Act
from policies.faults import Fault, PolicyFaulty, unknown
from policies.purposes import Purposes
from policies.reach import NAMED_ONLY, reach
from policies.roles import Roles
from policies.rows import RowCondition
from policies.rule import COLUMNS, FORBIDS, PERMITS, Rule

FOLDER = Path(__file__).parent
MODEL = "model.conf"
BASES = "bases.yaml"
FILES = (MODEL, PERMITS, FORBIDS, roles.FILE, purposes.FILE, rows.FILE, BASES, acts.FILE)
RELEASING = (Treatment.FULL, Treatment.MASKED, Treatment.BANDED, Treatment.EXISTS)
"""In the order in which they are asked."""
GROUNDS = ("ordinary", "written")
RESERVED = frozenset({"default-deny", *NOT_CONSENTED})
"""Names of verdicts that no rule gives."""


@dataclass(frozen=True)
class Rulebook:
    roles: Roles
    purposes: Purposes
    rows: Mapping[str, RowCondition]
    permits: tuple[Rule, ...]
    """In file order."""
    forbids: tuple[Rule, ...]
    reach: Mapping[str, tuple[str, ...]]
    """What a permit's item column reaches."""
    forbidden_reach: Mapping[str, tuple[str, ...]]
    acts: Mapping[str, Act]
    """Administrative acts, by code."""
    model: Path
    revision: str
    """First 16 hex digits of SHA-256 over every policy file and the catalogue's revision."""


def read(folder: Path, catalogue: Catalogue) -> Rulebook:
    """Raises PolicyFaulty with every fault."""
    faults: list[Fault] = []
    before = source.contents(folder, FILES, faults)
    book = _Reader(folder, catalogue, faults).read(revision_of(before, catalogue))
    after = source.contents(folder, FILES, faults)
    faults.extend(Fault(name, 0, source.CHANGED) for name in FILES if before[name] != after[name])
    if faults:
        raise PolicyFaulty(faults)
    return book


class _Reader:
    def __init__(self, folder: Path, catalogue: Catalogue, faults: list[Fault]) -> None:
        self.folder, self.catalogue, self.faults = folder, catalogue, faults
        self.roles = roles.read(folder, faults)
        self.purposes = purposes.read(folder, faults)
        self.rows = rows.read(folder, catalogue, faults)
        named = dict(marked.read(folder / BASES, faults).entries())
        faults.extend(
            Fault(BASES, part.line, f"{name} must be a text") for name, part in named.items() if not part.text()
        )
        self.bases = {**catalogue.legal_bases, **{name: part.text() for name, part in named.items()}}
        self.permitted = reach(catalogue, permits=True)
        self.forbidden = reach(catalogue, permits=False)
        self.seen: dict[str, Fault] = {}

    def read(self, revision: str) -> Rulebook:
        permits = self._rules(PERMITS, frozenset({"rows"}))
        forbids = self._rules(FORBIDS, frozenset({"rows", "ground"}))
        self._check_model()
        self._check_relations()
        if not permits and not self.faults:
            self.faults.append(Fault(PERMITS, 0, "there is no rule, so everything would be withheld from everybody"))
        return Rulebook(
            self.roles,
            self.purposes,
            self.rows,
            permits,
            forbids,
            self.permitted,
            self.forbidden,
            acts.read(self.folder, self.roles, self.faults),
            self.folder / MODEL,
            revision,
        )

    def _rules(self, file: str, optional: frozenset[str]) -> tuple[Rule, ...]:
        found: list[Rule] = []
        for line in table.read(self.folder / file, "p", COLUMNS, optional, self.faults):
            role, purpose, item, treatment, condition, ground, id, key = line.fields
            basis = self.bases.get(key, "")
            rule = Rule(role, purpose, item, treatment, condition, ground, id, key, basis, file, line.number)
            problems = list(self._problems(rule))
            self.faults.extend(Fault(file, line.number, problem) for problem in problems)
            if not problems:
                found.append(rule)
        return tuple(found)

    def _problems(self, rule: Rule) -> Iterator[str]:
        permit = rule.file == PERMITS
        treatments = [*map(str, RELEASING)] + ([] if permit else ["*"])
        grounds = GROUNDS if permit else ("",)
        known_rows = ("", *self.rows) if permit else ("",)
        items = self.permitted if permit else self.forbidden
        for kind, word, known in (
            ("role", rule.role, self.roles.reach),
            ("purpose", rule.purpose, self.purposes.reach if permit else {*self.purposes.reach, "*"}),
            ("item or group", rule.item, items),
            ("treatment", rule.treatment, treatments),
            ("row condition", rule.rows, known_rows),
            ("ground", rule.ground, grounds),
            ("legal basis", rule.basis_key, self.bases),
        ):
            if word not in known:
                yield unknown(kind, word, known)
        if rule.id in RESERVED:
            yield f"the id {rule.id!r} is reserved"
        if rule.id in self.seen:
            first = self.seen[rule.id]
            yield f"the id {rule.id!r} stands already at {first.file}:{first.line}"
        self.seen.setdefault(rule.id, Fault(rule.file, rule.line, rule.id))
        if permit and rule.item in items and rule.treatment in treatments:
            yield from self._meaningless(rule)

    def _meaningless(self, rule: Rule) -> Iterator[str]:
        """A permit that opens nothing, or promises what cannot hold."""
        keys = self.permitted[rule.item]
        treatment = Treatment(rule.treatment)
        if not keys:
            yield f"{rule.item!r} reaches no item: items of sensitivity 4 must be named one by one"
        elif all(effective(self.catalogue.items[key], treatment) is Treatment.WITHHELD for key in keys):
            yield f"{rule.treatment} has no meaning for {rule.item!r}"
        if rule.rows in self.rows:
            undefined = {self.catalogue.items[key].record for key in keys} - self.rows[rule.rows].records.keys()
            if undefined:
                yield f"row condition {rule.rows!r} says nothing about {', '.join(sorted(undefined))}"
        if len(self.roles.leaves) > 1 and self.roles.reach.get(rule.role) == frozenset(self.roles.leaves):
            named = [key for key in keys if self.catalogue.items[key].sensitivity >= NAMED_ONLY]
            if named:
                yield f"{rule.role} is everybody: {', '.join(named)} of sensitivity {NAMED_ONLY} is opened role by role"
        if rule.ground == "written":
            codes = self.purposes.reach.get(rule.purpose, frozenset())
            if any(self.purposes.purposes[code].ground != "consent" for code in codes):
                yield f"{rule.purpose} does not rest on consent, so no written consent can carry it"

    def _check_model(self) -> None:
        """The compiled engine follows this model and no other."""
        wanted, found = _statements(FOLDER / MODEL, []), _statements(self.folder / MODEL, self.faults)
        if [text for _, text in found] != [text for _, text in wanted]:
            texts = {text for _, text in wanted}
            line = next((number for number, text in found if text not in texts), 0)
            self.faults.append(Fault(MODEL, line, "not the model that decisions are compiled by (docs/policies.md)"))

    def _check_relations(self) -> None:
        for code, purpose in self.purposes.purposes.items():
            if purpose.relation and purpose.relation not in self.rows:
                problem = unknown("row condition", purpose.relation, self.rows)
                self.faults.append(Fault(purposes.FILE, self.purposes.relation_lines[code], problem))


def _statements(path: Path, faults: list[Fault]) -> list[tuple[int, str]]:
    lines = source.text(path, faults).splitlines()
    cleaned = ((number, "".join(line.split())) for number, line in enumerate(lines, 1))
    return [(number, text) for number, text in cleaned if text and not text.startswith("#")]


def revision_of(contents: Mapping[str, bytes], catalogue: Catalogue) -> str:
    digest = hashlib.sha256(catalogue.revision.encode())
    for name, content in contents.items():
        digest.update(f"\n{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]
