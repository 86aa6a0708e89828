"""What leaves the log as evidence is forged in every way that can be thought of: both verifiers see each."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import random
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from exchange.audit import START, Fault, Link, canonical, entry_hash
from exchange.checkpoint import Checkpoint
from exchange.evidence import Proof, verify_export, verify_person
from exchange.store.personal import Opened
from exchange.tree import Hashing, included
from tests.exchange.forgeries import (
    EXPORT,
    KEPT,
    KEPT_NOTE,
    KEY,
    KINDS,
    LOG,
    PROOFS,
    SIZE,
    SOMEBODY,
    Made,
    another_key,
    exported,
    forged_proof,
    fork,
    made,
    rehash,
)
from tests.exchange.rfc9162 import mth, path

_PATH = Path(__file__).parents[2] / "tools" / "verify_log.py"
_SPEC = importlib.util.spec_from_file_location("verify_log", _PATH)
apart = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(apart)


def both_find(data: bytes, kept: Checkpoint | None = None, kept_note: str | None = None) -> bool:
    mine = verify_export(io.BytesIO(data), KEY, kept)
    return not mine.sound and _refused(apart.whole, data, str(KEY), kept_note)


def _refused(check, *given) -> bool:
    try:
        check(*given)
    except Exception:
        return True
    return False


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


@pytest.mark.parametrize("name", ["sha256", "sm3"])
def test_roots_and_paths_are_those_of_the_rfc_to_both(name):
    log, of = made(hashing=Hashing(name)), partial(hashlib.new, name)
    for size in range(1, SIZE + 1):
        root = mth(log.entries[:size], of)
        assert KEY.checkpoint(log.note(size)).root == root
        assert apart.checkpoint(log.note(size), str(KEY)) == (size, root, name)
        for index in range(size):
            steps, leaf = path(index, log.entries[:size], of), Hashing(name).leaf(log.entries[index])
            assert log.path(index, size) == steps
            assert included(leaf, index, size, steps, root, Hashing(name))
            assert apart.led(name, leaf, index, size, steps) == root


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
    chance = random.Random(7)
    for proof in PROOFS:
        assert Proof.parse(str(proof)) == proof
        assert proof.holds(KEY)
        assert apart.proof(str(proof).encode(), str(KEY))
    for number in range(1000):
        forged = forged_proof(chance)
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
