"""An ask names its application, and the application ends: over HTTP, for the bank, the credit office and the person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from exchange.person import PersonId
from tests.acceptance.in_process import PEOPLE, Asked, released, serving

SELECTION = "financial { loanAccounts { balance openedOn loanAmount } } taxation { taxPayments { taxPaidAmount } }"
REPORT = """mutation($reference: String!, $outcome: InquiryOutcome!, $used: [String!]!) {
  reportOutcome(reference: $reference, outcome: $outcome, itemsUsed: $used) { reference outcome closed asks } }"""
OPEN = """query($overdue: Boolean!) {
  openInquiries(overdueOnly: $overdue) { id organisation client purpose reference overdue } }"""
METER = """{ minimisation { organisation client purpose asks itemsAsked itemsReleased asksReported
  itemsReleasedOfReported itemsUsed } }"""
CLEAN = PEOPLE["clean"]


@pytest.fixture(scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asked]:
    async with serving(tmp_path_factory.mktemp("outcomes")) as application:
        yield application


async def report(
    asked: Asked, reference: str, *used: str, client: str = "bank-system", outcome: str = "GRANTED"
) -> Any:
    response = await asked.post(client, REPORT, {"reference": reference, "outcome": outcome, "used": list(used)})
    return response.json()


def code(answer: dict[str, Any]) -> str:
    (error,) = answer["errors"]
    assert error["extensions"]["rule"]
    assert error["extensions"]["basis"]
    return error["extensions"]["code"]


async def open_of(asked: Asked, client: str, person: str | None = None, overdue: bool = False) -> set[str]:
    answer = (await asked.post(client, OPEN, {"overdue": overdue}, person)).json()
    return {one["reference"] for one in answer["data"]["openInquiries"]}


async def test_from_the_ask_to_its_outcome(asked: Asked) -> None:
    first, _ = await asked.ask("bank-system", "LOAN_APPROVAL", CLEAN, SELECTION, reference="SQ-7")
    assert {"PBC03.balance", "PBC03.opened_on", "PBC03.loan_amount"} == released(first)
    await asked.ask("bank-officer", "LOAN_APPROVAL", CLEAN, SELECTION, reference="SQ-7")
    for client, person in (("bank-system", None), ("credit-office", None), ("auditor", None), ("person", CLEAN)):
        assert "SQ-7" in await open_of(asked, client, person)
        assert await open_of(asked, client, person, overdue=True) == set()
    for client, person in (("bank-b-system", None), ("person", PEOPLE["thin-file"])):
        assert "SQ-7" not in await open_of(asked, client, person)

    asked.recorder.clear()
    told = await report(asked, "SQ-7", "PBC03.balance")
    assert told["data"]["reportOutcome"] == {"reference": "SQ-7", "outcome": "GRANTED", "closed": 2, "asks": 2}
    assert asked.recorder.plans == []
    entry = await asked.last_entry()
    assert (entry["event"], entry["reference"]) == ("administration", "SQ-7")
    assert entry["people"] == [asked.digests.person(PersonId.parse(CLEAN))]
    assert "SQ-7" not in await open_of(asked, "credit-office")
    again = await report(asked, "SQ-7", "PBC03.balance")
    assert again["data"]["reportOutcome"]["closed"] == 0
    assert code(await report(asked, "SQ-7", outcome="DECLINED")) == "INQUIRY_CLOSED"


@pytest.mark.parametrize(
    ("client", "reference", "used", "expected"),
    [
        ("bank-system", "SQ-404", [], "INQUIRY_NOT_FOUND"),
        ("bank-b-system", "SQ-8", [], "INQUIRY_NOT_FOUND"),
        ("bank-system", "SQ-8", ["TAX03.tax_paid_amount"], "ITEMS_NOT_RELEASED"),
        ("bank-system", "SQ-8", ["PBC03.balance", "tea"], "ITEMS_NOT_RELEASED"),
        ("bank-system", "", [], "REFERENCE_REQUIRED"),
        ("analyst", "SQ-8", [], "ACT_NOT_PERMITTED"),
        ("credit-office", "SQ-8", [], "ACT_NOT_PERMITTED"),
    ],
)
async def test_what_cannot_be_reported(
    asked: Asked, client: str, reference: str, used: list[str], expected: str
) -> None:
    await asked.ask("bank-system", "LOAN_APPROVAL", CLEAN, SELECTION, reference="SQ-8")
    assert code(await report(asked, reference, *used, client=client)) == expected
    entry = await asked.last_entry()
    assert (entry["event"], entry["code"]) == ("refusal", expected)
    assert "SQ-8" in await open_of(asked, "bank-system")


async def test_a_number_like_an_id_is_neither_taken_nor_told(asked: Asked) -> None:
    answer = await report(asked, CLEAN)
    assert code(answer) == "REFERENCE_INVALID"
    assert CLEAN not in str(answer)
    assert CLEAN not in str(await asked.last_entry())


async def test_an_ask_grows_overdue(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a city that waits for no day at all, whatever is open is overdue."""
    await asked.ask("bank-system", "LOAN_APPROVAL", CLEAN, SELECTION, reference="SQ-9")
    assert "SQ-9" not in await open_of(asked, "bank-system", overdue=True)
    services = asked.gateway.endpoint._operations.services
    monkeypatch.setattr(asked.gateway.endpoint._operations, "services", replace(services, outcome_days=0))
    for client, person in (("bank-system", None), ("credit-office", None), ("person", CLEAN)):
        assert "SQ-9" in await open_of(asked, client, person, overdue=True)


async def test_the_meter_is_the_banks_own_and_the_credit_offices(asked: Asked) -> None:
    await asked.ask("bank-b-system", "LOAN_APPROVAL", CLEAN, SELECTION, reference="B-1")
    assert (await report(asked, "B-1", "PBC03.balance", client="bank-b-system"))["data"]
    (own,) = (await asked.post("bank-b-system", METER, {})).json()["data"]["minimisation"]
    assert own == {
        "organisation": "bank-b",
        "client": "bank-b-system",
        "purpose": "LOAN_APPROVAL",
        "asks": 1,
        "itemsAsked": 4,
        "itemsReleased": 3,
        "asksReported": 1,
        "itemsReleasedOfReported": 3,
        "itemsUsed": 1,
    }
    everybody = (await asked.post("credit-office", METER, {})).json()["data"]["minimisation"]
    assert {one["organisation"] for one in everybody} >= {"bank-a", "bank-b"}
    assert own in everybody
    assert code((await asked.post("tax-clerk", METER, {})).json()) == "ACT_NOT_PERMITTED"
    assert code((await asked.post("person", METER, {}, CLEAN)).json()) == "ACT_NOT_PERMITTED"
