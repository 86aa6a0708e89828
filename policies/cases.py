"""Cases: what the policies must decide, written by hand from the matrix and never from the rules.

elsewhere: WITHHELD                      # whatever no case speaks of by name is closed
also: {permits: [a line of permits.csv]} # a supposition: these cases hold even if somebody added this
cases:
  - role: [bank-system]                  # or "*", every role that a request may name
    purpose: POST_LOAN
    ground: [ordinary, written]          # none, or {items: [...], written: [...]}: a consent that names items
    expect:
      group:utilities: FULL in own_provider by P-UTILITY-UT
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from exchange.catalogue import Catalogue
from exchange.consent import NO_GROUND, Ground
from exchange.decision import Decision, Treatment
from exchange.treatment import effective
from policies import acts, marked, roles, rulebook
from policies.faults import Fault, PolicyFaulty, unknown
from policies.marked import Marked
from policies.rule import FORBIDS, PERMITS, Rule
from policies.rulebook import FILES, Rulebook

FOLDER = "cases"
_PHRASE = re.compile(r"(?P<treatment>[A-Z]+)(?: in (?P<rows>\w+(?:, \w+)*))?(?: by (?P<rule>\S+))?")
_NARROWER = ("", "group", "record", "item")
"""What an expectation may speak of: the later, the narrower."""
_ADDED = {"permits": PERMITS, "forbids": FORBIDS}
_KEYS = frozenset({"cases", "elsewhere", "also", "instead"})
_NEEDED = frozenset({"role", "purpose", "expect"})
_CASE_KEYS = _NEEDED | {"ground", "rest", "why"}


@dataclass(frozen=True, slots=True)
class Expected:
    treatment: Treatment
    rows: frozenset[str] = frozenset()
    rule: str | None = None
    """None = whichever decides."""

    def met(self, decision: Decision) -> bool:
        return (
            decision.treatment is self.treatment and decision.rows == self.rows and self.rule in (None, decision.rule)
        )

    def __str__(self) -> str:
        return _phrase(self.treatment, self.rows, self.rule)


CLOSED = Expected(Treatment.WITHHELD)


@dataclass(frozen=True, slots=True)
class Case:
    file: str
    line: int
    pairs: tuple[tuple[str, str], ...]
    """(role, purpose)."""
    by_name: bool
    """Whether the roles and purposes are named, not `*`."""
    grounds: tuple[tuple[str, Ground], ...]
    """(how the case says it, ground)."""
    expected: Mapping[str, Expected]
    """By item key."""
    lines: Mapping[str, int]
    """Where each item is spoken of; an item that is not is expected closed."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of cases."""

    file: str
    cases: tuple[Case, ...]
    elsewhere: int
    """The line that says that pairs of which no case speaks by name are closed; 0 = none says so."""
    permits: tuple[Rule, ...] = ()
    """Supposed beside those of the folder, after them."""
    forbids: tuple[Rule, ...] = ()
    book: Rulebook | None = None
    """The rules of a sheet that brings its own and says nothing of the folder's."""

    @property
    def plain(self) -> bool:
        """Whether it speaks of the folder's rules as they are."""
        return not (self.permits or self.forbids or self.book)

    def supposing(self, book: Rulebook) -> Rulebook:
        """The rules that the cases of this sheet are held against, given the folder's."""
        if self.book:
            return self.book
        return replace(book, permits=book.permits + self.permits, forbids=book.forbids + self.forbids)


def read(folder: Path, catalogue: Catalogue, book: Rulebook, cases: Path | None = None) -> tuple[Sheet, ...]:
    """Every sheet of `cases` (None = the folder's own). Raises PolicyFaulty with every fault."""
    faults: list[Fault] = []
    paths = sorted((cases or folder / FOLDER).glob("*.yaml"))
    sheets = tuple(_Reader(path, folder, catalogue, book, faults).sheet() for path in paths)
    if not paths:
        faults.append(Fault(FOLDER, 0, "there are no cases"))
    if faults:
        raise PolicyFaulty(faults)
    return sheets


