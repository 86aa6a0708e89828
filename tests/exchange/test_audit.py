from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest

from exchange.audit import START, UNFIT, EntryUnfit, Fault, Head, canonical, entry, entry_hash, verify
from exchange.consent import Ground
from exchange.decision import Decision, Treatment
from exchange.disclosure import Administrative, Disclosure
from exchange.requester import Requester

AT = datetime(2026, 11, 24, 6, 0, 0, 42, tzinfo=UTC)
ID_NUMBER = "530199199003070015"
TERMS = "a659b8f9023cf76089c7904da0840cd80afb2dc7bef7978001a863028d7bdbd7"
DOCS = Path(__file__).parents[2] / "docs" / "audit-events.md"

FULL = Disclosure(
    id="d-1",
    at=AT,
    requester=Requester("bank-a", "bank-system", "op-017", "bank-system"),
    purpose="LOAN_APPROVAL",
    people=("5a" * 16,),
    ground=Ground("consent", "consent-1"),
    reference="(2024)云01执123号",
    decisions={
        "PBC03.balance": Decision("PBC03.balance", Treatment.BANDED, frozenset({"own", "a"}), "P-1", "条例 18"),
        "PBC03.opened_on": Decision("PBC03.opened_on", Treatment.WITHHELD),
    },
    sources={"PBC": "DELIVERED"},
    policy="rev-1",
    standard="1.0.0",
    document="cd" * 16,
)


def chain(count: int) -> list[bytes]:
    texts, head = [], START
    for sequence in range(1, count + 1):
        disclosure = replace(FULL, id=f"d-{sequence}", at=AT + timedelta(seconds=sequence))
        texts.append(canonical(entry(disclosure, sequence=sequence, previous=head.hash, answer="ab" * 32)))
        head = Head(sequence, entry_hash(texts[-1]))
    return texts


def head_of(texts: list[bytes]) -> Head:
    return Head(len(texts), entry_hash(texts[-1]))


# The entry


def test_the_canonical_entry_is_written_down_here_byte_for_byte():
    found = canonical(entry(FULL, sequence=1, previous=START.hash, answer="ab" * 32)).decode()
    assert found == (
        '{"administrative":{},"answer":"'
        + "ab" * 32
        + '","bases":{"P-1":"条例 18"},"client":"bank-system","code":"","document":"'
        + "cd" * 16
        + '","event":"disclosure","ground":{"consent":"consent-1","kind":"consent","second":"",'
        '"terms":"' + TERMS + '"},"id":"d-1","items":{'
        '"PBC03.balance":{"rows":["a","own"],"rule":"P-1","treatment":"BANDED"},'
        '"PBC03.opened_on":{"rows":[],"rule":"default-deny","treatment":"WITHHELD"}},'
        '"operator":"op-017","organisation":"bank-a","people":["'
        + "5a" * 16
        + '"],"personal":[],"policy":"rev-1","previous":"'
        + "0" * 64
        + '","purpose":"LOAN_APPROVAL","reference":"(2024)云01执123号","role":"bank-system","sequence":1,'
        '"sources":{"PBC":"DELIVERED"},"standard":"1.0.0","time":"2026-11-24T06:00:00.000042Z","times":1,"version":5}'
    )


def test_times_are_utc():
    east = AT.astimezone(timezone(timedelta(hours=8)))
    assert entry(replace(FULL, at=east), sequence=1, previous="", answer=None)["time"] == "2026-11-24T06:00:00.000042Z"
    with pytest.raises(ValueError, match="zone"):
        entry(replace(FULL, at=AT.replace(tzinfo=None)), sequence=1, previous="", answer=None)


def test_every_entry_has_every_field():
    bare = Disclosure("d-2", AT, FULL.requester, code="CONSENT_REQUIRED")
    made = entry(bare, sequence=2, previous="ef" * 32, answer=None)
    assert made.keys() == entry(FULL, sequence=1, previous="", answer=None).keys()
    assert (made["event"], made["code"], made["purpose"], made["answer"]) == ("refusal", "CONSENT_REQUIRED", "", "")


