"""The way of one ask, over departments in memory."""

from __future__ import annotations

from datetime import date

import pytest

from exchange.dispute import Dispute
from exchange.person import PersonId
from exchange.refusals import ConsentUsedUp
from tests.resolvers.conftest import DIGESTS, PERSON, Made, consent

LOAN = {
    "key": "L1",
    "institution_code": "B10110000H0001",
    "account_status": "1",
    "opened_on": "2024-01-05",
    "balance": "37500",
    "overdue_amount": "0",
    "overdue_terms": 0,
}
OLDER = {**LOAN, "key": "L2", "opened_on": "2020-06-01", "balance": "1000", "institution_code": "B10990000H0001"}


async def test_aliases_fragments_and_conditions_are_read_as_graphql_does(gateway: Made) -> None:
    one = gateway({"PBC03": [LOAN, OLDER]})
    query = """query($yes: Boolean!, $id: IdNumber!) { person(idNumber: $id, purpose: LOAN_APPROVAL, reference: "A-1") {
        money: financial { newest: loanAccounts(first: 1) { amount: balance again: balance } ...All }
        financial { ... on Financial @skip(if: $yes) { cardAccounts { usedAmount } } }
      } }
      fragment All on Financial { loanAccounts { ...Opened provenance { department } } }
      fragment Opened on LoanAccount { openedOn @include(if: $yes) closedOn @skip(if: $yes) }"""
    body = (await one.run(query, id=PERSON, yes=True)).body
    assert "errors" not in body
    assert body["data"]["person"] == {
        "money": {
            "newest": [{"amount": "37500", "again": "37500"}],
            "loanAccounts": [
                {"openedOn": "2024-01-05", "provenance": {"department": "PBC"}},
                {"openedOn": "2020-06-01", "provenance": {"department": "PBC"}},
            ],
        },
        "financial": {},
    }
    (_, wanted, _), *_ = [asked for asked in one.departments.asked if asked[0] == "PBC"]
    assert {column.item for question in wanted for column in question.columns} == {"balance", "opened_on"}


async def test_a_record_type_without_a_released_item_is_null_and_counts_nothing(gateway: Made) -> None:
    one = gateway({"HRS03": [{"key": "M1", "enrolment_status": "1"}], "CVA01": [{"key": "V1", "marital_status": "20"}]})
    body = await one.person(
        "socialSecurity { medicalInsurance { __typename } hasMedicalInsurance }"
        " civilAffairs { marriageRegistrations { __typename provenance { asOf } } }"
    )
    assert body["data"]["person"] == {
        "socialSecurity": {"medicalInsurance": None, "hasMedicalInsurance": None},
        "civilAffairs": {"marriageRegistrations": None},
    }
    assert one.departments.asked == []
    entries = body["extensions"]["disclosure"]["person"]["withheld"]
    assert {entry["selection"] for entry in entries} == {
        "person.socialSecurity.medicalInsurance",
        "person.socialSecurity.hasMedicalInsurance",
        "person.civilAffairs.marriageRegistrations",
    }


async def test_withheld_entries_are_the_same_with_and_without_data(gateway: Made) -> None:
    selection = (
        "socialSecurity { pensionInsurance { contributionBase monthsPaid24m } }"
        " utilities { utilityAccounts { accountNumber } }"
    )
    rows = {"HRS02": [{"key": "P1", "contribution_base": "9000", "months_paid_24m": 24}], "UTL01": [{"key": "U1"}]}
    full, empty = await gateway(rows).person(selection), await gateway().person(selection)
    entries = [body["extensions"]["disclosure"]["person"]["withheld"] for body in (full, empty)]
    assert entries[0] == entries[1]
    assert len(entries[0]) == 2


