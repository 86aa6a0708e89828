"""What a client is registered for narrows what its role has, and says how it is told what is withheld."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse

from exchange.client import MARKET_ACCESS, Telling
from exchange.requester import Requester
from resolvers.operation import Executed
from tests.resolvers.conftest import PERSON, Gateway, Made

ROWS = {"PBC03": [{"key": "L1", "balance": "37500", "institution_code": "B10110000H0001"}]}
OPEN = "financial { loanAccounts { balance } }"
MIXED = f"{OPEN} civilAffairs {{ marriageRegistrations {{ spouseSubjectRef }} }}"
PERSON_QUERY = f'{{ person(idNumber: "{PERSON}", purpose: LOAN_APPROVAL, reference: "A-1") {{ %s }} }}'


async def ask(gateway: Gateway, query: str, role: str = "bank-system", **registered: Any) -> Executed:
    requester = Requester("bank-a", "bank-one", "op", role, attributes={"institution": "B10110000H0001"}, **registered)
    return await gateway.operations.run(requester, parse(query), query, None, None)


async def test_a_purpose_outside_the_registration_is_refused_by_it(gateway: Made) -> None:
    one = gateway(ROWS)
    executed = await ask(one, PERSON_QUERY % OPEN, purposes=frozenset({"POST_LOAN"}))
    (error,) = executed.body["errors"]
    assert executed.body["data"] == {"person": None}
    assert error["extensions"]["code"] == "PURPOSE_NOT_PERMITTED"
    assert (error["extensions"]["rule"], error["extensions"]["basis"]) == ("client bank-one", MARKET_ACCESS)
    assert [noted.code for noted in executed.disclosures] == ["PURPOSE_NOT_PERMITTED"]
    assert one.departments.asked == []


async def test_a_registration_opens_nothing_that_the_role_has_not(gateway: Made) -> None:
    query = (PERSON_QUERY % OPEN).replace("LOAN_APPROVAL", "AUDIT")
    executed = await ask(gateway(ROWS), query, purposes=frozenset({"AUDIT", "LOAN_APPROVAL"}))
    (error,) = executed.body["errors"]
    assert (error["extensions"]["code"], error["extensions"]["rule"]) == ("PURPOSE_NOT_PERMITTED", "default-deny")


@pytest.mark.parametrize("purposes", [None, frozenset({"LOAN_APPROVAL"})])
async def test_a_purpose_of_the_registration_is_answered(gateway: Made, purposes: frozenset[str] | None) -> None:
    executed = await ask(gateway(ROWS), PERSON_QUERY % OPEN, purposes=purposes)
    assert executed.body["data"] == {"person": {"financial": {"loanAccounts": [{"balance": "37500"}]}}}


async def test_what_i_am_and_what_i_would_see_follow_the_registration(gateway: Made) -> None:
    query = """{
        me { purposes }
        a: access(purpose: LOAN_APPROVAL) { permitted items { treatment rule nearest { rule } } }
    }"""
    narrow = (await ask(gateway(), query, purposes=frozenset({"POST_LOAN"}))).body["data"]
    whole = (await ask(gateway(), query)).body["data"]
    assert narrow["me"]["purposes"] == ["POST_LOAN"]
    assert {"LOAN_APPROVAL", "POST_LOAN"} <= set(whole["me"]["purposes"])
    assert not narrow["a"]["permitted"]
    assert whole["a"]["permitted"]
    assert {(item["treatment"], item["rule"]) for item in narrow["a"]["items"]} == {("WITHHELD", "client bank-one")}
    assert {item["nearest"] and item["nearest"]["rule"] for item in narrow["a"]["items"]} == {None}


async def test_a_client_that_is_told_in_errors_gets_each_withheld_selection_with_its_path(gateway: Made) -> None:
    executed = await ask(gateway(ROWS), PERSON_QUERY % MIXED, telling=Telling.ERRORS)
    plain = await ask(gateway(ROWS), PERSON_QUERY % MIXED)
    assert executed.body["data"] == plain.body["data"]
    withheld = plain.body["extensions"]["disclosure"]["person"]["withheld"]
    errors = executed.body["errors"]
    assert withheld
    assert [".".join(error["path"]) for error in errors] == [entry["selection"] for entry in withheld]
    for error, entry in zip(errors, withheld, strict=True):
        said = error["extensions"]
        assert said["code"] == "ITEM_WITHHELD"
        assert [said[name] for name in ("item", "rule", "basis", "nearest")] == [
            entry[name] for name in ("item", "rule", "basis", "nearest")
        ]
    assert executed.body["extensions"]["disclosure"]["person"]["withheld"] == withheld


async def test_errors_are_the_same_whether_rows_exist(gateway: Made) -> None:
    found = await ask(gateway(ROWS), PERSON_QUERY % MIXED, telling=Telling.ERRORS)
    nobody = await ask(gateway(), PERSON_QUERY % MIXED, telling=Telling.ERRORS)
    assert found.body["errors"] == nobody.body["errors"]


async def test_a_client_that_gets_all_or_nothing_is_refused_before_any_department_is_asked(gateway: Made) -> None:
    one = gateway(ROWS)
    executed = await ask(one, PERSON_QUERY % MIXED, telling=Telling.REFUSE)
    (error,) = executed.body["errors"]
    assert executed.body["data"] == {"person": None}
    assert error["extensions"]["code"] == "ASK_WITHHELD"
    assert error["extensions"]["rule"]
    assert "extensions" not in executed.body
    (noted,) = executed.disclosures
    assert (noted.code, dict(noted.decisions), dict(noted.sources)) == ("ASK_WITHHELD", {}, {})
    assert one.departments.asked == []


async def test_a_client_that_gets_all_or_nothing_gets_all(gateway: Made) -> None:
    executed = await ask(gateway(ROWS), PERSON_QUERY % OPEN, telling=Telling.REFUSE)
    assert "errors" not in executed.body
    assert executed.body["data"]["person"]["financial"] == {"loanAccounts": [{"balance": "37500"}]}


async def test_one_that_is_withheld_refuses_the_whole_portfolio(gateway: Made) -> None:
    one = gateway(ROWS)
    query = f'{{ persons(asks: [{{idNumber: "{PERSON}", reference: "A-1"}}], purpose: POST_LOAN) {{ {MIXED} }} }}'
    executed = await ask(one, query, telling=Telling.REFUSE)
    assert [error["extensions"]["code"] for error in executed.body["errors"]] == ["ASK_WITHHELD"]
    assert one.departments.asked == []
