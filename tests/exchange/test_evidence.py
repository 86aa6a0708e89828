"""What leaves the log as evidence is forged in every way that can be thought of: both verifiers see each."""

from __future__ import annotations

import importlib.util
import io
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.audit import START, Fault, Head, Link, canonical, entry_hash
from exchange.checkpoint import Checkpoint, Signer
from exchange.evidence import Proof, heading, line, opened_line, verify_export, verify_person
from exchange.store.personal import Opened
from exchange.tree import SHA256, Growing, Hashing, grown, inclusion

_PATH = Path(__file__).parents[2] / "tools" / "verify_log.py"
_SPEC = importlib.util.spec_from_file_location("verify_log", _PATH)
apart = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(apart)

SIGNER, STRANGER = Signer.make("log.example.invalid"), Signer.make("log.example.invalid")
KEY = SIGNER.verifier
SIZE, OLD = 24, 15
SOMEBODY, OTHERS = "5a" * 16, ("6b" * 16, "7c" * 16)
RULES = ("P-1", "P-2", "F-7")


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
        for entry in self.entries[:size]:
            growing.add(entry)
        return growing.root()

    def note(self, size: int | None = None, signer: Signer = SIGNER) -> str:
        size = len(self.entries) if size is None else size
        return signer.checkpoint(size, self.root(size), self.hashing.name)

    def export(self, signer: Signer = SIGNER) -> bytes:
        return b"".join(exported(self.note(signer=signer), self.entries))

    def path(self, index: int, size: int) -> list[bytes]:
        nodes: dict[tuple[int, int], bytes] = {}
        for at, entry in enumerate(self.entries[:size]):
            for level, place, digest in grown(at, self.hashing.leaf(entry), lambda lv, p: nodes[lv, p], self.hashing):
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
        fields = {
            "version": 2,
            "sequence": sequence,
            "previous": previous,
            "id": f"{chance.getrandbits(128):032x}",
            "operator": f"op-{chance.randrange(999):03}",
            "people": [person],
            "personal": [link.commitment()],
            "items": {"PBC03.balance": {"rule": chance.choice(RULES), "treatment": "BANDED"}},
            "reference": "(2024)云01执123号",
        }
        text = canonical(fields) if first is None or sequence > len(first) else first[sequence - 1]
        previous = entry_hash(text)
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


def both_find(data: bytes, kept: Checkpoint | None = None, kept_note: str | None = None) -> bool:
    mine = verify_export(io.BytesIO(data), KEY, kept)
    return not mine.sound and _refused(apart.whole, data, str(KEY), kept_note)


def _refused(check, *given) -> bool:
    try:
        check(*given)
    except Exception:
        return True
    return False


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
        ]
    )
    return canonical(json.loads(text) | {field: value})


# Whole and sound


@pytest.mark.parametrize("name", ["sha256", "sm3"])
@pytest.mark.parametrize("count", [0, 1, 2, 15, 24])
def test_what_is_whole_is_sound_to_both(count, name):
    log = made(count, hashing=Hashing(name))
    assert verify_export(io.BytesIO(log.export()), KEY).sound
    assert apart.whole(log.export(), str(KEY)).startswith(f"{count} entries")
    for size in range(count + 1):
        note = log.note(size)
        assert verify_export(io.BytesIO(log.export()), KEY, KEY.checkpoint(note)).sound, size
        assert apart.whole(log.export(), str(KEY), note)
    mine = b"".join(exported(log.note(), log.mine()))
    assert verify_person(io.BytesIO(mine), KEY).head.sequence == count // 3
    assert apart.person(mine, str(KEY)).startswith(f"{count // 3} entries")


def test_entries_from_before_the_commitments_are_counted_by_the_first_after_them():
    log = made(9)
    first = canonical({k: v for k, v in json.loads(log.entries[2]).items() if k != "personal"} | {"version": 1})
    older = made(9, first=[*log.entries[:2], first])
    older.opened[0] = (Opened(3, first, entry_hash(first), 1, b""), START.hash)
    mine = older.mine()
    for lines, sound in ((mine, True), (mine[1:], False)):
        data = b"".join(exported(older.note(), lines))
        assert verify_person(io.BytesIO(data), KEY).sound is sound
        assert _refused(apart.person, data, str(KEY)) is not sound


# Forged


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


KINDS = (edit, truncation, reordering, insertion, fork, rehash, another_key, left_out)


@pytest.mark.parametrize("kind", KINDS)
def test_250_edits_of_each_kind_are_found_by_both(kind):
    chance = random.Random(kind.__name__)
    for number in range(250):
        data = kind(chance)
        assert data != EXPORT
        assert both_find(data, KEPT, KEPT_NOTE), (kind.__name__, number)


def test_what_its_own_key_signed_anew_only_a_kept_checkpoint_shows():
    for kind in (fork, rehash):
        data = kind(random.Random(1))
        assert verify_export(io.BytesIO(data), KEY).sound
        assert apart.whole(data, str(KEY))
        assert verify_export(io.BytesIO(data), KEY, KEPT).fault is Fault.FORKED


