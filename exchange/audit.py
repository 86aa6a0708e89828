"""The entry of the disclosure log: its canonical form, its chain, and its verification by anybody.

Pure: no database, no key. `exchange.store.log` writes what this makes; `docs/audit-events.md` tells each field.
An entry holds keyed digests, codes and the words of the standard: no id number, no name of
a person asked about, no value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from exchange.decision import Decision
from exchange.disclosure import Disclosure
from exchange.person import bears_id_number
from exchange.tree import SHA256, Hashing

VERSION = 5
"""1 had no `personal`, 2 no `administrative`, 3 no `times` and perhaps no `second` in `ground`; 4 no `terms` in it, and
of several bases of a rule the last one."""
BETWEEN = " | "
"""Stands between several bases of one rule."""
UNFIT = "[unfit]"
"""Stands in a refusal's entry where the ask brought something that may not be written down."""


class Head(NamedTuple):
    """The end of a chain: its last sequence and that entry's hash."""

    sequence: int
    hash: str


START = Head(0, "0" * 64)
"""The head of an empty log; the first entry names it as its previous."""


class Event(StrEnum):
    DISCLOSURE = "disclosure"
    REFUSAL = "refusal"
    ADMINISTRATION = "administration"
    """An act on clients, consents, policies or the log itself."""


class EntryUnfit(ValueError):
    """A field of the disclosure may not stand in the log. Names the fields, never what they hold."""


_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,63}")
_OBJECT = re.compile(r"[a-z]{1,32}(?::[A-Za-z0-9][A-Za-z0-9._-]{0,63})?")
_OPERATOR = re.compile(r"[\w.·:@/-]{1,64}")
_REFERENCE = re.compile(r"[\w()（）〔〕\[\]\-/.: 号]{1,64}")
_DIGEST = re.compile(r"(?:[0-9a-f]{32}){1,2}")
_WORDS = 1024
_FIT: set[tuple[str, re.Pattern[str]]] = set()
"""Words that were found fit: of codes, organisations, clients, roles, purposes and grounds, never of a person."""


@lru_cache(maxsize=64)
def stamp(at: datetime) -> str:
    """UTC with microseconds, `2026-11-24T06:00:00.000000Z`: sorts as text."""
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


@dataclass(frozen=True, slots=True)
class Link:
    """An entry's place among those about one person: what `personal` commits to, and the opening of it."""

    person: str
    """Keyed digest."""
    count: int
    """Which of this person's entries it is, from 1."""
    previous: str
    """Hash of this person's entry before; START.hash in the first."""
    salt: bytes
    """32 random bytes, kept beside the log and given to the person. Without them a commitment tells nothing."""

    def commitment(self, hashing: Hashing = SHA256) -> str:
        """The log's hash, hexadecimal, over 0x02, the salt, and the canonical JSON of the other three."""
        said = orjson.dumps({"count": self.count, "person": self.person, "previous": self.previous})
        return hashing.digest(b"\2" + self.salt + said).hex()


def entry(
    disclosure: Disclosure,
    *,
    sequence: int,
    previous: str,
    answer: str | None,
    personal: Sequence[Link] = (),
    hashing: Hashing = SHA256,
) -> dict[str, Any]:
    """The entry of one disclosure or refusal. Every entry has every field; what is not there is "" or empty.

    What the ask brought along is checked once more, whoever checked it before. In a refusal an unfit text is replaced
    by UNFIT, so that a hostile ask still leaves its trace; a disclosure is not sealed with one: raises EntryUnfit.
    """
    return {
        **asked(disclosure, sequence=sequence, previous=previous, answer=answer, personal=personal, hashing=hashing),
        "items": items_of(disclosure.decisions),
        "bases": bases_of(disclosure.decisions.values()),
    }


