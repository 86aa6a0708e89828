"""The main job as its users see it, over HTTP, on the demo's published test people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest

from tests.acceptance.running import Demo

pytestmark = pytest.mark.slow

NEGATIVE = """
  financial {
    loanAccounts { fiveCategory overdueTerms overdueAmount delinquencyEndedOn }
    repaymentMonths { month repaymentStatus }
    specialTransactions { transactionType } hasSpecialTransactions
  }
  courts { enforcementCases { caseNumber caseStatus } hasEnforcementCases }
  summary { lateMonths worstRepaymentStatus overdueAmount enforcementCases }
"""
LATE = set("1234567BDGZ")


def test_a_default_that_ended_more_than_five_years_ago_is_gone_for_the_bank(demo: Demo) -> None:
    person = demo.ask("bank-system", "LOAN_APPROVAL", "default-ended-5y1m", NEGATIVE)["data"]["person"]
    assert person["financial"]["loanAccounts"], "the loan itself stays a loan"
    for loan in person["financial"]["loanAccounts"]:
        assert loan["delinquencyEndedOn"] is None
        assert loan["fiveCategory"] in (None, "1")
        assert loan["overdueTerms"] in (None, "0")
        assert loan["overdueAmount"] in (None, "0")
    assert not [m for m in person["financial"]["repaymentMonths"] if m["repaymentStatus"] in LATE]
    assert person["financial"]["specialTransactions"] == []
    assert person["financial"]["hasSpecialTransactions"] is False
    assert person["courts"] == {"enforcementCases": [], "hasEnforcementCases": False}
    assert person["summary"]["lateMonths"] == "0"
    assert person["summary"]["worstRepaymentStatus"] not in LATE
    assert person["summary"]["enforcementCases"] == "0"


def test_the_person_sees_what_the_clock_hides_from_others(demo: Demo) -> None:
    person = demo.ask("person", "SELF_QUERY", "default-ended-5y1m", NEGATIVE, as_person=True)["data"]["person"]
    assert any(loan["delinquencyEndedOn"] for loan in person["financial"]["loanAccounts"])
    assert [m for m in person["financial"]["repaymentMonths"] if m["repaymentStatus"] in LATE]
    assert person["financial"]["hasSpecialTransactions"] is True
    assert person["courts"]["hasEnforcementCases"] is True


def test_a_default_that_ended_less_than_five_years_ago_is_there(demo: Demo) -> None:
    person = demo.ask("bank-system", "LOAN_APPROVAL", "default-ended-4y11m", NEGATIVE)["data"]["person"]
    assert [m for m in person["financial"]["repaymentMonths"] if m["repaymentStatus"] in LATE]
    assert person["courts"]["hasEnforcementCases"] is True


AMOUNTS = """
  socialSecurity { pensionInsurance { contributionBase monthsPaid24m } }
  housingFund { housingFundAccount { monthlyContribution balance monthsPaid24m } }
  taxation { taxPayments { taxYear taxPaidAmount } }