def test_each_single_changed_byte_of_an_export_is_found_by_both():
    data = made(3).export()
    for at, byte in enumerate(data):
        for other in {byte ^ 1, byte ^ 0x80, 0x0A, 0x20} - {byte}:
            assert both_find(data[:at] + bytes([other]) + data[at + 1 :]), at
    for at in range(len(data)):
        assert both_find(data[:at]), at
        assert both_find(data[:at] + b" " + data[at:]), at


def test_each_single_changed_byte_of_a_persons_entries_is_found_by_both():
    log = made(6)
    data = b"".join(exported(log.note(), log.mine()))
    for at, byte in enumerate(data):
        bent = data[:at] + bytes([byte ^ 1]) + data[at + 1 :]
        assert not verify_person(io.BytesIO(bent), KEY).sound, at
        assert _refused(apart.person, bent, str(KEY)), at


def test_the_faults_are_told_apart():
    def fault(data: bytes, kept: Checkpoint | None = None) -> Fault | None:
        return verify_export(io.BytesIO(data), KEY, kept).fault

    chance, note = random.Random(0), LOG.note()
    assert fault(b"") is Fault.CHECKPOINT
    assert fault(another_key(chance)) is Fault.CHECKPOINT
    assert fault(b"".join(exported(note, LOG.entries[:9]))) is Fault.TRUNCATED
    assert fault(b"".join(exported(LOG.note(9), LOG.entries))) is Fault.FORKED
    assert fault(b"".join(exported(note, [*LOG.entries[:9], *LOG.entries[10:]]))) is Fault.GAP
    assert fault(made(9).export(), KEPT) is Fault.TRUNCATED
    assert fault(b"".join(exported(note, [*LOG.entries, b"{}"]))) is Fault.MALFORMED


def test_a_persons_entry_left_out_is_found_by_both():
    mine = LOG.mine()
    assert len(mine) == 8
    for out in range(len(mine) - 1):
        data = b"".join(exported(LOG.note(), [line for at, line in enumerate(mine) if at != out]))
        assert verify_person(io.BytesIO(data), KEY).fault is Fault.PERSONAL
        assert _refused(apart.person, data, str(KEY))


def test_a_person_is_not_shown_entries_of_another_or_with_other_openings():
    mine = LOG.mine()
    for field, value in (("count", 2), ("previous", "ab" * 32), ("salt", "cd" * 32), ("index", 3), ("path", [])):
        bent = [canonical(json.loads(mine[0]) | {field: value}), *mine[1:]]
        data = b"".join(exported(LOG.note(), bent))
        assert not verify_person(io.BytesIO(data), KEY).sound, field
        assert _refused(apart.person, data, str(KEY)), field


def test_commitments_tell_nothing_without_their_salts():
    links = [Link(SOMEBODY, 1, START.hash, bytes([number]) * 32) for number in range(100)]
    assert len({link.commitment() for link in links}) == 100
    assert max(Counter(json.loads(text)["personal"][0] for text in LOG.entries).values()) == 1


def test_1000_forged_proofs_are_found_by_both():
    chance, other = random.Random(7), made(SIZE, seed=99)
    proofs = [Proof(at, tuple(LOG.path(at, SIZE)), LOG.note(), LOG.entries[at]) for at in range(SIZE)]
    for proof in proofs:
        assert Proof.parse(str(proof)) == proof
        assert proof.holds(KEY)
        assert apart.proof(str(proof).encode(), str(KEY))
    notes = (other.note(), LOG.note(OLD), LOG.note(signer=STRANGER))
    for number in range(1000):
        good = chance.choice(proofs)
        at = chance.randrange(len(good.path))
        step = bytearray(good.path[at])
        step[chance.randrange(32)] ^= 1 << chance.randrange(8)
        another = chance.choice([proof for proof in proofs if proof.index != good.index])
        forged = chance.choice(
            [
                Proof(good.index, good.path, good.note, changed(good.entry, chance)),
                Proof(another.index, good.path, good.note, good.entry),
                Proof(good.index, another.path, good.note, good.entry),
                Proof(good.index, good.path[:-1], good.note, good.entry),
                Proof(good.index, (*good.path, bytes(32)), good.note, good.entry),
                Proof(good.index, (*good.path[:at], bytes(step), *good.path[at + 1 :]), good.note, good.entry),
                Proof(good.index, good.path, chance.choice(notes), good.entry),
                Proof(good.index, tuple(other.path(good.index, SIZE)), good.note, good.entry),
            ]
        )
        assert not forged.holds(KEY), number
        assert _refused(apart.proof, str(forged).encode(), str(KEY)), number


@pytest.mark.parametrize("text", ["", "\n\n", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v1\nindex x\n\n"])
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(ValueError, match="not a proof"):
        Proof.parse(text)
    assert _refused(apart.proof, text.encode(), str(KEY))


def test_an_entry_of_ten_megabytes_verifies():
    big = canonical({"sequence": 1, "previous": START.hash, "people": [], "text": "征" * 3_500_000})
    data = Made([big], []).export()
    assert verify_export(io.BytesIO(data), KEY).sound
    assert apart.whole(data, str(KEY))
