"""What is asked of the departments: nothing without a ground, released columns only with one, one statement each."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from connectors.recorder import Recorder
from tests.acceptance.in_process import (
    EVERYTHING,
    PEOPLE,
    PLACES,
    Asked,
    disclosure_of,
    read_beyond,
    released,
    serving,
)


@pytest.fixture(scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asked]:
    async with serving(tmp_path_factory.mktemp("watched")) as application:
        yield application


ROLES = [
    ("bank-system", "LOAN_APPROVAL"),
    ("bank-officer", "LOAN_APPROVAL"),
    ("bank-officer", "GUARANTEE_REVIEW"),
    ("rural-cooperative", "LOAN_APPROVAL"),
    ("fund-centre", "FUND_LOAN"),
    ("hrs-clerk", "BENEFIT_ELIGIBILITY"),
    ("market-clerk", "LICENSING"),
    ("tax-clerk", "ARREARS_ENFORCEMENT"),
    ("utility-clerk", "UTILITY_DISPUTE"),
    ("court-liaison", "JUDICIAL_INQUIRY"),
    ("agency", "REPORT_PRODUCT"),
    ("auditor", "AUDIT"),
]


@pytest.mark.parametrize("tag", ["no-consent", "consent-revoked", "consent-used-up", "consent-expired"])
async def test_without_ground_no_department_is_asked(asked: Asked, tag: str) -> None:
    answer, recorder = await asked.ask("bank-system", "LOAN_APPROVAL", PEOPLE[tag], EVERYTHING)
    assert answer["data"] == {"person": None}
    assert recorder.plans == []


async def test_what_is_not_permitted_reads_nothing(asked: Asked) -> None:
    for client, purpose in (("analyst", "STATISTICS"), ("credit-office", "SUPERVISION"), ("bank-system", "AUDIT")):
        answer, recorder = await asked.ask(client, purpose, PEOPLE["clean"], EVERYTHING)
        assert answer["errors"][0]["extensions"]["code"] == "PURPOSE_NOT_PERMITTED"
        assert recorder.plans == []


@pytest.mark.parametrize(("client", "purpose"), ROLES)
async def test_select_lists_hold_released_columns_only(asked: Asked, client: str, purpose: str) -> None:
    answer, recorder = await asked.ask(client, purpose, PEOPLE["clean"], EVERYTHING)
    assert len(disclosure_of(answer)["treatments"]) == 168
    assert released(answer)
    plans = recorder.plans
    assert len(plans) == len({plan.department for plan in plans}), "one statement for each department"
    assert read_beyond(released(answer), recorder) == set()


@pytest.mark.parametrize(("client", "purpose"), ROLES)
async def test_the_text_of_a_statement_shows_a_closed_column_only_in_its_conditions(
    asked: Asked, client: str, purpose: str
) -> None:
    """The statement itself, not what the plan says of it: in no SELECT list stands a column that is not released."""
    answer, recorder = await asked.ask(client, purpose, PEOPLE["clean"], EVERYTHING)
    open_items = released(answer)
    for plan in recorder.plans:
        slots = re.findall(r"FROM \(SELECT (.*?) \nFROM (\"[^\"]+\"|\()", plan.statement, re.DOTALL)
        lists = [text for text, _ in slots if "AS c0" in text]
        reads = [one for one in plan.reads if not one.exists and one.returned]
        assert len(lists) == len(reads)
        for text, one in zip(lists, reads, strict=True):
            places = PLACES[plan.department].sources[0].records[one.record].items
            opened = {where.column for name, where in places.items() if f"{one.record}.{name}" in open_items}
            closed = {where.column for name, where in places.items() if where.column} - opened
            values = re.sub(r"CASE WHEN .*? THEN", "", text, flags=re.DOTALL)
            assert not [column for column in closed if column and f'"{column}"' in values], one.record


async def test_a_minor_is_asked_about_with_the_same_statements_as_anybody(asked: Asked) -> None:
    def shape(recorder: Recorder) -> list[tuple[str, str]]:
        return sorted((plan.department, plan.statement) for plan in recorder.plans)

    _, recorder = await asked.ask("bank-system", "LOAN_APPROVAL", PEOPLE["clean"], EVERYTHING)
    usual = shape(recorder)
    for tag in ("minor", "nobody", "deceased"):
        answer, recorder = await asked.ask("bank-system", "LOAN_APPROVAL", PEOPLE[tag], EVERYTHING)
        assert shape(recorder) == usual
        assert {s["state"] for s in disclosure_of(answer)["sources"].values()} <= {
            "ABSENT",
            "WITHHELD",
        }


async def test_written_consent_amounts_occur_in_no_statement_at_all(asked: Asked) -> None:
    _, recorder = await asked.ask("bank-system", "LOAN_APPROVAL", PEOPLE["clean"], EVERYTHING)
    for key in ("HRS02.contribution_base", "HPF01.balance", "HPF01.monthly_contribution", "TAX03.tax_paid_amount"):
        record, name = key.split(".")
        column = PLACES[record[:3]].sources[0].records[record].items[name].column
        (plan,) = [plan for plan in recorder.plans if plan.department == record[:3]]
        assert column
        assert not re.search(rf'"{column}"', plan.statement), key
