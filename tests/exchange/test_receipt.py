"""A receipt says everything that was agreed, in two languages, and nothing that names a person."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from exchange.checkpoint import CheckpointFaulty, Signer
from exchange.frequency import Frequency, Period
from exchange.proposal import Seen
from exchange.receipt import receipt
from exchange.warning import CURRENT
from tests.exchange.test_consent import NOW
from tests.exchange.test_proposal import BOTH, CATALOGUE, FORM, OTHER, PLAIN, PURPOSES, make

WHOLE = replace(
    PLAIN,
    items=frozenset({"PBC03.balance"}),
    groups=frozenset({"court"}),
    written_items=BOTH,
    seen=Seen(CURRENT.version, BOTH),
    frequency=Frequency(3, Period.MONTH),
    client="bank-system",
    since=date(2024, 1, 1),
    form=FORM,
    partner=OTHER,
    relation="spouse",
)


def told(proposal=WHOLE) -> dict:
    return json.loads(receipt(make(proposal), NOW, CATALOGUE, PURPOSES).body)


def test_it_tells_what_was_agreed() -> None:
    found = told()
    assert found["purposes"] == [
        {"code": "LOAN_APPROVAL", "zh": "LOAN_APPROVAL", "en": "Loan_Approval", "basis": "art"}
    ]
    assert [item["item"] for item in found["written_items"]] == sorted(BOTH)
    assert found["warning"]["zh"] == CURRENT.zh
    assert found["warning"]["items"] == sorted(BOTH)
    assert (found["mode"], found["frequency"]) == ("periodic", {"times": 3, "per": "month"})
    assert (found["data_from"], found["data_to"]) == ("2024-01-01", "")
    assert found["form"] == {"version": "form-3", "sha256": "cd" * 32}
    assert found["state"] == "active"
    assert "每月最多使用3次" in found["words"]["zh"]
    assert "at most 3 times a month" in found["words"]["en"]


def test_every_receipt_has_every_field() -> None:
    assert told(PLAIN).keys() == told().keys()
    assert (told(PLAIN)["covers"], told(PLAIN)["mode"]) == ("what_the_purpose_opens", "standing")
    assert told(replace(PLAIN, single_use=True))["mode"] == "once"


def test_it_is_signed_and_a_changed_one_shows() -> None:
    signer = Signer.make("log.example")
    made_ = receipt(make(WHOLE), NOW, CATALOGUE, PURPOSES)
    note = made_.note(signer)
    assert signer.verifier.text(note) == made_.body.decode() + "\n"
    with pytest.raises(CheckpointFaulty):
        signer.verifier.text(note.replace('"mode":"periodic"', '"mode":"standing"'))


def test_another_consent_has_another_hash() -> None:
    digests = {
        receipt(make(each), NOW, CATALOGUE, PURPOSES).digest
        for each in (WHOLE, PLAIN, replace(PLAIN, single_use=True), replace(PLAIN, client="x"))
    }
    assert len(digests) == 4
