"""Purposes and groups of purposes: `purposes.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

from exchange.frequency import Beyond, Frequency, Period
from exchange.phase import Phase
from exchange.purpose import GROUNDS, Purpose
from exchange.reference import ReferenceKind, ReferenceRule
from policies import marked
from policies.faults import Fault, unknown
from policies.groups import Groups, nested
from policies.marked import Marked

FILE = "purposes.yaml"
_PARTS = ("references", "purposes", "groups")
_TEXTS = frozenset({"title_en", "title_zh", "ground", "basis", "pboc_code", "relation"})
_NEEDED = ("title_en", "title_zh", "ground", "basis")
_BUILT = frozenset({"reference", "frequency", "phase"})
"""Read into a word or rule of their own."""
_KNOWN = frozenset(field.name for field in fields(Purpose)) - {"code"}
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Purposes:
    purposes: Mapping[str, Purpose]
    """By code, in file order."""
    links: tuple[tuple[str, str], ...]
    """(purpose or group, group)."""
    reach: Mapping[str, frozenset[str]]
    """Code or group → the codes that it stands for."""
    relation_lines: Mapping[str, int]
    """Where each purpose names its relation."""


def read(folder: Path, faults: list[Fault]) -> Purposes:
    document = marked.read(folder / FILE, faults)
    parts = dict(document.entries())
    for name in parts.keys() - set(_PARTS):
        faults.append(Fault(FILE, parts[name].line, unknown("key", name, _PARTS)))
    reader = _Reader(faults)
    reader.references(parts.get("references", marked.NOTHING))
    purposes: dict[str, Purpose] = {}
    lines: dict[str, int] = {}
    for code, entry in parts.get("purposes", marked.NOTHING).entries():
        lines[code] = dict(entry.entries()).get("relation", entry).line
        purpose = reader.purpose(code, entry)
        if purpose:
            purposes[code] = purpose
    groups: Groups = nested(parts.get("groups", marked.NOTHING), purposes, FILE, faults)
    return Purposes(purposes, groups.links, groups.reach, lines)


class _Reader:
    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.patterns: dict[str, str] = {}
        """Kind of reference → what its numbers look like."""

    def references(self, part: Marked) -> None:
        for name, entry in part.entries():
            self._word("kind of reference", entry, name, ReferenceKind)
            self.patterns[name] = self._pattern(name, entry)

    def purpose(self, code: str, entry: Marked) -> Purpose | None:
        before = len(self.faults)
        parts = dict(entry.entries())
        values: dict[str, object] = {}
        for name, part in parts.items():
            if name not in _KNOWN:
                self._fault(part, unknown("key", name, _KNOWN))
            elif name in _BUILT:
                values[name] = getattr(self, f"_{name}")(code, part)
            elif isinstance(part.value, str if name in _TEXTS else bool):
                values[name] = part.value
            else:
                self._fault(part, f"{name} of {code} must be {'a text' if name in _TEXTS else 'a yes/no'}")
        for name in _NEEDED:
            if name not in parts:
                self._fault(entry, f"{code} has no {name}")
            elif isinstance(parts[name].value, str) and not parts[name].text():
                self._fault(entry, f"{name} of {code} is blank")
        if "ground" in values:
            self._ground(code, parts["ground"], parts.get("reference"), values.get("reference"))
        return Purpose(code, **values) if len(self.faults) == before else None  # pyright: ignore[reportArgumentType]

    def _ground(self, code: str, part: Marked, written: Marked | None, reference: object) -> None:
        """A ground that has a number is not taken on trust."""
        ground = str(part.value)
        if self._word("ground", part, ground, GROUNDS) is None:
            return
        kinds = sorted(GROUNDS[ground])
        if kinds and written is None:
            self._fault(part, f"{code} rests on {ground}, so an ask must name its {' or '.join(kinds)}: no reference")
        elif kinds and isinstance(reference, ReferenceRule) and reference.kind not in kinds:
            self._fault(written or part, f"{code} rests on {ground}: its reference is a {' or a '.join(kinds)}")

    def _reference(self, code: str, part: Marked) -> ReferenceRule | None:
        """`case`, or `{kind: case, pattern: …}` where the purpose's numbers look otherwise."""
        parts = dict(part.entries()) or {"kind": part}
        self._keys(parts, ("kind", "pattern"))
        kind = self._word("kind of reference", parts.get("kind", part), None, ReferenceKind)
        if kind is None:
            return None
        if "pattern" in parts:
            pattern = self._pattern(f"reference of {code}", parts["pattern"])
        elif kind in self.patterns:
            pattern = self.patterns[kind]
        else:
            self._fault(part, f"no pattern stands under references for a {kind}, nor in {code}")
            return None
        return ReferenceRule(ReferenceKind(kind), pattern)

    def _frequency(self, code: str, part: Marked) -> Frequency | None:
        """`{times: 1, per: month}`, with `beyond: counted` where more is answered and told apart."""
        parts = dict(part.entries())
        self._keys(parts, ("times", "per", "beyond"))
        times = parts["times"].value if "times" in parts else None
        if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= _MOST:
            self._fault(parts.get("times", part), f"times of {code} must be a number from 1 to {_MOST}")
            return None
        per = self._word("period", parts.get("per", part), None, Period)
        beyond = self._word("way beyond a frequency", parts["beyond"], None, Beyond) if "beyond" in parts else "refused"
        return Frequency(times, Period(per), Beyond(beyond)) if per and beyond else None

    def _phase(self, _code: str, part: Marked) -> Phase | None:
        word = self._word("phase", part, None, Phase)
        return Phase(word) if word else None

    def _pattern(self, name: str, part: Marked) -> str:
        try:
            if not part.text():
                raise ValueError
            re.compile(part.text())
        except (ValueError, re.error, RecursionError, OverflowError):
            self._fault(part, f"{name} must be a regular expression")
        return part.text()

    def _word(self, kind: str, part: Marked, word: str | None, known: Iterable[str] | type[StrEnum]) -> str | None:
        """The word (left out: the part's own text) if it is known; else None, with a fault."""
        said = part.value if word is None else word
        words = [str(each) for each in known]
        if isinstance(said, str) and said in words:
            return said
        self._fault(part, unknown(kind, said if isinstance(said, str) else "", words))
        return None

    def _keys(self, parts: Mapping[str, Marked], known: tuple[str, ...]) -> None:
        for name in parts.keys() - set(known):
            self._fault(parts[name], unknown("key", name, known))

    def _fault(self, part: Marked, message: str) -> None:
        self.faults.append(Fault(FILE, part.line, message))