async def test_since_is_refused_where_its_date_is_not_open_in_full(gateway: Made) -> None:
    selection = 'financial { loanAccounts(since: "2023-01-01") { balance } }'
    one = gateway({"PBC03": [LOAN, OLDER]})
    assert (await one.person(selection))["data"]["person"]["financial"]["loanAccounts"] == [{"balance": "37500"}]
    refused = await one.person(selection, "bank-officer")
    assert refused["data"] == {"person": None}
    assert refused["errors"][0]["extensions"]["code"] == "SINCE_NOT_PERMITTED"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: -1", "FIRST_OUT_OF_RANGE"),
        ("first: 101", "FIRST_OUT_OF_RANGE"),
        ('since: "yesterday"', "DAY_INVALID"),
        ('since: "2024-13-01"', "DAY_INVALID"),
        ("since: 20240101", "DAY_INVALID"),
    ],
)
async def test_bad_arguments_refuse_and_read_nothing(gateway: Made, arguments: str, code: str) -> None:
    one = gateway({"PBC03": [LOAN]})
    body = await one.person(f"financial {{ loanAccounts({arguments}) {{ balance }} }}")
    assert body["data"] == {"person": None}
    assert [error["extensions"]["code"] for error in body["errors"]] == [code]
    assert one.departments.asked == []


async def test_hidden_order_does_not_tell_the_date(gateway: Made) -> None:
    """An officer sees months only, so rows come by record key and not by the day."""
    rows = [{**LOAN, "key": "A", "opened_on": "2024-01-01"}, {**LOAN, "key": "B", "opened_on": "2024-01-31"}]
    selection = "financial { loanAccounts { openedOn balance } }"
    one = gateway({"PBC03": rows})
    await one.person(selection, "bank-officer")
    await one.person(selection)
    banded, full = [asked[1][0].order for asked in one.departments.asked if asked[0] == "PBC"]
    assert (banded, full) == (None, "opened_on")


async def test_a_summary_figure_carries_the_highest_class_of_its_inputs(gateway: Made) -> None:
    one = gateway({"PBC03": [LOAN, OLDER], "PBC04": [{"key": "C1", "overdue_amount": "120.50"}]})
    selection = "summary { loanBalance overdueAmount loanAccounts cardUsed }"
    full = (await one.person(selection))["data"]["person"]["summary"]
    assert full == {"loanBalance": "38500.00", "overdueAmount": "120.50", "loanAccounts": "2", "cardUsed": "0.00"}
    banded = (await one.person(selection, "bank-officer"))["data"]["person"]["summary"]
    assert banded["loanBalance"] == "[10000,50000)"
    assert banded["overdueAmount"] == "[1,1000)"


async def test_a_department_that_is_down_makes_a_figure_null_and_the_profile_incomplete(gateway: Made) -> None:
    one = gateway({"PBC03": [LOAN]}, down={"CRT": "TIMEOUT"})
    body = await one.person("courts { hasEnforcementCases } summary { enforcementCases loanAccounts }")
    assert body["data"]["person"] == {
        "courts": {"hasEnforcementCases": None},
        "summary": {"enforcementCases": None, "loanAccounts": "1"},
    }
    assert body["errors"][0]["path"] == ["person", "courts"]
    disclosure = body["extensions"]["disclosure"]["person"]
    assert disclosure["complete"] is False
    assert disclosure["sources"]["CRT"]["state"] == "TIMEOUT"


async def test_a_consent_that_is_narrower_than_the_ask_withholds_the_rest(gateway: Made) -> None:
    one = gateway({"PBC03": [LOAN]}, consents=[consent(items=frozenset({"PBC03.balance"}))])
    body = await one.person("financial { loanAccounts { balance accountStatus } }")
    assert body["data"]["person"]["financial"]["loanAccounts"] == [{"balance": "37500", "accountStatus": None}]
    (entry,) = body["extensions"]["disclosure"]["person"]["withheld"]
    assert entry["rule"] == "not-consented"


async def test_the_dispute_mark_follows_the_record(gateway: Made) -> None:
    dispute = Dispute("d1", "dispute", DIGESTS.person(PersonId(PERSON)), "PBC03", "L2", date(2026, 11, 1), "not mine")
    one = gateway({"PBC03": [LOAN, OLDER]}, disputes=[dispute])
    body = await one.person("financial { loanAccounts { balance dispute { since statement } } }")
    assert body["data"]["person"]["financial"]["loanAccounts"] == [
        {"balance": "37500", "dispute": None},
        {"balance": "1000", "dispute": {"since": "2026-11-01", "statement": "not mine"}},
    ]
    assert body["extensions"]["disclosure"]["person"]["sources"]["PBC"]["state"] == "DISPUTED"