"""


def _amounts(person: dict[str, Any]) -> list[Any]:
    fund = person["housingFund"]["housingFundAccount"] or {}
    return [
        (person["socialSecurity"]["pensionInsurance"] or {}).get("contributionBase"),
        fund.get("balance"),
        fund.get("monthlyContribution"),
        *(payment["taxPaidAmount"] for payment in person["taxation"]["taxPayments"]),
    ]


def test_an_ordinary_consent_opens_no_written_consent_amount(demo: Demo) -> None:
    answer = demo.ask("bank-system", "LOAN_APPROVAL", "clean", AMOUNTS)
    assert set(_amounts(answer["data"]["person"])) == {None}
    withheld = {entry["item"]: entry for entry in answer["extensions"]["disclosure"]["person"]["withheld"]}
    assert "written consent" in withheld["HRS02.contribution_base"]["nearest"]["because"]


def test_a_written_consent_opens_exactly_the_items_that_it_names(demo: Demo) -> None:
    person = demo.ask("bank-system", "LOAN_APPROVAL", "consent-written-amounts", AMOUNTS)["data"]["person"]
    base, balance, monthly, *taxes = _amounts(person)
    assert Decimal(base) > 0
    assert Decimal(balance) >= 0
    assert monthly is None
    assert taxes
    assert all(Decimal(tax) >= 0 for tax in taxes)


def test_a_utility_clerk_sees_no_row_of_another_provider(demo: Demo) -> None:
    query = "utilities { utilityAccounts { providerCode serviceType } utilityArrearsRecords { serviceType } }"
    own = demo.ask("utility-clerk", "UTILITY_DISPUTE", "utility-two-providers", query)["data"]["person"]["utilities"]
    assert {row["serviceType"] for row in own["utilityAccounts"]} == {"UW"}
    assert {row["serviceType"] for row in own["utilityArrearsRecords"]} <= {"UW"}
    everything = demo.ask("person", "SELF_QUERY", "utility-two-providers", query, as_person=True)["data"]["person"]
    assert len({row["serviceType"] for row in everything["utilities"]["utilityAccounts"]}) > 1


def test_a_bank_sees_its_own_name_and_pseudonyms_that_differ_between_banks(demo: Demo) -> None:
    query = "financial { loanAccounts { institutionCode openedOn } cardAccounts { institutionCode openedOn } }"

    def lenders(client: str) -> list[str]:
        financial = demo.ask(client, "LOAN_APPROVAL", "clean", query)["data"]["person"]["financial"]
        return [row["institutionCode"] for kind in ("loanAccounts", "cardAccounts") for row in financial[kind]]

    a, b = lenders("bank-system"), lenders("bank-b-system")
    assert a == lenders("bank-system")
    assert "B10110000H0001" in a
    assert "B10110000H0001" not in b
    for mine, other in zip(a, b, strict=True):
        if not mine.startswith(("B1", "K1")) and not other.startswith(("B1", "K1")):
            assert mine != other


def test_bands_fool_no_parser(demo: Demo) -> None:
    query = """
      publicSecurity { personIdentity { birthDate } }
      financial { loanAccounts { balance loanAmount overdueAmount openedOn overdueTerms } }
      housingFund { housingFundAccount { monthsPaid24m } }"""
    answer = demo.ask("bank-officer", "LOAN_APPROVAL", "clean", query)
    treatments = answer["extensions"]["disclosure"]["person"]["treatments"]
    loans = answer["data"]["person"]["financial"]["loanAccounts"]
    assert treatments["PBC03.balance"] == treatments["PBC03.opened_on"] == "BANDED"
    for loan in loans:
        for name in ("balance", "loanAmount", "overdueAmount", "overdueTerms"):
            if loan[name] is not None:
                with pytest.raises(InvalidOperation):
                    Decimal(loan[name])
        with pytest.raises(ValueError, match="Invalid isoformat"):
            date.fromisoformat(loan["openedOn"])


NOBODY_LIKE = "idNumber financial { loanAccounts { balance } hasLoanAccounts } courts { hasEnforcementCases }"


@pytest.mark.parametrize("tag", ["nobody", "minor", "deceased"])
def test_who_may_not_be_asked_about_looks_like_nobody(demo: Demo, tag: str) -> None:
    answer = demo.ask("bank-system", "LOAN_APPROVAL", tag, NOBODY_LIKE)
    assert "errors" not in answer
    assert answer["data"]["person"]["financial"] == {"loanAccounts": [], "hasLoanAccounts": False}
    assert answer["data"]["person"]["courts"] == {"hasEnforcementCases": False}
    disclosure = answer["extensions"]["disclosure"]["person"]
    assert disclosure["complete"] is True
    assert {source["state"] for source in disclosure["sources"].values()} == {"ABSENT"}


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("no-consent", "CONSENT_REQUIRED"),
        ("consent-revoked", "CONSENT_REVOKED"),
        ("consent-used-up", "CONSENT_USED_UP"),
        ("consent-expired", "CONSENT_EXPIRED"),
    ],
)
def test_without_ground_nothing(demo: Demo, tag: str, code: str) -> None:
    answer = demo.ask("bank-system", "LOAN_APPROVAL", tag, NOBODY_LIKE)
    assert answer["data"] == {"person": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
    assert demo.entries()[-1]["code"] == code


def test_a_single_use_consent_is_used_once(demo: Demo) -> None:
    first = demo.ask("bank-system", "LOAN_APPROVAL", "consent-single-use", NOBODY_LIKE)
    used = first["extensions"]["disclosure"]["person"]["ground"]["consent"]
    again = demo.ask("bank-system", "LOAN_APPROVAL", "consent-single-use", NOBODY_LIKE, consent=used)
    assert again["data"] == {"person": None}
    assert again["errors"][0]["extensions"]["code"] == "CONSENT_USED_UP"


def test_a_source_that_is_down_is_an_error_and_not_absence(demo: Demo) -> None:
    query = "financial { hasLoanAccounts } housingFund { hasHousingFundAccount housingFundLoans { balance } }"
    answer = demo.ask("bank-system", "LOAN_APPROVAL", "source-down", query)
    assert answer["data"]["person"]["financial"]["hasLoanAccounts"] is not None
    assert answer["data"]["person"]["housingFund"] == {"hasHousingFundAccount": None, "housingFundLoans": None}
    assert answer["errors"][0]["extensions"]["code"] == "SOURCE_UNAVAILABLE"
    assert answer["errors"][0]["extensions"]["department"] == "HPF"
    assert answer["extensions"]["disclosure"]["person"]["complete"] is False


def test_a_case_officer_sees_the_disputed_record_only_and_everybody_its_mark(demo: Demo) -> None:
    query = "financial { loanAccounts { balance dispute { kind since } } cardAccounts { usedAmount } }"
    mine = demo.ask("case-officer", "DISPUTE_OR_REPAIR", "disputed", query)["data"]["person"]["financial"]
    everything = demo.ask("bank-system", "LOAN_APPROVAL", "disputed", query)["data"]["person"]["financial"]
    marked = [row for row in everything["loanAccounts"] if row["dispute"]]
    assert len(marked) == 1
    assert mine["loanAccounts"] == marked
    assert mine["cardAccounts"] == []


def test_post_loan_needs_an_open_account_here(demo: Demo) -> None:
    query = "financial { loanAccounts { balance } }"
    here = demo.ask("bank-system", "POST_LOAN", "post-loan-open-account", query)["data"]["person"]["financial"]
    assert here["loanAccounts"]
    elsewhere = demo.ask("bank-system", "POST_LOAN", "thin-file", query)["data"]["person"]["financial"]
    assert elsewhere["loanAccounts"] == []


def test_a_portfolio_is_answered_in_its_order_with_one_entry_each(demo: Demo) -> None:
    numbers = [demo.people()[tag] for tag in ("disputed", "nobody", "clean")]
    query = """query($asks: [PersonAsk!]!) { persons(asks: $asks, purpose: POST_LOAN) {
        financial { loanAccounts { balance } } disclosure { id } } }"""
    before = len(demo.entries())
    answer = demo.post(
        query, "bank-system", {"asks": [{"idNumber": number, "reference": "HT-1"} for number in numbers]}
    ).json()
    assert "errors" not in answer
    open_here, nobody, _ = answer["data"]["persons"]
    assert open_here["financial"]["loanAccounts"]
    assert nobody["financial"]["loanAccounts"] == []
    entries = demo.entries()[before:]
    assert [entry["id"] for entry in entries] == [person["disclosure"]["id"] for person in answer["data"]["persons"]]


def test_the_log_names_everything_and_holds_no_value(demo: Demo) -> None:
    answer = demo.ask("bank-system", "LOAN_APPROVAL", "clean", "publicSecurity { personIdentity { name } }")
    entry = next(e for e in demo.entries() if e["id"] == answer["extensions"]["disclosure"]["person"]["id"])
    assert entry["client"] == "bank-system"
    assert entry["purpose"] == "LOAN_APPROVAL"
    assert entry["items"]["PSB01.name"]["treatment"] == "MASKED"
    assert demo.people()["clean"] not in str(entry)
    assert "whole" in demo.run("audit", "verify")
