"""A segment: the oldest entries of a log, taken out of it, in a text that verifies by itself and against the log.

Pure. A checkpoint signed over the log up to the segment's end, an empty line, a line that says where it begins, and a
line for each entry with what opens its commitments: with it a segment is no less than what stood in the log, and no
less secret. An export of a log whose beginning is archived has the first of these lines too (`Beginning`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from exchange.audit import START, Chain, Fault, Head, Link, Verdict, canonical, entry_hash
from exchange.beginning import Beginning
from exchange.checkpoint import Checkpoint, CheckpointFaulty, Verifier
from exchange.evidence import read
from exchange.tree import Hashing, consistent


@dataclass(frozen=True, slots=True)
class Segment:
    """What a segment says of itself; `verify` says whether it is so."""

    beginning: Beginning
    end: Checkpoint
    """Of the log up to the segment's last entry."""
    note: str
    """`end`, signed."""
    present: str
    """The checkpoint of the log as it was when the segment was made, signed …"""
    path: tuple[bytes, ...]
    """… and the proof that the log up to the segment's end is the beginning of that."""

    def heading(self) -> bytes:
        """How the text begins. A line for each entry follows, made by `line`."""
        said = self.beginning.said() | {"present": self.present, "path": [step.hex() for step in self.path]}
        return self.note.encode() + b"\n" + canonical(said) + b"\n"


def line(entry: bytes, links: Sequence[Link]) -> bytes:
    opened = [
        {"count": link.count, "person": link.person, "previous": link.previous, "salt": link.salt.hex()}
        for link in links
    ]
    return canonical({"entry": json.loads(entry), "opened": opened}) + b"\n"


@dataclass(frozen=True, slots=True)
class Taken:
    """One entry of a segment."""

    text: bytes
    hash: str
    links: tuple[Link, ...]


def opened(stream: BinaryIO, key: Verifier) -> tuple[Segment, Iterator[Taken]]:
    """A segment's own words, and its entries. Raises CheckpointFaulty, and ValueError in either for a malformed one."""
    start = stream.tell()
    end, lines = read(stream, key)
    note_end = stream.tell()
    stream.seek(start)
    note = stream.read(note_end - start)[:-1].decode()
    try:
        said = json.loads(next(lines, b""))
        beginning = Beginning.of(said)
        path = tuple(bytes.fromhex(step) for step in said["path"])
        segment = Segment(beginning, end, note, said["present"], path)
        if segment.heading() != note.encode() + b"\n" + canonical(said) + b"\n":
            raise ValueError("not a segment")
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("not a segment") from None
    hashing = Hashing(end.hash)
    return segment, (_taken(line, hashing) for line in lines)


def _taken(text: bytes, hashing: Hashing) -> Taken:
    try:
        said = json.loads(text)
        entry = canonical(said["entry"])
        links = tuple(
            Link(one["person"], one["count"], one["previous"], bytes.fromhex(one["salt"])) for one in said["opened"]
        )
        if line(entry, links) != text + b"\n":
            raise ValueError("not an entry of a segment")
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("not an entry of a segment") from None
    return Taken(entry, entry_hash(entry, hashing), links)


def verify(stream: BinaryIO, key: Verifier) -> Verdict:
    """Check a segment from its text alone, in memory of its people.

    Its signatures; that its entries are those from its beginning to the end that was signed, chained, each with an
    opening that fits for everyone whom it is about, none of a person's between two left out; and that the log of when
    it was made goes on from its end.
    """
    try:
        segment, entries = opened(stream, key)
        present = key.checkpoint(segment.present)
    except CheckpointFaulty:
        return Verdict(START, Fault.CHECKPOINT)
    except ValueError:
        return Verdict(START, Fault.MALFORMED)
    head, hashing = segment.beginning.head, Hashing(segment.end.hash)
    growing, chain, last = (
        segment.beginning.growing(hashing),
        Chain(head=head, hashing=hashing),
        dict[str, Link | Head](),
    )
    try:
        for taken in entries:
            if found := chain.add(taken.text):
                return found
            growing.add(taken.text)
            if not _fits(taken, last, hashing):
                return Verdict(chain.head, Fault.PERSONAL, chain.head.sequence)
    except (ValueError, KeyError, TypeError):
        return Verdict(chain.head, Fault.MALFORMED, chain.head.sequence + 1)
    reached = chain.head.sequence
    if reached < segment.end.size or reached == head.sequence:
        return Verdict(chain.head, Fault.TRUNCATED, reached + 1)
    if reached > segment.end.size or growing.root() != segment.end.root:
        return Verdict(chain.head, Fault.FORKED, segment.end.size)
    tied = consistent(segment.end.size, segment.end.root, present.size, present.root, list(segment.path), hashing)
    if present.hash != segment.end.hash or present.size < reached or not tied:
        return Verdict(chain.head, Fault.PROOF, reached)
    return Verdict(chain.head)


def _fits(taken: Taken, last: dict[str, Any], hashing: Hashing) -> bool:
    """Whether an opening is there for everyone, each the one after that person's before. `last`: by person."""
    entry = json.loads(taken.text)
    if {link.person for link in taken.links} != set(entry["people"]):
        return False
    for link in taken.links:
        count, previous = last.get(link.person, (link.count - 1, link.previous))
        committed = entry["version"] == 1 or link.commitment(hashing) in entry["personal"]
        if not committed or (link.count, link.previous) != (count + 1, previous):
            return False
        last[link.person] = (link.count, taken.hash)
    return True