ACT = Administrative("CLIENT_SUSPEND", "client:bank-system", "BREACH", "ab" * 32)


def test_an_act_is_an_event_of_its_own_and_a_refused_one_a_refusal_that_changed_nothing():
    done = entry(replace(FULL, administrative=ACT), sequence=1, previous="", answer=None)
    assert done["event"] == "administration"
    assert done["administrative"] == {
        "act": "CLIENT_SUSPEND",
        "object": "client:bank-system",
        "reason": "BREACH",
        "digest": "ab" * 32,
        "changed": 1,
    }
    refused = replace(FULL, administrative=ACT, code="ACT_NOT_PERMITTED")
    made = entry(refused, sequence=1, previous="", answer=None)
    assert (made["event"], made["administrative"]["changed"]) == ("refusal", 0)


@pytest.mark.parametrize(
    "unfit",
    [
        {"act": "suspend the bank"},
        {"object": "client:" + ID_NUMBER},
        {"object": "client:张三"},
        {"reason": "because of 张三"},
        {"digest": "x"},
    ],
)
def test_an_act_with_what_may_not_be_written_down_is_not_sealed(unfit: dict[str, str]):
    act = replace(ACT, **unfit)
    with pytest.raises(EntryUnfit):
        entry(replace(FULL, administrative=act), sequence=1, previous="", answer=None)
    made = entry(replace(FULL, administrative=act, code="REFUSED"), sequence=1, previous="", answer=None)
    assert made["administrative"][next(iter(unfit))] == UNFIT


@pytest.mark.parametrize("value", [1.5, None, True, (1,), b"x"])
def test_nothing_is_canonical_but_objects_lists_strings_and_integers(value):
    with pytest.raises(TypeError):
        canonical({"a": [value]})


def test_canonical_form_agrees_with_rfc_8785_where_it_applies():
    assert canonical({"b": '\x1f\b"\\€\x7f', "a": [10, {"z": "", "y": []}]}) == (
        b'{"a":[10,{"y":[],"z":""}],"b":"\\u001f\\b\\"\\\\\xe2\x82\xac\x7f"}'
    )
    with pytest.raises(TypeError):
        canonical({"a": "\ud800"})


def test_the_hash_is_that_of_a_leaf():
    assert entry_hash(b"") == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"  # RFC 9162's test
    assert entry_hash(b"entry") == sha256(b"\0entry").hexdigest()


# Hostile input

