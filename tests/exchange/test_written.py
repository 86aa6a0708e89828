"""What is written is what the entry's definition says, byte for byte, whatever the ask brought along."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.audit import EntryUnfit, Link, canonical, entry
from exchange.decided import MOST, DecidedOnce
from exchange.decision import Decision, Treatment
from exchange.disclosure import Administrative, Disclosure
from exchange.ground import Ground
from exchange.index import Rows, rows_of
from exchange.requester import Requester
from exchange.tree import Hashing
from exchange.written import Written, written

WORDS = st.sampled_from(["bank-a", "LOAN_APPROVAL", "", "条例", "530199199003070015", "a b", "x" * 70, "\0", "op·李"])
DIGESTS = st.sampled_from(["5a" * 16, "aa" * 16, "ab" * 32, "530199199003070015", "no digest"])
RULES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
DECISIONS = st.builds(
    Decision,
    item=st.just(""),
    treatment=st.sampled_from(Treatment),
    rows=st.frozensets(RULES, max_size=3),
    rule=RULES,
    basis=RULES,
)
KEYS = st.sampled_from(["PBC03.balance", "PBC03", "CRT01.case_number", "HRS02.months", "条"])
MANY = st.dictionaries(KEYS, DECISIONS, max_size=4)
DISCLOSURES = st.builds(
    Disclosure,
    id=st.one_of(st.just("5b" * 16), WORDS),
    at=st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1)),
    requester=st.builds(Requester, WORDS, WORDS, WORDS, WORDS),
    purpose=st.none() | WORDS,
    people=st.lists(DIGESTS, max_size=3).map(tuple),
    ground=st.builds(Ground, WORDS, st.none() | WORDS, partner_consent=st.none() | WORDS),
    reference=st.none() | WORDS,
    decisions=MANY | MANY.map(MappingProxyType),
    sources=st.dictionaries(
        st.sampled_from(["PBC", "CRT", "HRS", "PBC.b"]), st.sampled_from(["DELIVERED", "ABSENT", "STALE"])
    ),
    policy=RULES,
    standard=RULES,
    document=st.none() | DIGESTS,
    code=st.none() | st.sampled_from(["CONSENT_REQUIRED", "no code"]),
    times=st.integers(1, 5),
    administrative=st.none() | st.builds(Administrative, WORDS, WORDS, WORDS, st.just("") | DIGESTS, st.booleans()),
)
DECIDED = DecidedOnce()


@given(DISCLOSURES, st.none() | DIGESTS, st.sampled_from(["sha256", "sm3"]))
@settings(max_examples=500, deadline=None)
def test_it_is_the_canonical_entry_and_its_index(disclosure: Disclosure, answer: str | None, name: str) -> None:
    links = [Link(person, 3, "ef" * 32, bytes(32)) for person in dict.fromkeys(disclosure.people)]
    rest: dict[str, Any] = {"sequence": 7, "previous": "cd" * 32, "answer": answer, "personal": links}
    rest["hashing"] = Hashing(name)

    def fast() -> Written:
        return written(disclosure, DECIDED.of(disclosure.decisions), **rest)

    try:
        text = canonical(entry(disclosure, **rest))
    except (EntryUnfit, TypeError, ValueError) as error:
        with pytest.raises(type(error), match=f"^{re.escape(str(error))}$"):
            fast()
        return
    for _ in range(2):  # made, and kept
        made = fast()
        assert made.text == text
        assert Rows(made.index, made.exposed, made.findings()) == rows_of(text)
    released = sum(decision.treatment.released for decision in disclosure.decisions.values())
    assert (made.decided.asked, made.decided.released) == (len(disclosure.decisions), released)


def test_what_may_not_stand_in_an_entry_is_refused_in_every_part() -> None:
    requester = Requester("bank-a", "c", "o", "r")
    bad = [
        {"decisions": MappingProxyType({"PBC03.balance": Decision("", Treatment.FULL, rule=1.5)})},  # type: ignore[arg-type]
        {"decisions": {"PBC03.balance": Decision("", Treatment.FULL, basis="\ud800")}},
        {"sources": {"PBC": None}},
        {"policy": "\ud800"},
    ]
    for fields in bad:
        disclosure = Disclosure("d-1", datetime(2026, 11, 24, tzinfo=UTC), requester, **fields)
        with pytest.raises(TypeError):
            canonical(entry(disclosure, sequence=1, previous="", answer=None))
        with pytest.raises(TypeError):
            written(disclosure, DECIDED.of(disclosure.decisions), sequence=1, previous="", answer=None)


def test_only_decisions_that_nobody_can_change_are_kept_and_not_without_end() -> None:
    once = DecidedOnce()
    own = {"PBC03.balance": Decision("PBC03.balance", Treatment.FULL)}
    assert once.of(own) is not once.of(own)
    own["PBC03.balance"] = Decision("PBC03.balance", Treatment.MASKED)
    assert orjson.loads(once.of(own).items)["PBC03.balance"]["treatment"] == "MASKED"
    fixed = MappingProxyType(own)
    first = once.of(fixed)
    assert once.of(fixed) is first
    for _ in range(MOST + 10):
        once.of(MappingProxyType(dict(own)))
    assert len(once._kept) == MOST
    assert once.of(fixed) is not first
