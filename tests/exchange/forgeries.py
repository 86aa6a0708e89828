"""A small log of whole entries, and what a forger would make of its export and its proofs."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from exchange.audit import START, Head, Link, canonical, entry, entry_hash
from exchange.checkpoint import Signer
from exchange.decision import Decision, Treatment
from exchange.disclosure import Administrative, Disclosure
from exchange.evidence import Proof, heading, line, opened_line
from exchange.requester import Requester
from exchange.store.personal import Opened
from exchange.tree import SHA256, Growing, Hashing, grown, inclusion

SIGNER, STRANGER = Signer.make("log.example.invalid"), Signer.make("log.example.invalid")
KEY = SIGNER.verifier
SIZE, OLD = 24, 15
SOMEBODY, OTHERS = "5a" * 16, ("6b" * 16, "7c" * 16)
RULES = ("P-1", "P-2", "F-7")
BEGAN = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
ACT = Administrative("CLIENT_SUSPEND", "client:bank-system", "BREACH", "ab" * 32)


def exported(note: str, entries: Iterable[bytes]) -> Iterator[bytes]:
    yield heading(note)
    yield from map(line, entries)


@dataclass
class Made:
    """A log of entries, with its nodes and the openings of SOMEBODY's."""

    entries: list[bytes]
    opened: list[tuple[Opened, str]]
    hashing: Hashing = SHA256

    def root(self, size: int | None = None) -> bytes:
        growing = Growing(self.hashing)
        for text in self.entries[:size]:
            growing.add(text)
        return growing.root()

    def note(self, size: int | None = None, signer: Signer = SIGNER) -> str:
        size = len(self.entries) if size is None else size
        return signer.checkpoint(size, self.root(size), self.hashing.name)

    def export(self, signer: Signer = SIGNER) -> bytes:
        return b"".join(exported(self.note(signer=signer), self.entries))

    def path(self, index: int, size: int) -> list[bytes]:
        nodes: dict[tuple[int, int], bytes] = {}
        for at, text in enumerate(self.entries[:size]):
            for level, place, digest in grown(at, self.hashing.leaf(text), lambda lv, p: nodes[lv, p], self.hashing):
                nodes[level, place] = digest
        return inclusion(index, size, lambda lv, p: nodes[lv, p], self.hashing)

    def mine(self) -> list[bytes]:
        return [opened_line(o, before, self.path(o.sequence - 1, len(self.entries))) for o, before in self.opened]


def made(count: int = SIZE, seed: int = 0, hashing: Hashing = SHA256, first: list[bytes] | None = None) -> Made:
    """`first`: entries of another log, from which this one goes on."""
    chance, log, last = random.Random(seed), Made([], [], hashing), Head(0, START.hash)
    previous = START.hash
    for sequence in range(1, count + 1):
        person = SOMEBODY if sequence % 3 == 0 else chance.choice(OTHERS)
        link = Link(person, last.sequence + 1, last.hash, chance.randbytes(32))
        said = Disclosure(
            id=f"{chance.getrandbits(128):032x}",
            at=BEGAN + timedelta(seconds=sequence),
            requester=Requester("bank-a", "bank-system", f"op-{chance.randrange(999):03}", "bank-system"),
            people=(person,),
            decisions={"PBC03.balance": Decision("PBC03.balance", Treatment.BANDED, rule=chance.choice(RULES))},
            reference="(2024)云01执123号",
            administrative=ACT if sequence % 5 == 0 else None,
        )
        fields = entry(said, sequence=sequence, previous=previous, answer=None, personal=[link], hashing=hashing)
        text = canonical(fields) if first is None or sequence > len(first) else first[sequence - 1]
        previous = entry_hash(text, hashing)
        log.entries.append(text)
        if person == SOMEBODY:
            log.opened.append((Opened(sequence, text, previous, link.count, link.salt), link.previous))
            last = Head(link.count, previous)
    return log


LOG = made()
EXPORT = LOG.export()
KEPT_NOTE = LOG.note(OLD)
KEPT = KEY.checkpoint(KEPT_NOTE)
MINE = b"".join(exported(LOG.note(), LOG.mine()))


def rechained(entries: list[bytes], start: int) -> list[bytes]:
    """As somebody would who can write the whole file: sequences and hashes made to fit again from `start` on."""
    made, previous = list(entries[:start]), entry_hash(entries[start - 1]) if start else START.hash
    for place, text in enumerate(entries[start:], start + 1):
        made.append(canonical(json.loads(text) | {"sequence": place, "previous": previous}))
        previous = entry_hash(made[-1])
    return made


