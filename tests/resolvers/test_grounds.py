"""What a consent's own bounds do to an ask: its dates, its items, its client, and a second person in the answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from exchange.consent import Consent, ConsentState
from exchange.person import PersonId
from tests.resolvers.conftest import DIGESTS, PERSON, Gateway, Made, consent

OTHER = "530199197505200036"
THIRD = "530199198506122046"
LOANS = [
    {"key": "L1", "opened_on": "2024-01-05", "balance": "1", "account_status": "1"},
    {"key": "L2", "opened_on": "2020-06-01", "balance": "2", "account_status": "1"},
    {"key": "L3", "opened_on": "2018-06-01", "balance": "3", "account_status": "1"},
    {"key": "L4", "opened_on": None, "balance": "4", "account_status": "1"},
]
MARRIED = {"CVA01": [{"key": "V1", "marital_status": "20", "spouse_subject_ref": "S1"}]}
MARRIAGE = "civilAffairs { hasMarriageRegistrations marriageRegistrations { maritalStatus spouseSubjectRef } }"


def read(one: Gateway) -> set[str]:
    return {wanted.record for _, questions, _ in one.departments.asked for wanted in questions if wanted.columns}


@pytest.mark.parametrize(
    ("bounds", "left"),
    [
        ({}, 4),
        ({"since": date(2020, 6, 1)}, 2),
        ({"since": date(2020, 6, 2)}, 1),
        ({"until": date(2020, 6, 1)}, 2),
        ({"since": date(2019, 1, 1), "until": date(2021, 1, 1)}, 1),
        ({"since": date(2025, 1, 1)}, 0),
    ],
)
async def test_records_outside_the_dates_of_the_consent_are_not_read(gateway: Made, bounds: Any, left: int) -> None:
    one = gateway({"PBC03": LOANS}, consents=[consent(**bounds)])
    body = await one.person("financial { hasLoanAccounts loanAccounts { accountStatus } } summary { openLoanAccounts }")
    person = body["data"]["person"]
    assert len(person["financial"]["loanAccounts"]) == left
    assert person["financial"]["hasLoanAccounts"] is (left > 0)
    assert person["summary"]["openLoanAccounts"] in (str(left), None)


async def test_a_type_without_a_date_is_withheld_under_dates_and_says_why(gateway: Made) -> None:
    one = gateway({"HRS02": [{"key": "P1", "months_paid_24m": 12}]}, consents=[consent(since=date(2020, 1, 1))])
    body = await one.person("idNumber socialSecurity { hasPensionInsurance pensionInsurance { monthsPaid24m } }")
    assert body["data"]["person"] == {
        "idNumber": None,
        "socialSecurity": {"hasPensionInsurance": None, "pensionInsurance": None},
    }
    stands = body["extensions"]["disclosure"]["person"]
    assert {entry["rule"] for entry in stands["withheld"]} == {"consent-range"}
    assert {entry["nearest"]["because"] for entry in stands["withheld"]} == {
        "needs a consent that is not limited to dates"
    }
    assert stands["sources"]["HRS"]["state"] == "NOT_CONSENTED"
    assert read(one) == set()


async def test_the_argument_since_narrows_within_the_dates(gateway: Made) -> None:
    one = gateway({"PBC03": LOANS}, consents=[consent(until=date(2023, 1, 1))])
    body = await one.person('financial { loanAccounts(since: "2020-01-01") { accountStatus } }')
    assert len(body["data"]["person"]["financial"]["loanAccounts"]) == 1


async def test_a_group_stands_for_its_items(gateway: Made) -> None:
    one = gateway({"PBC03": LOANS[:1]}, consents=[consent(groups=frozenset({"loans_cards"}))])
    body = await one.person("financial { loanAccounts { balance } } courts { hasCivilJudgments }")
    assert body["data"]["person"]["financial"] == {"loanAccounts": [{"balance": "1"}]}
    assert body["data"]["person"]["courts"] == {"hasCivilJudgments": None}


async def test_a_consent_to_one_client_is_nothing_to_another(gateway: Made) -> None:
    one = gateway({}, consents=[consent(client="bank-system")])
    assert "errors" not in await one.person("financial { hasLoanAccounts }")
    body = await one.person("financial { hasLoanAccounts }", role="bank-officer")
    assert [error["extensions"]["code"] for error in body["errors"]] == ["CONSENT_REQUIRED"]


def digest(number: str) -> str:
    return DIGESTS.person(PersonId(number))


OWN = consent("ASSISTANCE_ELIGIBILITY", partner=digest(OTHER), relation="spouse")
SPOUSE = replace(OWN, id="c2", person=digest(OTHER), partner=digest(PERSON))
STRANGER = replace(SPOUSE, id="c3", person=digest(THIRD))
OPEN = {"hasMarriageRegistrations": True, "marriageRegistrations": [{"maritalStatus": "20", "spouseSubjectRef": "S1"}]}
CLOSED = {"hasMarriageRegistrations": None, "marriageRegistrations": None}
SECOND: list[tuple[str, list[Consent], dict]] = [
    ("each names the other", [OWN, SPOUSE], OPEN),
    ("a stranger beside them changes nothing", [OWN, SPOUSE, STRANGER], OPEN),
    ("the second gave none", [OWN], CLOSED),
    ("the second named nobody", [OWN, replace(SPOUSE, partner=None, relation=None)], CLOSED),
    ("the first named nobody", [replace(OWN, partner=None, relation=None), SPOUSE], CLOSED),
    ("a stranger claims to be the second", [OWN, STRANGER], CLOSED),
    ("it is to another organisation", [OWN, replace(SPOUSE, organisation="bank-b")], CLOSED),
    ("it is for another purpose", [OWN, replace(SPOUSE, purposes=frozenset({"FUND_LOAN"}))], CLOSED),
    ("it is to another client", [OWN, replace(SPOUSE, client="another")], CLOSED),
    *(
        (f"it is {state}", [OWN, replace(SPOUSE, state=state)], CLOSED)
        for state in (ConsentState.REQUESTED, ConsentState.PAUSED, ConsentState.REVOKED, ConsentState.CONSUMED)
    ),
    ("it has ended", [OWN, replace(SPOUSE, valid_until=SPOUSE.valid_from)], CLOSED),
]


@pytest.mark.parametrize(("why", "held", "shown"), SECOND, ids=[why for why, _, _ in SECOND])
async def test_what_tells_of_a_spouse_needs_both(gateway: Made, why: str, held: list[Consent], shown: dict) -> None:
    one = gateway(MARRIED, consents=held)
    body = await one.person(MARRIAGE, role="civil-affairs-clerk", purpose="ASSISTANCE_ELIGIBILITY")
    assert body["data"]["person"]["civilAffairs"] == shown
    stands = body["extensions"]["disclosure"]["person"]
    if shown is CLOSED:
        assert {entry["rule"] for entry in stands["withheld"]} == {"second-person"}
        assert stands["sources"]["CVA"]["state"] == "NOT_CONSENTED"
        assert one.departments.asked == []
    else:
        assert stands["withheld"] == []


@pytest.mark.parametrize(("purpose", "own"), [("FUND_LOAN", True), ("FUND_WITHDRAWAL", False)])
async def test_the_fund_centre_learns_yes_or_no_with_the_consent_of_both(
    gateway: Made, purpose: str, own: bool
) -> None:
    purposes = frozenset({purpose})
    first, second = replace(OWN, purposes=purposes), replace(SPOUSE, purposes=purposes)
    ask = "civilAffairs { hasMarriageRegistrations }"
    for held, answer in (([first], None), ([first, second] if own else [second], True)):
        body = await gateway(MARRIED, consents=held).person(ask, role="fund-centre", purpose=purpose)
        assert body["data"]["person"]["civilAffairs"]["hasMarriageRegistrations"] is answer


async def test_two_who_claim_to_be_the_spouse_are_neither(gateway: Made) -> None:
    held = [replace(each, purposes=frozenset({"FUND_WITHDRAWAL"})) for each in (SPOUSE, STRANGER)]
    one = gateway(MARRIED, consents=held)
    body = await one.person("civilAffairs { hasMarriageRegistrations }", "fund-centre", "FUND_WITHDRAWAL")
    assert body["data"]["person"]["civilAffairs"]["hasMarriageRegistrations"] is None


async def test_the_seal_is_given_both_consents_to_check(gateway: Made) -> None:
    one = gateway(MARRIED, consents=[OWN, SPOUSE])
    query = f'{{ person(idNumber: "{PERSON}", purpose: ASSISTANCE_ELIGIBILITY, reference: "A-1") {{ {MARRIAGE} }} }}'
    executed = await one.run(query, "civil-affairs-clerk")
    (disclosure,) = executed.disclosures
    assert disclosure.consents == ((digest(PERSON), "c1"), (digest(OTHER), "c2"))


async def test_the_person_reads_the_own_registration_whoever_consents(gateway: Made) -> None:
    one = gateway(MARRIED, consents=[])
    body = await one.person("civilAffairs { marriageRegistrations { maritalStatus } }", "person", "SELF_QUERY")
    assert body["data"]["person"]["civilAffairs"]["marriageRegistrations"] == [{"maritalStatus": "20"}]
