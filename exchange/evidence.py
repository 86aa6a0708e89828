"""What leaves the log as evidence, and its verification by anybody: the whole log, one person's entries, one entry.

Pure: no database, no secret key. Three texts, each around a signed checkpoint:

* an export: the checkpoint, an empty line, and the canonical entries, one a line;
* a person's entries: the same, each line an object of `entry`, `index`, `path` and what opens its commitment;
* a proof: `c2sp.org/tlog-proof@v1`, with the entry as `extra` where whoever asked may have it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO, Protocol

from exchange.audit import START, Fault, Head, Link, Verdict, canonical, entry_hash, verify
from exchange.beginning import WHOLE, Beginning
from exchange.checkpoint import Checkpoint, CheckpointFaulty, Verifier, decoded, encoded
from exchange.tree import Growing, Hashing, included

PROOF = "c2sp.org/tlog-proof@v1"
_HEADER = 32
"""Lines of a note at most."""


class Opened(Protocol):
    """One of a person's entries with what opens its commitment, as the store keeps it."""

    @property
    def sequence(self) -> int: ...
    @property
    def entry(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def salt(self) -> bytes: ...


def heading(note: str, beginning: Beginning = WHOLE) -> bytes:
    """How an export begins: with its checkpoint. Its lines follow, each made by `line`.

    Where the log's beginning is archived, a line comes first that says where this one begins.
    """
    return note.encode() + b"\n" + (b"" if beginning == WHOLE else line(canonical(beginning.said())))


def line(entry: bytes) -> bytes:
    return entry + b"\n"


def opened_line(opened: Opened, previous: str, path: Sequence[bytes]) -> bytes:
    """One line of a person's entries. `previous`: hash of this person's entry before."""
    shown = {
        "entry": json.loads(opened.entry),
        "index": opened.sequence - 1,
        "path": [step.hex() for step in path],
        "count": opened.count,
        "previous": previous,
        "salt": opened.salt.hex(),
    }
    return canonical(shown)


def read(stream: BinaryIO, key: Verifier) -> tuple[Checkpoint, Iterator[bytes]]:
    """The checkpoint at the beginning of an export, and the lines after it. Raises CheckpointFaulty."""
    header, gaps = b"", 0
    for _ in range(_HEADER):
        line = stream.readline(1 << 14)
        gaps += line == b"\n"
        if gaps == 2:
            break
        header += line
    if gaps != 2:
        raise CheckpointFaulty("not a signed note")
    try:
        return key.checkpoint(header.decode()), _lines(stream)
    except UnicodeDecodeError:
        raise CheckpointFaulty("not a signed note") from None


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Without their ends; one that has no end, as a file cut off has, keeps a byte that no entry has."""
    for line in stream:
        yield line[:-1] if line.endswith(b"\n") else line + b"\0"


def verify_export(stream: BinaryIO, key: Verifier, kept: Checkpoint | None = None) -> Verdict:
    """Check a whole log from its export, in constant memory: signature, canonical form, chain, and root.

    `kept`: a checkpoint noted earlier; the export must begin with the log that it was signed over.
    """
    try:
        checkpoint, lines = read(stream, key)
    except CheckpointFaulty:
        return Verdict(START, Fault.CHECKPOINT)
    first = next(lines, None)
    beginning = None if first is None else _beginning(first)
    if beginning is None:
        return verify_against(lines if first is None else chain((first,), lines), checkpoint, kept)
    return verify_against(lines, checkpoint, kept, beginning)


def _beginning(line: bytes) -> Beginning | None:
    """What the first line says; None where it is an entry, or nothing."""
    try:
        beginning = Beginning.of(json.loads(line))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return beginning if canonical(beginning.said()) == line and beginning != WHOLE else None


def verify_against(
    entries: Iterable[bytes], checkpoint: Checkpoint, kept: Checkpoint | None = None, beginning: Beginning = WHOLE
) -> Verdict:
    """The same for entries from wherever; they must be those of `checkpoint` from `beginning` on, and no more.

    A checkpoint that was kept of before the beginning cannot be tied to it: then the entries before are missing (GAP).
    """
    growing = beginning.growing(Hashing(checkpoint.hash))
    if kept and kept.size < growing.size:
        return Verdict(beginning.head, Fault.GAP, kept.size + 1)
    forked: list[int] = []

    def grown() -> Iterator[bytes]:
        for entry in entries:
            if kept and growing.size == kept.size and not _same(kept, growing):
                forked.append(kept.size)
            growing.add(entry)
            yield entry

    verdict = verify(grown(), after=beginning.head, hashing=growing.hashing)
    if not verdict.sound:
        return verdict
    size = verdict.head.sequence
    if size < checkpoint.size or (kept and size < kept.size):
        return Verdict(verdict.head, Fault.TRUNCATED, size + 1)
    if size > checkpoint.size:
        return Verdict(verdict.head, Fault.FORKED, checkpoint.size + 1)
    if not _same(checkpoint, growing):
        return Verdict(verdict.head, Fault.FORKED, size)
    if kept and size == kept.size and not _same(kept, growing):
        forked.append(size)
    return Verdict(verdict.head, Fault.FORKED, forked[0]) if forked else verdict


def _same(checkpoint: Checkpoint, growing: Growing) -> bool:
    return checkpoint.root == growing.root() and checkpoint.hash == growing.hashing.name


def verify_person(stream: BinaryIO, key: Verifier, earlier: int = 0) -> Verdict:
    """Check one person's entries: each is in the log, opens its commitment, and none before the last is left out.

    `earlier`: how many of this person's first entries are archived, and so not here.

    `at` of the verdict is the line. That entries after the last shown are left out no file can show by itself: the
    person's next one does.
    """
    try:
        checkpoint, lines = read(stream, key)
    except CheckpointFaulty:
        return Verdict(START, Fault.CHECKPOINT)
    person, head, hashing = "", START, Hashing(checkpoint.hash)
    for at, line in enumerate(lines, 1):
        try:
            shown = json.loads(line)
            text, salt = canonical(shown["entry"]), bytes.fromhex(shown["salt"])
            path = [bytes.fromhex(step) for step in shown["path"]]
            link = Link(person or shown["entry"]["people"][0], shown["count"], shown["previous"], salt)
            if canonical(shown) != line or shown["entry"]["sequence"] != shown["index"] + 1:
                return Verdict(head, Fault.MALFORMED, at)
            person = person or _whose(shown["entry"], link, hashing)
            if not included(hashing.leaf(text), shown["index"], checkpoint.size, path, checkpoint.root, hashing):
                return Verdict(head, Fault.PROOF, at)
            before = Head(earlier + at - 1, link.previous if earlier and at == 1 else head.hash)
            if not _follows(shown["entry"], Link(person, link.count, link.previous, salt), before, hashing):
                return Verdict(head, Fault.PERSONAL, at)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            return Verdict(head, Fault.MALFORMED, at)
        head = Head(at, entry_hash(text, hashing))
    return Verdict(head)


def _whose(entry: dict[str, Any], link: Link, hashing: Hashing) -> str:
    """Of the people in this entry the one whose commitment this opens."""
    links = (Link(person, link.count, link.previous, link.salt) for person in entry["people"])
    said = entry.get("personal", ())
    return next((each.person for each in links if each.commitment(hashing) in said), link.person)


def _follows(entry: dict[str, Any], link: Link, head: Head, hashing: Hashing) -> bool:
    committed = entry["version"] == 1 or link.commitment(hashing) in entry["personal"]
    return (
        committed and link.person in entry["people"] and (link.count, link.previous) == (head.sequence + 1, head.hash)
    )


def verify_proof(data: bytes, key: Verifier) -> Verdict:
    """Check a proof that brings its entry; `head` is that entry's place and hash."""
    try:
        proof = Proof.parse(data.decode())
    except ValueError:
        return Verdict(START, Fault.MALFORMED)
    if not proof.entry or not proof.holds(key):
        return Verdict(START, Fault.PROOF, proof.index + 1)
    return Verdict(Head(proof.index + 1, entry_hash(proof.entry, Hashing(key.checkpoint(proof.note).hash))))


@dataclass(frozen=True, slots=True)
class Proof:
    """That one entry is in the log that a checkpoint was signed over."""

    index: int
    """From 0."""
    path: tuple[bytes, ...]
    note: str
    entry: bytes = b""

    def __str__(self) -> str:
        extra = f"extra {encoded(self.entry)}\n" if self.entry else ""
        path = "".join(f"{encoded(step)}\n" for step in self.path)
        return f"{PROOF}\n{extra}index {self.index}\n{path}\n{self.note}"

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Raises ValueError."""
        proof, gap, note = text.partition("\n\n")
        kind, *lines = proof.split("\n")
        extra = lines.pop(0) if lines and lines[0].startswith("extra ") else ""
        name, _, index = lines.pop(0).partition(" ") if lines else ("", "", "")
        if kind != PROOF or not gap or name != "index" or not index.isascii() or not index.isdecimal():
            raise ValueError("not a proof")
        made = cls(int(index), tuple(map(decoded, lines)), note, decoded(extra.removeprefix("extra ")))
        if str(made) != text:
            raise ValueError("not a proof")
        return made

    def holds(self, key: Verifier, entry: bytes | None = None) -> bool:
        """Whether it proves `entry`, by default the one that it brings, under a checkpoint signed by `key`."""
        try:
            checkpoint = key.checkpoint(self.note)
        except CheckpointFaulty:
            return False
        hashing = Hashing(checkpoint.hash)
        leaf = hashing.leaf(self.entry if entry is None else entry)
        return included(leaf, self.index, checkpoint.size, self.path, checkpoint.root, hashing)
