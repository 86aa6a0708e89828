"""Values that differ, sources that are stale or silent: as a requester sees them."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.records import Bad, Conflict, Held, Part, Unavailable
from tests.resolvers.conftest import NOW, PERSON, Made

DISCLOSURE = (
    "disclosure { complete conflicts { selection item values { value subsystem asOf } }"
    " sources { department subsystem state asOf } }"
)


def differing(*values: str) -> Conflict:
    return Conflict(tuple(Held(value, source, "2026-10-31") for value, source in zip(values, "ab", strict=True)))


def loan(**changed: Any) -> dict[str, list[dict[str, Any]]]:
    row = {"key": "L1", "institution_code": "B10110000H0001", "account_status": "1", "opened_on": "2024-01-05"}
    return {"PBC03": [{**row, **changed}]}


async def test_a_conflict_is_null_with_every_value_beside_it(gateway: Made) -> None:
    one = gateway(loan(balance=differing("37500", "60000")))
    body = await one.person(f"financial {{ loanAccounts {{ openedOn owed: balance }} }} {DISCLOSURE}")
    person = body["data"]["person"]
    assert person["financial"]["loanAccounts"] == [{"openedOn": "2024-01-05", "owed": None}]
    assert person["disclosure"]["complete"] is False
    assert person["disclosure"]["conflicts"] == [
        {
            "selection": "person.financial.loanAccounts.0.owed",
            "item": "PBC03.balance",
            "values": [
                {"value": "37500", "subsystem": "a", "asOf": "2026-10-31"},
                {"value": "60000", "subsystem": "b", "asOf": "2026-10-31"},
            ],
        }
    ]
    assert [state["state"] for state in person["disclosure"]["sources"]] == ["CONFLICT"]
    assert [error["extensions"]["code"] for error in body["errors"]] == ["SOURCE_CONFLICT"]
    assert body["extensions"]["disclosure"]["person"]["conflicts"] == person["disclosure"]["conflicts"]


async def test_each_value_of_a_conflict_is_released_as_the_item_is(gateway: Made) -> None:
    one = gateway(loan(balance=differing("37500", "60000")))
    body = await one.person(f"financial {{ loanAccounts {{ balance }} }} {DISCLOSURE}", role="bank-officer")
    (conflict,) = body["data"]["person"]["disclosure"]["conflicts"]
    assert [each["value"] for each in conflict["values"]] == ["[10000,50000)", "[50000,100000)"]
    assert "37500" not in str(body)


async def test_what_is_one_after_banding_is_no_conflict_for_this_requester(gateway: Made) -> None:
    one = gateway(loan(balance=differing("37500", "38000")))
    body = await one.person(f"financial {{ loanAccounts {{ balance }} }} {DISCLOSURE}", role="bank-officer")
    assert body["data"]["person"]["financial"]["loanAccounts"] == [{"balance": "[10000,50000)"}]
    assert body["data"]["person"]["disclosure"]["conflicts"] == []
    assert "errors" not in body


async def test_a_figure_over_a_conflict_is_null(gateway: Made) -> None:
    one = gateway(loan(balance=differing("37500", "60000")))
    body = await one.person(f"summary {{ loanBalance loanAccounts }} {DISCLOSURE}")
    assert body["data"]["person"]["summary"] == {"loanBalance": None, "loanAccounts": "1"}
    assert body["extensions"]["disclosure"]["person"]["complete"] is False
    assert [error["extensions"]["code"] for error in body["errors"]] == ["SOURCE_CONFLICT"]
    assert [each["state"] for each in body["data"]["person"]["disclosure"]["sources"]] == ["CONFLICT"]
    assert "37500" not in str(body)


async def test_a_figure_over_a_value_that_does_not_fit_says_so_first(gateway: Made) -> None:
    rows = [*loan(balance=differing("37500", "60000"))["PBC03"], *loan(key="L2", balance=Bad.VALUE)["PBC03"]]
    body = await gateway({"PBC03": rows}).person("summary { loanBalance }")
    assert [error["extensions"]["code"] for error in body["errors"]] == ["SOURCE_DATA_INVALID"]


async def test_a_figure_names_the_department_that_differs_and_no_other(gateway: Made) -> None:
    """Tax arrears differ; the loans of the same summary do not."""
    tax = {"key": "T1", "arrears_amount": differing("1", "2")}
    body = await gateway({**loan(balance="5"), "TAX01": [tax]}).person(
        f"summary {{ loanBalance taxArrears }} {DISCLOSURE}"
    )
    states = body["data"]["person"]["disclosure"]["sources"]
    assert [(each["department"], each["state"]) for each in states] == [("PBC", "DELIVERED"), ("TAX", "CONFLICT")]
    (error,) = body["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["person", "summary", "taxArrears"], "SOURCE_CONFLICT")


async def test_what_is_vouched_for_too_long_ago_is_stale(gateway: Made) -> None:
    states = []
    for as_of in ("2026-10-24", "2026-10-25"):
        one = gateway(loan(as_of=as_of))
        one.departments.parts = {"PBC": (Part("", frozenset(range(9)), stale_after=30),)}
        body = await one.person(f"financial {{ loanAccounts {{ openedOn }} }} {DISCLOSURE}")
        states += body["data"]["person"]["disclosure"]["sources"]
    assert [(state["state"], state["asOf"]) for state in states] == [
        ("STALE", "2026-10-24"),
        ("DELIVERED", "2026-10-25"),
    ]


async def test_a_source_that_tells_none_of_the_rows_is_absent(gateway: Made) -> None:
    one = gateway(loan())
    every = frozenset(range(9))
    one.departments.parts = {"PBC": (Part("old", every), Part("recent", every))}
    one.departments.told_by = ("recent",)
    body = await one.person(f"financial {{ loanAccounts {{ openedOn provenance {{ subsystems }} }} }} {DISCLOSURE}")
    (row,) = body["data"]["person"]["financial"]["loanAccounts"]
    assert row["provenance"] == {"subsystems": ["recent"]}
    states = body["data"]["person"]["disclosure"]["sources"]
    assert [(each["subsystem"], each["state"]) for each in states] == [("old", "ABSENT"), ("recent", "DELIVERED")]


@pytest.mark.parametrize(("why", "state"), [("TIMEOUT", "TIMEOUT"), ("UNREACHABLE", "UNAVAILABLE")])
async def test_a_silent_source_is_named_and_only_its_own_questions_are_missing(
    gateway: Made, why: str, state: str
) -> None:
    one = gateway({**loan(), "PBC04": [{"key": "C1", "opened_on": "2024-01-05"}]})
    selection = f"financial {{ loanAccounts {{ openedOn }} cardAccounts {{ openedOn }} }} {DISCLOSURE}"
    await one.person(selection)
    (_, questions, _), *_ = [asked for asked in one.departments.asked if asked[0] == "PBC"]
    cards = frozenset(place for place, each in enumerate(questions) if each.record == "PBC04")
    loans = frozenset(range(len(questions))) - cards
    one.departments.parts = {"PBC": (Part("loans", loans), Part("cards", cards, Unavailable(NOW, why)))}
    body = await one.person(selection)
    assert body["data"]["person"]["financial"] == {"loanAccounts": [{"openedOn": "2024-01-05"}], "cardAccounts": None}
    disclosure = body["data"]["person"]["disclosure"]
    assert disclosure["complete"] is False
    assert [(each["department"], each["subsystem"], each["state"]) for each in disclosure["sources"]] == [
        ("PBC", "loans", "DELIVERED"),
        ("PBC", "cards", state),
    ]
    (error,) = body["errors"]
    assert error["path"] == ["person", "financial", "cardAccounts"]
    assert (error["extensions"]["department"], error["extensions"]["subsystem"]) == ("PBC", "cards")
    assert PERSON not in str(error)