def asked(
    disclosure: Disclosure,
    *,
    sequence: int,
    previous: str,
    answer: str | None,
    personal: Sequence[Link],
    hashing: Hashing,
) -> dict[str, Any]:
    """All of an entry but its items and their bases. Raises EntryUnfit."""
    unfit: list[str] = []

    def fit(name: str, text: str | None, pattern: re.Pattern[str], free: bool = True) -> str:
        if not text:
            return ""
        if pattern.fullmatch(text) and not (free and bears_id_number(text)):
            return text
        unfit.append(name)
        return UNFIT

    def word(name: str, text: str | None, pattern: re.Pattern[str]) -> str:
        """Of the register, the policies or the standard: what was found fit need not be looked at again."""
        if not text:
            return ""
        if (text, pattern) in _FIT:
            return text
        found = fit(name, text, pattern)
        if found is text:
            if len(_FIT) >= _WORDS:
                _FIT.clear()
            _FIT.add((text, pattern))
        return found

    requester, ground, act = disclosure.requester, disclosure.ground, disclosure.administrative
    # Of random names of 32 hexadecimal digits one in 100,000 reads as an id number by chance.
    identity = fit("id", disclosure.id, _WORD, free=not _DIGEST.fullmatch(disclosure.id))
    if identity in ("", UNFIT):
        raise EntryUnfit("id")
    made = {
        "version": VERSION,
        "sequence": sequence,
        "previous": previous,
        "id": identity,
        "time": stamp(disclosure.at),
        "event": _event(disclosure).value,
        "code": word("code", disclosure.code, _CODE),
        "organisation": word("organisation", requester.organisation, _WORD),
        "client": word("client", requester.client, _WORD),
        "operator": fit("operator", requester.operator, _OPERATOR),
        "role": word("role", requester.role, _WORD),
        "times": disclosure.times,
        "purpose": word("purpose", disclosure.purpose, _CODE),
        "ground": {
            "kind": word("ground", ground.kind, _WORD),
            "consent": fit("consent", ground.consent, _WORD),
            "second": fit("second consent", ground.partner_consent, _WORD),
            "terms": ground.terms,
        },
        "reference": fit("reference", disclosure.reference, _REFERENCE),
        "people": [fit("people", person, _DIGEST, free=False) for person in disclosure.people],
        "personal": [link.commitment(hashing) for link in personal],
        "administrative": {}
        if act is None
        else {
            "act": fit("act", act.act, _CODE),
            "object": fit("object", act.object, _OBJECT, free=not _DIGEST.fullmatch(act.object.partition(":")[2])),
            "reason": fit("reason", act.reason, _CODE),
            "digest": fit("digest", act.digest, _DIGEST, free=False),
            "changed": int(act.changed and not disclosure.code),
        },
        "sources": dict(disclosure.sources),
        "policy": disclosure.policy,
        "standard": disclosure.standard,
        "document": fit("document", disclosure.document, _DIGEST, free=False),
        "answer": fit("answer", answer, _DIGEST, free=False),
    }
    if unfit and not disclosure.code:
        raise EntryUnfit(", ".join(sorted(set(unfit))))
    return made


def items_of(decisions: Mapping[str, Decision]) -> dict[str, Any]:
    """By item key: its treatment, the rule that decided, and the names of its row conditions."""
    return {
        key: {"treatment": decision.treatment.value, "rule": decision.rule, "rows": sorted(decision.rows)}
        for key, decision in decisions.items()
    }


def bases_of(decisions: Iterable[Decision]) -> dict[str, str]:
    """Rule → its legal basis. What withholds for want of a consent has one for each rule that it closes."""
    found: dict[str, set[str]] = {}
    for decision in decisions:
        if decision.basis:
            found.setdefault(decision.rule, set()).add(decision.basis)
    return {rule: BETWEEN.join(sorted(bases)) for rule, bases in found.items()}


def _event(disclosure: Disclosure) -> Event:
    if disclosure.code:
        return Event.REFUSAL
    return Event.DISCLOSURE if disclosure.administrative is None else Event.ADMINISTRATION


def canonical(entry: Mapping[str, Any], pieces: Mapping[str, bytes] | None = None) -> bytes:
    """The bytes that are hashed and exported (RFC 8785: sorted keys, no blanks, UTF-8).

    Only objects, lists, strings and integers: nothing that two programs would print differently. Raises TypeError
    for any other value, and for a text that is not Unicode. `pieces`: under further keys, what is canonical already.
    """
    _check(entry)
    if pieces:
        entry = {**entry, **{key: orjson.Fragment(piece) for key, piece in pieces.items()}}
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)


