"""What one transaction of the log writes: for each ask its entries and the uses of its consents, or its refusal.

Pure: `Facts` are read under the log's lock, `Sealing` decides, `exchange.store.sealer` writes the rows.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from typing import Any, NamedTuple

from exchange.audit import START, Head, Link, canonical, entry
from exchange.consent import Consent
from exchange.decided import Decided
from exchange.disclosure import Disclosure
from exchange.frequency import Turn
from exchange.inquiry import Inquiry, inquiry_of
from exchange.refusals import AuditUnavailable, ChangedMeanwhile, ConsentUnknown
from exchange.retry import Kept
from exchange.tree import SHA256, Hashing, grown
from exchange.written import Written, written

Salt = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry that the log has already under an id that comes again."""

    entry: bytes
    sequence: int
    previous: str
    links: Mapping[str, Link]
    """What it commits to, by person."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The log's end and what the asks of one transaction rest on, as they are under the lock."""

    head: Head = START
    peaks: Mapping[tuple[int, int], bytes] = field(default_factory=dict)
    """(level, position) → hash of the tree's perfect subtrees: one for each set bit of `head.sequence`."""
    hashing: Hashing = SHA256
    standing: Mapping[str, Standing] = field(default_factory=dict)
    consents: Mapping[str, Consent] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    """Names of answers that are kept already."""
    last: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Person → how many entries are about him or her, and the hash of the last one."""
    turns: Mapping[tuple[str, str, str, str], int] = field(default_factory=dict)
    """Turn's key → how many were counted in its period."""


class Use(NamedTuple):
    """One use of a consent that is for a single use, or whose uses are counted."""

    consent: str
    period: str
    """The calendar period in which it counts; "" for a single use."""
    number: int
    """Which use of that period it is, from 1."""
    sequence: int
    """Of the entry."""


