"""Planned once, and never for somebody else: what is kept, what steers it, what empties it."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from graphql import parse

from exchange.consent import Consent
from exchange.ground import Ground
from exchange.person import PersonId
from exchange.requester import Requester
from policies.engine import Engine
from policies.rulebook import FOLDER
from resolvers.planning import Plans, shape_of
from tests.resolvers.conftest import CATALOGUE, DIGESTS, ENGINE, PERSON, Gateway, Made, consent

OTHER = "530199199003070023"
LOANS = {"PBC03": [{"key": "1", "institution_code": "B10110000H0001", "balance": "12345", "loan_amount": "70000"}]}
QUERY = """query Loan($id: IdNumber!, $long: Boolean = false, $first: Int) {
  person(idNumber: $id, purpose: LOAN_APPROVAL, reference: "A-1") {
    financial {
      loanAccounts(first: $first) { balance ...More }
    }
  }
}
fragment More on LoanAccount { loanAmount @include(if: $long) }"""


def consents_of(*people: str, **changed: Any) -> list[Consent]:
    return [
        consent(id=f"c{place}", person=DIGESTS.person(PersonId(number)), **changed)
        for place, number in enumerate(people)
    ]


async def asked(gateway: Gateway, query: str = QUERY, **variables: Any) -> dict[str, Any]:
    executed = await gateway.run(query, **{"id": PERSON, **variables})
    assert "errors" not in executed.body, executed.body["errors"]
    return executed.body["data"]["person"]


def counts(gateway: Gateway) -> tuple[int, int]:
    plans = gateway.operations.services.plans
    return plans.reads, plans.built


async def test_asks_about_others_are_planned_once(gateway: Made) -> None:
    made = gateway(LOANS, consents=consents_of(PERSON, OTHER))
    for number in (PERSON, OTHER, PERSON):
        await asked(made, id=number)
    assert counts(made) == (1, 1)
    questions = [wanted for _, wanted, _ in made.departments.asked]
    assert all(each is questions[0] for each in questions[::2]), "a connector knows the questions again"
    assert [people for _, _, people in made.departments.asked if PersonId(OTHER) in people]


async def test_a_variable_that_steers_the_selection_has_a_plan_of_its_own(gateway: Made) -> None:
    made = gateway(LOANS)
    (loan,) = (await asked(made))["financial"]["loanAccounts"]
    assert set(loan) == {"balance"}
    (loan,) = (await asked(made, long=True))["financial"]["loanAccounts"]
    assert set(loan) == {"balance", "loanAmount"}
    assert (await asked(made, first=0))["financial"]["loanAccounts"] == []
    assert counts(made) == (3, 3)
    again_asked: tuple[dict[str, Any], ...] = ({}, {"long": True}, {"first": 0}, {"long": False})
    for again in again_asked:
        await asked(made, **again)
    assert counts(made) == (3, 3)


async def test_first_is_asked_as_it_was_said(gateway: Made) -> None:
    made = gateway(LOANS)
    for first in (1, 7, None, 1):
        await asked(made, first=first)
    limits = [one.first for _, wanted, _ in made.departments.asked for one in wanted if one.marks]
    assert limits == [1, 7, None, 1]


async def test_two_operations_of_one_document_do_not_share(gateway: Made) -> None:
    made = gateway(LOANS)
    text = "\n".join(
        f'query {name}($id: IdNumber!) {{ person(idNumber: $id, purpose: LOAN_APPROVAL, reference: "A-1")'
        f" {{ financial {{ {selection} }} }} }}"
        for name, selection in (("A", "loanAccounts { balance }"), ("B", "hasCardAccounts"))
    )
    document = parse(text)
    requester = Requester("bank-a", "bank-system", "op", "bank-system")
    for name, key in (("A", "loanAccounts"), ("B", "hasCardAccounts"), ("A", "loanAccounts")):
        executed = await made.operations.run(requester, document, text, {"id": PERSON}, name)
        assert set(executed.body["data"]["person"]["financial"]) == {key}
    assert counts(made) == (2, 2)


async def test_two_roles_do_not_share(gateway: Made) -> None:
    made = gateway(LOANS)
    for role in ("bank-system", "bank-officer", "bank-system"):
        await made.run(QUERY, role, id=PERSON)
    assert counts(made) == (1, 2)


async def test_two_banks_that_ask_at_once_never_share(gateway: Made) -> None:
    """Two banks, the same document and person, under way together: each is decided by its own role and ground."""
    own = consent()
    made = gateway(
        LOANS, consents=[own, replace(own, id="c2", organisation="bank-b", items=frozenset({"PBC03.loan_amount"}))]
    )
    document = parse(QUERY)
    banks = [Requester(name, "bank-system", "op", "bank-system") for name in ("bank-a", "bank-b")]
    answers = await asyncio.gather(
        *(made.operations.run(bank, document, QUERY, {"id": PERSON, "long": True}, None) for bank in banks * 20)
    )
    for bank, answer in zip(banks * 20, answers, strict=True):
        (loan,) = answer.body["data"]["person"]["financial"]["loanAccounts"]
        assert loan["loanAmount"] is not None
        assert (loan["balance"] is not None) == (bank.organisation == "bank-a")
    assert counts(made)[1] == 2


async def test_a_document_that_may_name_somebody_is_not_kept(gateway: Made) -> None:
    made = gateway(LOANS)
    for _ in range(2):
        await made.person("financial { loanAccounts { balance } }")
    assert counts(made) == (2, 2)
    assert len(made.operations.services.plans) == 0


async def test_nothing_of_a_person_is_kept(gateway: Made) -> None:
    partner = DIGESTS.person(PersonId(OTHER))
    made = gateway(LOANS, consents=[consent(partner=partner, relation="spouse")])
    await asked(made)
    plans = made.operations.services.plans
    kept = repr((plans._steering, plans._read, plans._prepared))
    assert len(plans) == 1
    for word in (PERSON, OTHER, partner, DIGESTS.person(PersonId(PERSON)), "c1", "bank-a"):
        assert f"'{word}'" not in kept


async def test_the_days_of_a_consent_are_planned_anew(gateway: Made) -> None:
    made = gateway(LOANS, consents=[consent(since=date(2024, 1, 1))])
    for _ in range(2):
        await asked(made)
    assert counts(made) == (1, 2)


async def test_a_new_revision_empties_it(gateway: Made, tmp_path: Path) -> None:
    made = gateway(LOANS)
    assert (await asked(made))["financial"]["loanAccounts"][0]["balance"] is not None
    folder = tmp_path / "policies"
    shutil.copytree(FOLDER, folder)
    with (folder / "forbids.csv").open("a", encoding="utf-8") as forbids:
        forbids.write("p, bank-system, LOAN_APPROVAL, PBC03.balance, *, , , F-NEW, OTHER_LENDERS\n")
    made.operations.services.policies.swap(Engine.load(folder, CATALOGUE))
    assert (await asked(made))["financial"]["loanAccounts"] is None
    assert counts(made) == (1, 2)
    made.operations.services.policies.swap(ENGINE)
    assert (await asked(made))["financial"]["loanAccounts"][0]["balance"] is not None
    assert len(made.operations.services.plans) == 1


async def test_a_portfolio_is_planned_once(gateway: Made) -> None:
    made = gateway(LOANS)
    query = (
        "query($asks: [PersonAsk!]!) { persons(asks: $asks, purpose: POST_LOAN)"
        " { financial { loanAccounts { balance } } } }"
    )
    asks = [{"idNumber": number, "reference": "A-1"} for number in (PERSON, OTHER)]
    executed = await made.run(query, asks=asks)
    assert len(executed.body["data"]["persons"]) == 2
    assert counts(made) == (1, 1)
    roots = {
        entry["selection"].split(".")[1]
        for each in executed.body["extensions"]["disclosure"].values()
        for entry in each["withheld"]
    }
    assert roots <= {"0", "1"}


async def test_no_more_are_kept_than_agreed(gateway: Made) -> None:
    made = gateway(LOANS)
    services = replace(made.operations.services, plans=Plans(most=3))
    made.operations.services = services
    for first in range(1, 9):
        await asked(made, first=first)
    assert len(services.plans) == 3
    assert len(services.plans._read) == 3


def test_the_shape_keeps_what_decides_and_drops_who() -> None:
    named = Ground(
        "consent",
        consent="c1",
        single_use=True,
        items=frozenset({"PBC03.balance"}),
        written_items=frozenset({"HPF01.balance"}),
        since=date(2024, 1, 1),
        until=date(2025, 1, 1),
        names="n",
        partner="p",
        partner_consent="pc",
    )
    shape = shape_of(named)
    assert (shape.kind, shape.items, shape.written_items) == (named.kind, named.items, named.written_items)
    assert (shape.since, shape.until) == (named.since, named.until)
    assert shape == shape_of(
        replace(named, consent="c2", single_use=False, names="m", partner="q", partner_consent="r")
    )
    assert shape != shape_of(replace(named, partner=None))
    assert {shape.consent, shape.names, shape.partner_consent} == {None}