def _check(value: object) -> None:
    """Of an object or a list; what it holds of texts and integers is looked at here, which is most of it."""
    kind = type(value)
    if kind is dict:
        held: Iterable[object] = value.values()  # type: ignore[attr-defined]
    elif kind is list:
        held = value  # type: ignore[assignment]
    else:
        raise TypeError(f"an entry holds no {kind.__name__}")
    for inner in held:
        kind = type(inner)
        if kind is not str and kind is not int:
            _check(inner)


def entry_hash(entry: bytes, hashing: Hashing = SHA256) -> str:
    """The log's hash over 0x00 and the canonical bytes: the leaf hash of RFC 9162, hexadecimal."""
    return hashing.leaf(entry).hex()


class Fault(StrEnum):
    MALFORMED = "malformed"
    """Not the canonical form of an entry."""
    EDITED = "edited"
    """The entry is not the one that its successor, or the known head, was chained to."""
    GAP = "gap"
    """The entry is missing, while later ones are there."""
    REORDERED = "reordered"
    """The entry does not stand at its place, or stands twice."""
    TRUNCATED = "truncated"
    """The log ends before the known head."""
    CHECKPOINT = "checkpoint"
    """The checkpoint is malformed, or not signed by the log's key."""
    FORKED = "forked"
    """These are not the entries that the checkpoint was signed over."""
    PERSONAL = "personal"
    """An entry about a person is missing, or is not the one that the person's next entry commits to."""
    PROOF = "proof"
    """The proof does not lead from the entry to the checkpoint's root."""
    INDEX = "index"
    """The log is whole; what it is looked up by is not what the entries say."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: the head that it reached, and the first fault with its place."""

    head: Head
    fault: Fault | None = None
    at: int | None = None
    """Sequence of the entry where the fault shows."""

    @property
    def sound(self) -> bool:
        return self.fault is None


@dataclass(slots=True)
class Chain:
    """Checks entries that come one after another, in constant memory."""

    known: Head = START
    """A head noted earlier, elsewhere. Without it the last entry, and how many followed it, are taken on trust."""
    head: Head = START
    """How far the chain was followed; at first the head from which on the entries are given."""
    hashing: Hashing = SHA256

    def add(self, text: bytes) -> Verdict | None:
        """None where the entry is the next one. A GAP may prove to be a displacement: see `is_due`."""
        links = _links(text)
        due = self.head.sequence + 1
        if links is None:
            return Verdict(self.head, Fault.MALFORMED, due)
        if links.sequence != due:
            return Verdict(self.head, Fault.REORDERED if links.sequence < due else Fault.GAP, due)
        if links.hash != self.head.hash:
            # Either its predecessor was changed after this entry was chained to it, or, at the start, this entry.
            return Verdict(self.head, Fault.EDITED, max(self.head.sequence, 1))
        self.head = Head(due, entry_hash(text, self.hashing))
        if due == self.known.sequence and self.head != self.known:
            return Verdict(self.head, Fault.EDITED, due)
        return None

    def end(self) -> Verdict:
        """The verdict once every entry was added."""
        if self.head.sequence < self.known.sequence:
            return Verdict(self.head, Fault.TRUNCATED, self.head.sequence + 1)
        return Verdict(self.head)


def verify(entries: Iterable[bytes], *, known: Head = START, after: Head = START, hashing: Hashing = SHA256) -> Verdict:
    """Check a log from its entries alone, in order, in constant memory.

    `known`, `after`: see `Chain`; `after` is the head from which on the entries are given.
    """
    chain = Chain(known, after, hashing)
    stream = iter(entries)
    for text in stream:
        verdict = chain.add(text)
        if verdict is not None:
            return displaced(verdict) if any(is_due(verdict, later) for later in stream) else verdict
    return chain.end()


def is_due(verdict: Verdict, later: bytes) -> bool:
    """Whether the entry that a gap misses stands later in the log."""
    if verdict.fault is not Fault.GAP:
        return False
    links = _links(later)
    return links is not None and links.sequence == verdict.at


def displaced(verdict: Verdict) -> Verdict:
    return Verdict(verdict.head, Fault.REORDERED, verdict.at)


def _links(text: bytes) -> Head | None:
    """An entry's own sequence and the hash that it names as previous; None unless it is canonical."""
    try:
        found = json.loads(text)
        if not isinstance(found, dict) or canonical(found) != text:
            return None
        sequence, previous = found["sequence"], found["previous"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return Head(sequence, previous) if isinstance(sequence, int) and isinstance(previous, str) else None
