"""What one transaction of the log writes: for each ask its entries and the uses of its consents, or its refusal.

Pure: `Facts` are read under the log's lock, `Sealing` decides, `exchange.store.sealer` writes the rows.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from exchange.audit import START, Head, Link, canonical, entry
from exchange.consent import Consent
from exchange.disclosure import Disclosure
from exchange.frequency import Turn
from exchange.inquiry import Inquiry, inquiry_of
from exchange.refusals import AuditUnavailable, ChangedMeanwhile, ConsentUnknown
from exchange.retry import Kept
from exchange.tree import SHA256, Hashing, grown

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
    entries: list[dict[str, Any]] = field(default_factory=list)
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

    def __init__(self, facts: Facts, salt: Salt = lambda: secrets.token_bytes(32)) -> None:
        self.rows = Rows()
        self.hashing = facts.hashing
        self._facts = facts
        self._salt = salt
        self.head = facts.head
        self._last = dict(facts.last)
        self.peaks = dict(facts.peaks)
        self._turns = dict(facts.turns)
        self._consents = dict(facts.consents)
        """As the asks before have left them."""

    def add(self, disclosures: Sequence[Disclosure], answer: str | None, keep: Kept | None = None) -> None:
        """The entries of one ask, all or none; one answer is one use of a consent.

        Raises ChangedMeanwhile where an answer is kept already under the name of `keep`, the consent's refusal,
        FrequencyExceeded, AuditUnavailable for the id of another entry, and EntryUnfit, TypeError or ValueError for
        what may not stand in the log; then nothing of it is there.
        """
        if keep is not None and (keep.name in self._facts.kept or any(keep.name == k.name for k in self.rows.answers)):
            raise ChangedMeanwhile()
        before = self._mark()
        held, counted = self._consents, set[str]()
        try:
            for disclosure in disclosures:
                if stands(self._facts.standing.get(disclosure.id), disclosure, answer, self.hashing):
                    continue
                used = () if disclosure.code else checked(disclosure, held, counted)
                counted.update(used)
                if disclosure.turn is not None and not disclosure.code:
                    self._count(disclosure.turn)
                self._append(
                    disclosure.id,
                    disclosure.people,
                    lambda head, links, said=disclosure: entry(
                        said,
                        sequence=head.sequence + 1,
                        previous=head.hash,
                        answer=answer,
                        personal=links,
                        hashing=self.hashing,
                    ),
                )
                self._use(used, disclosure.at)
                if inquiry := inquiry_of(disclosure):
                    self.rows.inquiries.append(inquiry)
        except BaseException:
            self._back_to(before)
            raise
        if keep is not None:
            self.rows.answers.append(keep)

    def _count(self, turn: Turn) -> None:
        """Of two asks at once for the last turn of a period one gets it. Raises FrequencyExceeded."""
        used = self._turns.get(turn.key, 0)
        if refusal := turn.refusal(used):
            raise refusal
        self._turns = self._turns | {turn.key: used + 1}
        self.rows.turns.append(turn.key)

    def _use(self, consents: Iterable[str], at: datetime) -> None:
        for id in consents:
            after = self._consents[id].used(at)
            self._consents = self._consents | {id: after}
            self.rows.uses.append(Use(id, after.period, after.period_uses or 1, self.head.sequence))

    def _append(self, id: str, people: Iterable[str], made: Callable[[Head, list[Link]], dict]) -> None:
        links = []
        for person in dict.fromkeys(people):
            count, previous = self._last.get(person, (0, START.hash))
            links.append(Link(person, count + 1, previous, self._salt()))
        said = made(self.head, links)
        text = canonical(said)
        index, sequence = self.head.sequence, self.head.sequence + 1
        hashing = self.hashing
        leaf = hashing.leaf(text)
        nodes = grown(index, leaf, lambda level, position: self.peaks[level, position], hashing)
        self.head = Head(sequence, leaf.hex())
        # The last one made is the peak that stands for all that it covers.
        self.peaks = {place: peak for place, peak in self.peaks.items() if place[1] == (sequence >> place[0]) - 1}
        level, position, digest = nodes[-1]
        self.peaks[level, position] = digest
        self.rows.log.append((sequence, id, text, self.head.hash))
        self.rows.entries.append(said)
        self.rows.nodes += nodes
        self.rows.people += [(link.person, sequence, link.count, link.salt) for link in links]
        if links:
            self._last = self._last | {link.person: (link.count, self.head.hash) for link in links}

    def _mark(self) -> tuple:
        rows = self.rows
        lengths = len(rows.log), len(rows.nodes), len(rows.people), len(rows.uses), len(rows.turns), len(rows.inquiries)
        return lengths, self.head, self.peaks, self._last, self._turns, self._consents

    def _back_to(self, mark: tuple) -> None:
        lengths, self.head, self.peaks, self._last, self._turns, self._consents = mark
        entries, nodes, people, uses, turns, inquiries = lengths
        rows = self.rows
        del (
            rows.log[entries:],
            rows.entries[entries:],
            rows.nodes[nodes:],
            rows.people[people:],
            rows.uses[uses:],
            rows.turns[turns:],
            rows.inquiries[inquiries:],
        )


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
