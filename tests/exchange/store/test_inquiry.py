from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from exchange.disclosure import Administrative
from exchange.inquiry import Outcome
from exchange.refusals import ChangedMeanwhile, ConsentUnknown
from exchange.store.inquiry import Inquiries, Minimisation, closing
from tests.exchange.store.conftest import NOW, SOMEBODY

LATER = NOW + timedelta(days=1)


@pytest.fixture
def inquiries(database):
    return Inquiries(database)


def report(used, outcome=Outcome.GRANTED):
    changes = (closing("bank-a", "SQ-1", outcome, used, NOW),)
    return {"administrative": Administrative("OUTCOME_REPORT", "inquiry"), "changes": changes}


async def test_an_answered_ask_waits_and_a_refused_one_does_not(log, inquiries, make_disclosure):
    answered = make_disclosure(reference="SQ-1")
    await log.seal([answered, make_disclosure(reference="SQ-1", code="CONSENT_REQUIRED")], None)
    (found,) = await inquiries.named("bank-a", "SQ-1")
    assert (found.id, found.person, found.asked, found.released) == (answered.id, SOMEBODY, 1, 1)
    assert (found.outcome, found.used) == (None, None)
    assert await inquiries.named("bank-b", "SQ-1") == []
    assert await inquiries.released([answered.id]) == {answered.id: frozenset({"PBC03.balance"})}


async def test_what_is_undone_leaves_no_inquiry(log, inquiries, make_consent, make_disclosure):
    with pytest.raises(ConsentUnknown):
        await log.seal([make_disclosure(reference="SQ-1"), make_disclosure(make_consent("unknown"))], None)
    assert await inquiries.named("bank-a", "SQ-1") == []


async def test_who_sees_what_is_open(log, inquiries, make_disclosure):
    for person in (SOMEBODY, "6b" * 16):
        await log.seal([make_disclosure(people=(person,))], None)

    async def count(purposes=("LOAN_APPROVAL",), until=LATER, **whose):
        return len(await inquiries.open(purposes, until, **whose))

    assert await count() == 2
    assert await count(person=SOMEBODY) == await count(person=SOMEBODY, organisation="bank-a") == 1
    assert await count(organisation="bank-b") == await count(until=NOW) == await count(purposes=("AUDIT",)) == 0


async def test_of_two_reports_at_once_one_stands(log, database, inquiries, make_disclosure):
    asked = make_disclosure(reference="SQ-1")
    await log.seal([asked], None)
    reports = [report({asked.id: 1}), report({asked.id: 0}, Outcome.DECLINED)]
    outcomes = await asyncio.gather(
        *(log.seal([make_disclosure(purpose=None, decisions={}, **each)], None) for each in reports),
        return_exceptions=True,
    )
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ChangedMeanwhile) for outcome in outcomes) == 1
    (found,) = await inquiries.named("bank-a", "SQ-1")
    assert (found.outcome, found.used) == ((Outcome.GRANTED, 1) if outcomes[0] is None else (Outcome.DECLINED, 0))
    assert await inquiries.open(["LOAN_APPROVAL"], LATER) == []


async def test_the_meter_counts_by_client_and_purpose(log, inquiries, make_disclosure):
    asked = [make_disclosure(reference="SQ-1"), make_disclosure(reference="SQ-2")]
    for each in asked:
        await log.seal([each], None)
    await log.seal([make_disclosure(purpose=None, decisions={}, **report({asked[0].id: 1}))], None)
    counted = Minimisation("bank-a", "bank-system", "LOAN_APPROVAL", 2, 2, 2, 1, 1, 1)
    assert await inquiries.minimisation(NOW - timedelta(days=1)) == [counted]
    assert await inquiries.minimisation(LATER) == []
    assert await inquiries.minimisation(NOW - timedelta(days=1), "bank-b") == []