HOSTILE = [
    ID_NUMBER,
    "x" + ID_NUMBER,
    "530199900307001",
    "530199-19900307-0015",
    "530199 900307 001",
    "５３０１９９１９９００３０７００１５",
    "\ud800",
    "张伟\n李娜",
    '"},"code":"',
    "A" * 10_000,
]
FIELDS = ["purpose", "reference", "document"]
NESTED = {
    "organisation": lambda text: {"requester": replace(FULL.requester, organisation=text)},
    "client": lambda text: {"requester": replace(FULL.requester, client=text)},
    "operator": lambda text: {"requester": replace(FULL.requester, operator=text)},
    "role": lambda text: {"requester": replace(FULL.requester, role=text)},
    "consent": lambda text: {"ground": Ground("consent", text)},
    "people": lambda text: {"people": (text,)},
    **{name: lambda text, name=name: {name: text} for name in FIELDS},
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", NESTED)
def test_hostile_input_reaches_no_entry(place, text):
    hostile = replace(FULL, **NESTED[place](text))
    with pytest.raises(EntryUnfit) as refused:
        entry(hostile, sequence=1, previous=START.hash, answer=None)
    assert text not in str(refused.value)
    sealed = canonical(entry(replace(hostile, code="REFERENCE_INVALID"), sequence=1, previous=START.hash, answer=None))
    assert UNFIT in sealed.decode()
    assert text.encode("utf-8", "surrogatepass") not in sealed
    assert ID_NUMBER not in re.sub(r"\D", "", sealed.decode())


@pytest.mark.parametrize("id", ["", "张伟", "a b", "\ud800", ID_NUMBER])
def test_an_entry_without_its_name_is_not_made(id):
    with pytest.raises(EntryUnfit, match=r"^id$"):
        entry(replace(FULL, id=id, code="INTERNAL"), sequence=1, previous="", answer=None)


@pytest.mark.parametrize("digits", ["4" + "0123456789" * 3 + "f", "bdfc81bdda625106771110220143a976"])
def test_random_names_that_happen_to_hold_many_digits_are_fit(digits):
    made = entry(replace(FULL, id=digits, people=(digits,)), sequence=1, previous="", answer=None)
    assert (made["id"], made["people"]) == (digits, [digits])


# The chain


def test_a_whole_chain_is_sound():
    texts = chain(5)
    assert verify(texts, known=head_of(texts)).sound
    assert verify(texts).head == head_of(texts)
    assert verify([]).head == START


def test_a_chain_is_verified_from_a_known_place():
    texts = chain(5)
    assert verify(texts[2:], after=head_of(texts[:2]), known=head_of(texts)).sound
    assert verify(texts[2:], after=Head(2, "ef" * 32)).fault is Fault.EDITED


def test_a_log_that_has_grown_beyond_the_known_head_is_sound():
    texts = chain(5)
    assert verify(texts, known=head_of(texts[:3])).sound


def test_each_single_changed_byte_is_detected():
    texts = chain(3)
    known = head_of(texts)
    for place, text in enumerate(texts):
        for at in range(len(text)):
            edited = bytearray(text)
            edited[at] ^= 1
            changed = [*texts[:place], bytes(edited), *texts[place + 1 :]]
            assert not verify(changed, known=known).sound, (place, at)


@pytest.mark.parametrize(
    ("order", "fault", "at"),
    [
        ([0, 1, 3, 4], Fault.GAP, 3),
        ([1, 2, 3, 4], Fault.GAP, 1),
        ([0, 2, 1, 3, 4], Fault.REORDERED, 2),
        ([0, 1, 1, 2, 3, 4], Fault.REORDERED, 3),
        ([0, 1, 2], Fault.TRUNCATED, 4),
        ([], Fault.TRUNCATED, 1),
    ],
)
def test_a_gap_a_changed_order_and_a_cut_are_told_apart(order, fault, at):
    texts = chain(5)
    verdict = verify([texts[place] for place in order], known=head_of(texts))
    assert (verdict.fault, verdict.at) == (fault, at)


def test_a_rewritten_end_does_not_meet_the_known_head():
    texts = chain(5)
    rewritten = canonical(json.loads(texts[4]) | {"operator": "op-018"})
    assert verify([*texts[:4], rewritten]).sound
    verdict = verify([*texts[:4], rewritten], known=head_of(texts))
    assert (verdict.fault, verdict.at) == (Fault.EDITED, 5)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"null", b"{}", b'{"previous":"","sequence":1.0}', b"\xff", b"[" * 100_000, b'{"a": 1}']
)
def test_what_is_no_entry_is_malformed(text):
    assert verify([text]).fault is Fault.MALFORMED


# The page


def test_the_page_tells_every_field_and_no_other():
    fields, _ = DOCS.read_text().split("```json")
    told = re.findall(r"^\| `([a-z]+)` \|", fields, re.MULTILINE)
    assert sorted(told) == sorted(entry(FULL, sequence=1, previous="", answer=None))


def test_the_page_tells_every_fault():
    text = DOCS.read_text()
    assert [fault for fault in Fault if f"`{fault.value}`" not in text] == []


def test_the_pages_example_is_what_is_written():
    found = re.search(r"```json\n(.*?)\n```", DOCS.read_text(), re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == entry(FULL, sequence=1, previous=START.hash, answer="ab" * 32)
