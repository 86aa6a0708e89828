from __future__ import annotations

import pytest

from exchange.checkpoint import Checkpoint, CheckpointFaulty, Signer, Verifier, encoded

# The example of golang.org/x/mod/sumdb/note, which the specification took over.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

SIGNER = Signer.make("log.example.invalid")
KEY = SIGNER.verifier
GOOD = SIGNER.checkpoint(7, bytes(range(32)))


def test_a_note_that_another_implementation_signed():
    key = Verifier.parse(NEUMANN)
    assert key.text(NOTE) == TEXT
    assert str(key) == NEUMANN


def test_a_checkpoint_is_read_as_it_was_signed():
    assert KEY.checkpoint(GOOD) == Checkpoint("log.example.invalid", 7, bytes(range(32)))
    assert GOOD.startswith(f"log.example.invalid\n7\n{encoded(bytes(range(32)))}\n\n— log.example.invalid ")
    assert KEY.checkpoint(SIGNER.checkpoint(0, bytes(32), "sm3")).hash == "sm3"


def test_keys_are_read_as_they_were_written():
    assert str(Verifier.parse(str(KEY))) == str(KEY)
    assert Signer.parse(SIGNER.secret()).checkpoint(7, bytes(range(32))) == GOOD
    assert SIGNER.secret() not in repr(SIGNER)


def test_each_single_changed_byte_is_detected():
    for at, byte in enumerate(data := GOOD.encode()):
        for other in {byte ^ 1, byte ^ 0x20, 0x0A, 0x20} - {byte}:
            changed = (data[:at] + bytes([other]) + data[at + 1 :]).decode("utf-8", "replace")
            with pytest.raises(CheckpointFaulty):
                KEY.checkpoint(changed)


def test_a_checkpoint_by_another_key_of_the_same_name_is_refused():
    with pytest.raises(CheckpointFaulty, match="not signed by this key"):
        Signer.make("log.example.invalid").verifier.checkpoint(GOOD)


def test_a_signature_beside_ours_does_not_disturb():
    witness = Signer.make("witness.invalid").signed(KEY.text(GOOD)).rpartition("\n\n")[2]
    assert KEY.checkpoint(GOOD + witness).size == 7


@pytest.mark.parametrize(
    "text",
    [
        "log.example.invalid\n",
        "log.example.invalid\n-1\nAA==\n",
        "log.example.invalid\n07\n" + encoded(bytes(32)) + "\n",
        "log.example.invalid\n7\n" + encoded(bytes(31)) + "\n",
        "other.invalid\n7\n" + encoded(bytes(32)) + "\n",
        "log.example.invalid\n7\n" + encoded(bytes(32)) + "\nhash md5\n",
        "log.example.invalid\n7\n" + encoded(bytes(32)) + "\nhash sm3\nmore\n",
    ],
)
def test_what_is_signed_and_no_checkpoint_is_refused(text):
    with pytest.raises(CheckpointFaulty):
        KEY.checkpoint(SIGNER.signed(text))


@pytest.mark.parametrize("text", ["", "\n\n", "a", "a\n\n", "a\n\n— b\n", GOOD[:-1], GOOD + "\n", "x" * 100_000])
def test_what_is_no_note_is_refused(text):
    with pytest.raises(CheckpointFaulty):
        KEY.checkpoint(text)


@pytest.mark.parametrize(
    "text",
    ["", "a+b", "a+00000000+AQ==", "a b" + str(KEY)[3:], str(KEY).replace("+", "+0", 1)],
    ids=["empty", "short", "another kind", "a blank in the name", "a longer number"],
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(CheckpointFaulty):
        Verifier.parse(text)
    with pytest.raises(CheckpointFaulty):
        Signer.parse(f"PRIVATE+KEY+{text}")


def test_a_name_that_a_note_cannot_bear_is_refused():
    for name in ("", "a b", "a+b"):
        with pytest.raises(CheckpointFaulty):
            Signer.make(name)
