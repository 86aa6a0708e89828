"""Rule sets made by chance, from a seed: inheritance, groups, wildcards, forbids, row conditions, written consent.

They are written as the files of a policy folder, so the reader that serves a city reads them too.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random

from exchange.catalogue import Catalogue
from exchange.decision import Treatment
from exchange.treatment import effective
from policies import acts
from policies.reach import NAMED_ONLY, links
from policies.roles import LONGEST_CHAIN
from policies.rulebook import BASES, FOLDER, MODEL, RELEASING

ROWS = ("own_institution", "own_provider", "disputed_record_only", "insurance_fraud_only", "currently_married")
_GROUNDS = ("consent", "consent", "duty", "application")
_NAMED = {
    ground: f", reference: {{kind: {kind}, pattern: .}}" for ground, kind in (("duty", "case"), ("application", "case"))
}


class Generated:
    """One rule set, as texts of files."""

    def __init__(self, catalogue: Catalogue, seed: int, rules: int) -> None:
        self.random = Random(seed)
        self.catalogue = catalogue
        self.seed = seed
        self.parents = self._roles()
        self.grounds = {f"PURPOSE_{n}": self.random.choice(_GROUNDS) for n in range(self.random.randint(2, 9))}
        self.groups = self._groups()
        self.reach = self._reach()
        self.wide, self.rowed = self.random.random() * 0.1, self.random.random()
        self.roles = [*self.parents, *{parent for above in self.parents.values() for parent in above}]
        forbids = round(rules * self.random.random() * 0.3)
        self.permits = [self._permit(n) for n in range(rules - forbids)]
        self.forbids = [self._forbid(n) for n in range(forbids)]

    def texts(self) -> dict[str, str]:
        """File name → content."""
        purposes = [
            f"  {code}: {{title_en: {code}, title_zh: 目的, ground: {ground}, basis: test{_NAMED.get(ground, '')}}}"
            for code, ground in self.grounds.items()
        ]
        groups = [f"  {name}: [{', '.join(codes)}]" for name, codes in self.groups.items()]
        return {
            "roles.csv": "".join(f"g, {child}, {p}\n" for child, above in self.parents.items() for p in above),
            "purposes.yaml": "\n".join(["purposes:", *purposes, "groups:", *groups, ""]),
            "permits.csv": "".join(f"{line}\n" for line in self.permits),
            "forbids.csv": "".join(f"{line}\n" for line in self.forbids),
        }

    def _roles(self) -> dict[str, list[str]]:
        """A chain of the greatest length that is allowed, and a forest around it; a role may have several parents.

        One branch stands apart, so that no role is everybody: to everybody a permit may not open sensitivity 4.
        """
        parents = {f"r{n}": [f"r{n - 1}"] for n in range(1, LONGEST_CHAIN + 1)} | {"apart": ["s0"]}
        depth = {f"r{n}": n for n in range(LONGEST_CHAIN + 1)} | {"s0": 0}
        for n in range(LONGEST_CHAIN + 1, LONGEST_CHAIN + self.random.randint(3, 25)):
            near = [role for role in depth if depth[role] < LONGEST_CHAIN]
            above = self.random.sample(near, self.random.choice((1, 1, 2, 3)))
            parents[f"r{n}"] = above
            depth[f"r{n}"] = max(depth[parent] for parent in above) + 1
        return parents

    def _groups(self) -> dict[str, list[str]]:
        codes = list(self.grounds)
        return {f"some_{n}": self.random.sample(codes, self.random.randint(1, len(codes))) for n in range(3)}

    def _reach(self) -> Mapping[str, list[str]]:
        """A permit's words for items → keys, without those that reach nothing."""
        found = {key: [key] for key in self.catalogue.items}
        for key, word in links(self.catalogue, permits=True):
            found.setdefault(word, []).append(key)
        return found

    def _permit(self, number: int) -> str:
        while True:
            word, treatment = self._item(), self.random.choice(RELEASING)
            keys = self.reach[word]
            if any(effective(self.catalogue.items[key], treatment) is not Treatment.WITHHELD for key in keys):
                break
        purpose = self.random.choice([*self.grounds, *self.groups])
        codes = self.groups.get(purpose, [purpose])
        rests_on_consent = all(self.grounds[code] == "consent" for code in codes)
        written = rests_on_consent and self.random.random() < 0.5
        ground = "written" if written else "ordinary"
        rows = self._rows(keys)
        return (
            f"p, {self.random.choice(self.roles)}, {purpose}, {word}, {treatment}, {rows}, {ground}, P-{number}, SELF"
        )

    def _forbid(self, number: int) -> str:
        purpose = self.random.choice([*self.grounds, *self.groups, "*"])
        word = self._item() if self.random.random() < 0.9 else f"sensitivity:{NAMED_ONLY}"
        treatment = self.random.choice([*RELEASING, "*"])
        return f"p, {self.random.choice(self.roles)}, {purpose}, {word}, {treatment}, , , F-{number}, SELF"

    def _item(self) -> str:
        if self.random.random() < self.wide:
            return self.random.choice(["*", "domain:public", "sensitivity:2", "department:PBC"])
        if self.random.random() < 0.5:
            return self.random.choice(list(self.catalogue.items))
        return self.random.choice([word for word in self.reach if ":" in word])

    def _rows(self, keys: list[str]) -> str:
        if self.random.random() > self.rowed:
            return ""
        records = {self.catalogue.items[key].record for key in keys}
        return self.random.choice([name for name in ROWS if records <= self._spoken(name)])

    def _spoken(self, name: str) -> set[str]:
        """The record types that a shipped row condition speaks of."""
        return {
            "own_institution": {"PBC03", "PBC04", "PBC08"},
            "own_provider": {"UTL01", "UTL02"},
            "insurance_fraud_only": {"HRS07"},
            "currently_married": {"CVA01"},
        }.get(name, set(self.catalogue.records))


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """A whole folder of policies: these files, and the shipped ones that are the same for every set."""
    for name in (MODEL, BASES, "rows.yaml"):
        shutil.copy(FOLDER / name, folder / name)
    (folder / acts.FILE).write_text("acts: {}\n", "utf-8")  # theirs are other roles
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