def changed(text: bytes, chance: random.Random) -> bytes:
    """An entry with another operator, rule, person or reference."""
    field, value = chance.choice(
        [
            ("operator", "op-other"),
            ("people", ["8d" * 16]),
            ("reference", f"{chance.random()}"),
            ("items", {}),
            ("personal", []),
            ("administrative", {"act": "POLICY_PUBLISH"}),
            ("event", "refusal"),
        ]
    )
    return canonical(json.loads(text) | {field: value})


def edit(chance: random.Random) -> bytes:
    entries = list(LOG.entries)
    at = chance.randrange(SIZE)
    entries[at] = changed(entries[at], chance)
    if chance.random() < 0.5:
        entries = rechained(entries, at + 1)
    return b"".join(exported(LOG.note(), entries))


def truncation(chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return EXPORT[: chance.randrange(len(EXPORT))]
    return b"".join(exported(LOG.note(), LOG.entries[: chance.randrange(SIZE)]))


def reordering(chance: random.Random) -> bytes:
    entries, (a, b) = list(LOG.entries), chance.sample(range(SIZE), 2)
    entries[a], entries[b] = entries[b], entries[a]
    if chance.random() < 0.5:
        entries = rechained(entries, min(a, b))
    return b"".join(exported(LOG.note(), entries))


def insertion(chance: random.Random) -> bytes:
    entries, at = list(LOG.entries), chance.randrange(SIZE + 1)
    entries.insert(at, changed(chance.choice(LOG.entries), chance) if chance.random() < 0.8 else b"")
    if chance.random() < 0.5 and entries[at]:
        entries = rechained(entries, at)
    return b"".join(exported(LOG.note(), entries))


def deletion(chance: random.Random) -> bytes:
    """A run of entries taken out, and what follows made to fit or not."""
    first = chance.randrange(SIZE)
    entries = LOG.entries[:first] + LOG.entries[first + chance.randrange(1, 4) :]
    if chance.random() < 0.5:
        entries = rechained(entries, first)
    return b"".join(exported(LOG.note(), entries))


def fork(chance: random.Random) -> bytes:
    """A log of one beginning, that goes on otherwise from before the kept checkpoint; signed by its own key."""
    return made(SIZE, chance.randrange(1, 1 << 30), first=LOG.entries[: chance.randrange(OLD)]).export()


def rehash(chance: random.Random) -> bytes:
    """One entry changed, everything after it made to fit, and all of it signed anew by the log's own key."""
    entries, at = list(LOG.entries), chance.randrange(OLD)
    entries[at] = changed(entries[at], chance)
    return Made(rechained(entries, at), []).export()


def another_key(chance: random.Random) -> bytes:
    entries, at = list(LOG.entries), chance.randrange(SIZE)
    entries[at] = changed(entries[at], chance)
    return Made(rechained(entries, at), []).export(STRANGER)


def left_out(chance: random.Random) -> bytes:
    """An entry about one person left out, and what follows renumbered."""
    entries = list(LOG.entries)
    at = chance.choice([place for place in range(SIZE) if place % 3 == 2])
    del entries[at]
    return b"".join(exported(LOG.note(), rechained(entries, at) if chance.random() < 0.5 else entries))


KINDS = (edit, truncation, reordering, insertion, deletion, fork, rehash, another_key, left_out)


PROOFS = [Proof(at, tuple(LOG.path(at, SIZE)), LOG.note(), LOG.entries[at]) for at in range(SIZE)]
_OTHER = made(SIZE, seed=99)
_NOTES = (_OTHER.note(), LOG.note(OLD), LOG.note(signer=STRANGER))


def forged_proof(chance: random.Random) -> Proof:
    """Another entry, place, path, checkpoint or key; a step too few, too many, or with one bit changed."""
    good = chance.choice(PROOFS)
    at = chance.randrange(len(good.path))
    step = bytearray(good.path[at])
    step[chance.randrange(32)] ^= 1 << chance.randrange(8)
    another = chance.choice([proof for proof in PROOFS if proof.index != good.index])
    return chance.choice(
        [
            Proof(good.index, good.path, good.note, changed(good.entry, chance)),
            Proof(another.index, good.path, good.note, good.entry),
            Proof(good.index, another.path, good.note, good.entry),
            Proof(good.index, good.path[:-1], good.note, good.entry),
            Proof(good.index, (*good.path, bytes(32)), good.note, good.entry),
            Proof(good.index, (*good.path[:at], bytes(step), *good.path[at + 1 :]), good.note, good.entry),
            Proof(good.index, good.path, chance.choice(_NOTES), good.entry),
            Proof(good.index, tuple(_OTHER.path(good.index, SIZE)), good.note, good.entry),
        ]
    )