async def test_one_person_and_one_purpose_in_each_operation(gateway: Made) -> None:
    one = gateway()
    two = f'{{ a: person(idNumber: "{PERSON}", purpose: LOAN_APPROVAL) {{ idNumber }}'
    people = await one.run(two + f' b: person(idNumber: "{PERSON}", purpose: LOAN_APPROVAL) {{ idNumber }} }}')
    assert people.body["errors"][0]["extensions"]["code"] == "ONE_PERSON_PER_OPERATION"
    purposes = await one.run(two + " access(purpose: POST_LOAN) { permitted } }")
    assert purposes.body["errors"][0]["extensions"]["code"] == "ONE_PURPOSE_PER_OPERATION"
    assert [d.code for d in (*people.disclosures, *purposes.disclosures)] == [
        "ONE_PERSON_PER_OPERATION",
        "ONE_PURPOSE_PER_OPERATION",
    ]
    assert one.departments.asked == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('{ person(idNumber: "53019919900307001", purpose: LOAN_APPROVAL) { idNumber } }', "ID_NUMBER_INVALID"),
        ('{ person(idNumber: "530199199003070016", purpose: LOAN_APPROVAL) { idNumber } }', "ID_NUMBER_INVALID"),
        ("{ person(idNumber: 12, purpose: LOAN_APPROVAL) { idNumber } }", "ID_NUMBER_INVALID"),
        ("{ person(idNumber: {a: 1}, purpose: LOAN_APPROVAL) { idNumber } }", "ID_NUMBER_INVALID"),
        (f'{{ person(idNumber: "{PERSON}", purpose: TEA) {{ idNumber }} }}', "PURPOSE_UNKNOWN"),
        (f'{{ person(idNumber: "{PERSON}", purpose: "LOAN_APPROVAL") {{ idNumber }} }}', "PURPOSE_UNKNOWN"),
        (f'{{ person(idNumber: "{PERSON}", purpose: AUDIT) {{ idNumber }} }}', "PURPOSE_NOT_PERMITTED"),
        (f'{{ person(idNumber: "{PERSON}", purpose: SELF_QUERY) {{ idNumber }} }}', "PURPOSE_NOT_PERMITTED"),
        (
            f'{{ person(idNumber: "{PERSON}", purpose: LOAN_APPROVAL, reference: "{PERSON}") {{ idNumber }} }}',
            "REFERENCE_INVALID",
        ),
        (
            f'{{ person(idNumber: "{PERSON}", purpose: LOAN_APPROVAL, reference: "1", consent: "c9") {{ idNumber }} }}',
            "CONSENT_NOT_FOUND",
        ),
        (
            f'{{ persons(asks: [{{idNumber: "{PERSON}"}}], purpose: LOAN_APPROVAL) {{ idNumber }} }}',
            "PORTFOLIO_NOT_PERMITTED",
        ),
        ("{ persons(asks: [], purpose: POST_LOAN) { idNumber } }", "PORTFOLIO_SIZE"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_refusal_has_a_code_is_noted_and_repeats_nothing(gateway: Made, query: str, code: str) -> None:
    one = gateway()
    executed = await one.run(query)
    assert {error["extensions"]["code"] for error in executed.body["errors"]} == {code}
    assert {disclosure.code for disclosure in executed.disclosures} == {code}
    assert not any(word in str(executed.body["errors"]) for word in ("53019", "TEA", "nothing'", "c9"))
    assert one.departments.asked == []


async def test_a_person_may_ask_only_about_himself_or_herself(gateway: Made) -> None:
    one = gateway()
    other = '{ person(idNumber: "530199198506122046", purpose: SELF_QUERY) { idNumber } }'
    assert (await one.run(other, "person")).body["errors"][0]["extensions"]["code"] == "PERSON_NOT_PERMITTED"
    own = await one.person("idNumber", "person", "SELF_QUERY")
    assert own["data"]["person"] == {"idNumber": PERSON}


async def test_sealing_may_still_refuse(gateway: Made) -> None:
    executed = await gateway({"PBC03": [LOAN]}).run(
        f'{{ person(idNumber: "{PERSON}", purpose: LOAN_APPROVAL, reference: "A-1")'
        " { financial { loanAccounts { balance } } } }"
    )
    refused = executed.refused(ConsentUsedUp())
    assert refused.body["data"] == {"person": None}
    assert "37500" not in str(refused.body)
    assert [disclosure.code for disclosure in refused.disclosures] == ["CONSENT_USED_UP"]
    assert not any(disclosure.decisions for disclosure in refused.disclosures)


async def test_an_undecided_probe_is_not_absence(gateway: Made) -> None:
    """Relation unknown: nothing is told, and nobody looks clean for it."""
    rows = {"CRT02": [{"key": "E1", "case_status": "1"}]}
    selection = "courts { enforcementCases { caseStatus } hasEnforcementCases } summary { enforcementCases }"
    one = gateway(rows, down={"PBC": "UNREACHABLE"})
    body = await one.person(selection, purpose="POST_LOAN")
    assert body["data"]["person"] == {
        "courts": {"enforcementCases": None, "hasEnforcementCases": None},
        "summary": {"enforcementCases": None},
    }
    disclosure = body["extensions"]["disclosure"]["person"]
    assert disclosure["complete"] is False
    assert {code: source["state"] for code, source in disclosure["sources"].items()} == {
        "CRT": "UNAVAILABLE",
        "PBC": "UNAVAILABLE",
    }
    (error,) = body["errors"]
    assert (error["path"], error["extensions"]["department"]) == (["person"], "PBC")


async def test_death_that_cannot_be_asked_shows_in_the_state_of_its_source(gateway: Made) -> None:
    one = gateway({"PBC03": [LOAN]}, down={"PSB": "TIMEOUT"})
    body = await one.person("financial { loanAccounts { balance } }")
    assert body["data"]["person"]["financial"]["loanAccounts"] == [{"balance": "37500"}]
    disclosure = body["extensions"]["disclosure"]["person"]
    assert (disclosure["complete"], disclosure["sources"]["PSB"]["state"]) == (False, "TIMEOUT")


async def test_a_list_without_items_is_sealed_as_its_record_type(gateway: Made) -> None:
    executed = await gateway({"PBC03": [LOAN]}).run(
        f'{{ person(idNumber: "{PERSON}", purpose: LOAN_APPROVAL, reference: "A-1")'
        " { financial { loanAccounts { __typename } } } }"
    )
    (disclosure,) = executed.disclosures
    assert list(disclosure.decisions) == ["PBC03"]


async def test_a_refusal_on_purpose_names_purpose_and_basis(gateway: Made) -> None:
    body = await gateway(consents=[]).person("idNumber")
    extensions = body["errors"][0]["extensions"]
    assert extensions["code"] == "CONSENT_REQUIRED"
    assert extensions["rule"] == "purpose LOAN_APPROVAL"
    assert "征信业管理条例" in extensions["basis"]


@pytest.mark.parametrize("reference", ["张伟", "王小明 2024", "Zhang San", "five", "x" * 65, "5301991990\n"])
async def test_a_reference_is_a_number_and_never_a_name(gateway: Made, reference: str) -> None:
    query = (
        f'query($r: String) {{ person(idNumber: "{PERSON}", purpose: LOAN_APPROVAL, reference: $r) {{ idNumber }} }}'
    )
    executed = await gateway().run(query, r=reference)
    assert executed.body["errors"][0]["extensions"]["code"] == "REFERENCE_INVALID"


async def test_a_statement_that_bears_an_id_number_stays(gateway: Made) -> None:
    person = DIGESTS.person(PersonId(PERSON))
    dispute = Dispute("d1", "dispute", person, "PBC03", "L1", date(2026, 11, 1), f"ask {PERSON}")
    body = await gateway({"PBC03": [LOAN]}, disputes=[dispute]).person(
        "financial { loanAccounts { dispute { kind statement } } }"
    )
    assert body["data"]["person"]["financial"]["loanAccounts"] == [{"dispute": {"kind": "dispute", "statement": None}}]