@dataclass
class _Reader:
    path: Path
    folder: Path
    catalogue: Catalogue
    book: Rulebook
    faults: list[Fault]
    rules: frozenset[str] = field(init=False, default=frozenset())

    def sheet(self) -> Sheet:
        parts = dict(marked.read(self.path, self.faults).entries())
        self._known("key", parts, _KEYS)
        sheet = self._supposed(parts)
        self.book = sheet.supposing(self.book)
        self.rules = frozenset(rule.id for rule in (*self.book.permits, *self.book.forbids)) | rulebook.RESERVED
        elsewhere = parts.get("elsewhere", marked.NOTHING)
        if elsewhere is not marked.NOTHING and elsewhere.value != Treatment.WITHHELD:
            self._fault(elsewhere.line, "elsewhere knows only WITHHELD")
        listed = parts.get("cases", marked.NOTHING)
        cases = tuple(filter(None, map(self._case, listed.value if isinstance(listed.value, list) else ())))
        if not cases:
            self._fault(listed.line, "cases must be a list of cases")
        return replace(sheet, cases=cases, elsewhere=elsewhere.line)

    def _supposed(self, parts: Mapping[str, Marked]) -> Sheet:
        """`also` and `instead`, read as the folder's files are, in a copy of the folder."""
        also, instead = (dict(parts.get(name, marked.NOTHING).entries()) for name in ("also", "instead"))
        self._known("list of rules", also, frozenset(_ADDED))
        self._known("policy file", instead, frozenset(FILES))
        plain = Sheet(self.path.name, (), elsewhere=0)
        if not also and not instead:
            return plain
        with TemporaryDirectory() as scratch:
            copy = Path(scratch)
            for name in FILES:
                shutil.copy(self.folder / name, copy / name)
            if roles.FILE in instead:  # no case speaks of acts, and theirs are other roles
                (copy / acts.FILE).write_text("acts: {}\n", "utf-8")
            for name, part in instead.items():
                (copy / name).write_text(str(part.value), "utf-8")
            for name, part in also.items():
                lines = part.plain()
                text = "\n".join(map(str, lines if isinstance(lines, list) else ()))
                with (copy / _ADDED.get(name, PERMITS)).open("a", encoding="utf-8") as file:
                    file.write(f"\n{text}\n")
            try:
                book = rulebook.read(copy, self.catalogue)
            except PolicyFaulty as faulty:
                line = next(iter({**also, **instead}.values())).line
                for fault in faulty.faults:
                    self._fault(line, f"what it supposes is faulty: {fault}")
                return plain
        if instead:
            return replace(plain, book=book)
        permits, forbids = book.permits[len(self.book.permits) :], book.forbids[len(self.book.forbids) :]
        return replace(plain, permits=permits, forbids=forbids)

    def _case(self, entry: Marked) -> Case | None:
        before = len(self.faults)
        parts = dict(entry.entries())
        self._known("key", parts, _CASE_KEYS)
        for name in sorted(_NEEDED - parts.keys()):
            self._fault(entry.line, f"a case needs {name}")
        if len(self.faults) > before:
            return None
        roles = self._words("role", parts["role"], self.book.roles.leaves)
        purposes = self._words("purpose", parts["purpose"], tuple(self.book.purposes.purposes))
        grounds = tuple(self._grounds(parts.get("ground", Marked("ordinary", entry.line))))
        expected, lines = self._expected(parts["expect"])
        if "rest" not in parts:
            expected = dict.fromkeys(self.catalogue.items, CLOSED) | expected
        elif parts["rest"].value != "unsaid":
            self._fault(parts["rest"].line, "rest knows only unsaid")
        by_name = "*" not in (parts["role"].value, parts["purpose"].value)
        case = Case(self.path.name, entry.line, tuple(product(roles, purposes)), by_name, grounds, expected, lines)
        return case if len(self.faults) == before else None

    def _words(self, kind: str, part: Marked, known: tuple[str, ...]) -> tuple[str, ...]:
        if part.value == "*":
            return known
        words = _texts(part)
        for word in words or ("",):
            if word not in known:
                self._fault(part.line, unknown(kind, word, known))
        return words

    def _grounds(self, part: Marked) -> Iterator[tuple[str, Ground]]:
        named = dict(part.entries())
        if named:
            self._known("key", named, frozenset({"items", "written"}))
            items, written = (frozenset(_texts(named.get(key, marked.NOTHING))) for key in ("items", "written"))
            for key in sorted((items | written) - self.catalogue.items.keys()):
                self._fault(part.line, unknown("item", key, self.catalogue.items))
            yield "a consent that names items", Ground("consent", None, False, items or None, written)
            return
        states = {
            "none": NO_GROUND,
            "ordinary": Ground("consent"),
            "written": Ground("consent", written_items=frozenset(self.catalogue.items)),
        }
        for word in _texts(part) or ("",):
            if word in states:
                yield word, states[word]
            else:
                self._fault(part.line, unknown("ground", word, states))

    def _expected(self, part: Marked) -> tuple[dict[str, Expected], dict[str, int]]:
        """The narrower word holds: an item before its record type, a record type before its group."""
        found: dict[str, Expected] = {}
        lines: dict[str, int] = {}
        for name, phrase in sorted(part.entries(), key=lambda entry: _NARROWER.index(_kind(entry[0]))):
            said = self._said(phrase)
            keys = self.book.reach.get(name, ()) if _kind(name) else ()
            if not keys:
                known = [word for word, reached in self.book.reach.items() if _kind(word) and reached]
                self._fault(phrase.line, unknown("item, record type or group", name, known))
            elif said:
                found |= {key: self._of_kind(key, said) for key in keys}
                lines |= dict.fromkeys(keys, phrase.line)
                if keys == (name,) and found[name].treatment is not said.treatment:
                    self._fault(phrase.line, f"{said.treatment} has no meaning for {name}: docs/treatments.md")
        return found, lines

    def _of_kind(self, key: str, said: Expected) -> Expected:
        """What the treatment means for an item of this kind."""
        treatment = effective(self.catalogue.items[key], said.treatment)
        if treatment is said.treatment:
            return said
        return CLOSED if treatment is Treatment.WITHHELD else replace(said, treatment=treatment)

    def _said(self, part: Marked) -> Expected | None:
        phrase = _PHRASE.fullmatch(part.text())
        if not phrase or phrase["treatment"] not in Treatment.__members__:
            self._fault(part.line, "an expectation reads: TREATMENT, or TREATMENT in ROWS by RULE")
            return None
        rows = frozenset((phrase["rows"] or "").split(", ")) - {""}
        for kind, words, known in (("row condition", rows, self.book.rows), ("rule", {phrase["rule"]}, self.rules)):
            for word in words:
                if word is not None and word not in known:
                    self._fault(part.line, unknown(kind, word, known))
        return Expected(Treatment(phrase["treatment"]), rows, phrase["rule"])

    def _known(self, kind: str, parts: Mapping[str, Marked], known: Iterable[str]) -> None:
        for name in parts.keys() - set(known):
            self._fault(parts[name].line, unknown(kind, name, known))

    def _fault(self, line: int, message: str) -> None:
        self.faults.append(Fault(self.path.name, line, message))


def _kind(word: str) -> str:
    """`group`, `record` or `item`; blank for the words that cases do not use."""
    kind, colon, _ = word.partition(":")
    return kind if colon and kind in _NARROWER else "" if colon or word == "*" else "item"


def _texts(part: Marked) -> tuple[str, ...]:
    plain = part.plain()
    return tuple(map(str, plain)) if isinstance(plain, list) else (plain,) if isinstance(plain, str) else ()


def _phrase(treatment: Treatment, rows: frozenset[str], rule: str | None) -> str:
    said = treatment.value + (f" in {', '.join(sorted(rows))}" if rows else "")
    return f"{said} by {rule}" if rule else said


def said(decision: Decision) -> str:
    """A decision in the words of a case."""
    return _phrase(decision.treatment, decision.rows, decision.rule)