@dataclass(slots=True)
class Rows:
    """What is to be written, in the tables' own order of columns."""

    log: list[tuple[int, str, bytes, str]] = field(default_factory=list)
    entries: list[Written] = field(default_factory=list)
    """The same entries, of which the index is made."""
    nodes: list[tuple[int, int, bytes]] = field(default_factory=list)
    people: list[tuple[str, int, int, bytes]] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    answers: list[Kept] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    turns: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Keys of the turns that are counted once more."""


class Sealing:
    """Appends ask after ask to the log whose end the facts tell."""

    def __init__(self, facts: Facts, salt: Salt | None = None) -> None:
        self.rows = Rows()
        self.hashing = facts.hashing
        self._facts = facts
        self._salt = salt or salts()
        self.head = facts.head
        self._last = dict(facts.last)
        self.peaks = dict(facts.peaks)
        self._turns = dict(facts.turns)
        self._consents = dict(facts.consents)
        """As the asks before have left them."""
        self._before: list[tuple[dict[Any, Any], Any, Any]] = []
        """What this ask has changed, the last change last: where, under which key, and what stood there."""

    def add(
        self,
        disclosures: Sequence[Disclosure],
        answer: str | None,
        keep: Kept | None = None,
        decided: Sequence[Decided] | None = None,
    ) -> None:
        """The entries of one ask, all or none; one answer is one use of a consent. `decided`: of each, where made.

        Raises ChangedMeanwhile where an answer is kept already under the name of `keep`, the consent's refusal,
        FrequencyExceeded, AuditUnavailable for the id of another entry, and EntryUnfit, TypeError or ValueError for
        what may not stand in the log; then nothing of it is there.
        """
        if keep is not None and (keep.name in self._facts.kept or any(keep.name == k.name for k in self.rows.answers)):
            raise ChangedMeanwhile()
        lengths, head = self._lengths(), self.head
        self._before.clear()
        counted, uses = set[str](), list[tuple[str, datetime, int]]()
        try:
            for disclosure, its in zip(disclosures, decided or repeat(None), strict=False):
                if stands(self._facts.standing.get(disclosure.id), disclosure, answer, self.hashing):
                    continue
                used = () if disclosure.code else checked(disclosure, self._consents, counted)
                counted.update(used)
                if disclosure.turn is not None and not disclosure.code:
                    self._count(disclosure.turn)
                its = its or Decided(disclosure.decisions)
                self._append(disclosure, its, answer)
                uses += [(id, disclosure.at, self.head.sequence) for id in used]
                if inquiry := inquiry_of(disclosure, its.released):
                    self.rows.inquiries.append(inquiry)
        except BaseException:
            self._back_to(lengths, head)
            raise
        for use in uses:
            self._use(*use)
        if keep is not None:
            self.rows.answers.append(keep)

    def _count(self, turn: Turn) -> None:
        """Of two asks at once for the last turn of a period one gets it. Raises FrequencyExceeded."""
        used = self._turns.get(turn.key, 0)
        if refusal := turn.refusal(used):
            raise refusal
        self._set(self._turns, turn.key, used + 1)
        self.rows.turns.append(turn.key)

    def _use(self, consent: str, at: datetime, sequence: int) -> None:
        after = self._consents[consent] = self._consents[consent].used(at)
        self.rows.uses.append(Use(consent, after.period, after.period_uses or 1, sequence))

    def _append(self, disclosure: Disclosure, decided: Decided, answer: str | None) -> None:
        links, hashing = [], self.hashing
        for person in dict.fromkeys(disclosure.people):
            count, previous = self._last.get(person, (0, START.hash))
            links.append(Link(person, count + 1, previous, self._salt()))
        index, sequence = self.head.sequence, self.head.sequence + 1
        said = written(
            disclosure,
            decided,
            sequence=sequence,
            previous=self.head.hash,
            answer=answer,
            personal=links,
            hashing=hashing,
        )
        leaf = hashing.leaf(said.text)
        nodes = grown(index, leaf, lambda level, position: self.peaks[level, position], hashing)
        self.head = Head(sequence, leaf.hex())
        # The last one made is the peak that stands for all that it covers: what was put together is none any more.
        for level, position, _ in nodes[:-1]:
            self._set(self.peaks, (level, position - 1), _GONE)
        level, position, digest = nodes[-1]
        self._set(self.peaks, (level, position), digest)
        self.rows.log.append((sequence, disclosure.id, said.text, self.head.hash))
        self.rows.entries.append(said)
        self.rows.nodes += nodes
        for link in links:
            self.rows.people.append((link.person, sequence, link.count, link.salt))
            self._set(self._last, link.person, (link.count, self.head.hash))

    def _set(self, where: dict[Any, Any], key: Any, value: Any) -> None:
        self._before.append((where, key, where.get(key, _GONE)))
        if value is _GONE:
            where.pop(key, None)
        else:
            where[key] = value

    def _lengths(self) -> tuple[tuple[list[Any], int], ...]:
        rows = self.rows
        every = (rows.log, rows.entries, rows.nodes, rows.people, rows.turns, rows.inquiries)
        return tuple((each, len(each)) for each in every)

    def _back_to(self, lengths: tuple[tuple[list[Any], int], ...], head: Head) -> None:
        self.head = head
        for rows, length in lengths:
            del rows[length:]
        for where, key, value in reversed(self._before):
            if value is _GONE:
                where.pop(key, None)
            else:
                where[key] = value


_GONE: Any = object()
_SALT = 32


def salts(at_once: int = 64) -> Salt:
    """Salts of 32 random bytes; the system is asked for many at a time."""
    drawn: list[bytes] = []

    def next_one() -> bytes:
        if not drawn:
            block = secrets.token_bytes(_SALT * at_once)
            drawn.extend(block[start : start + _SALT] for start in range(0, len(block), _SALT))
        return drawn.pop()

    return next_one


def stands(standing: Standing | None, disclosure: Disclosure, answer: str | None, hashing: Hashing) -> bool:
    """Whether the log has this entry already: an acknowledgement was lost and the ask came again.

    Raises AuditUnavailable where a disclosure comes under the id of another entry.
    """
    if standing is None:
        return False
    if disclosure.code:
        return True  # what stands tells of as much as a refusal would, or more
    links = [standing.links[person] for person in dict.fromkeys(disclosure.people) if person in standing.links]
    made = entry(
        disclosure,
        sequence=standing.sequence,
        previous=standing.previous,
        answer=answer,
        personal=links,
        hashing=hashing,
    )
    if canonical(made) != standing.entry:
        raise AuditUnavailable()
    return True


def checked(disclosure: Disclosure, consents: Mapping[str, Consent], counted: set[str]) -> tuple[str, ...]:
    """Look at each consent again: what was revoked, paused or used since the ask began holds now.

    Gives those of which this is a use that counts. `consents`: as they were before this ask; `counted`: those that it
    has used already, which do not count twice. Raises the refusal.
    """
    requester, used = disclosure.requester, list[str]()
    for person, id in disclosure.consents:
        consent = consents.get(id)
        if consent is None:
            raise ConsentUnknown()
        refusal = consent.refusal(
            requester.organisation, person, disclosure.purpose or "", disclosure.at, requester.client
        )
        if refusal is not None:
            raise refusal
        if (consent.single_use or consent.frequency) and id not in counted and id not in used:
            used.append(id)
    return tuple(used)
