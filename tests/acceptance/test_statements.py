"""What is asked of the departments: nothing without a ground, released columns only with one, one statement each."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from connectors.mapping import DEPARTMENTS, read
from connectors.recorder import Recorder
from exchange.digests import Digests
from exchange.person import PersonId
from exchange.standard.load import load
from gateway.app import build, now
from gateway.clients import Clients
from gateway.demo.issuer import Issuer
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.start import prepare
from gateway.settings import load as load_settings
from policies.engine import Engine

CATALOGUE = load(approval=Path("gateway/demo/approval.yaml"))
PLACES = read(
    DEPARTMENTS, CATALOGUE, {f"GATEWAY_{code}_URL": "sqlite:///x.db" for code in CATALOGUE.departments}, now().date()
)
PEOPLE = {tag: person.id_number for person in TEST_PEOPLE for tag in person.tags}


@dataclass
class Asked:
    """The whole application in this process, with every statement watched."""

    app: Starlette
    recorder: Recorder
    http: httpx.AsyncClient
    issuer: Issuer
    clients: Clients
    digests: Digests

    def token(self, client: str, person: str | None = None) -> str:
        found = self.clients.find(client)
        assert found
        digest = self.digests.person(PersonId.parse(person)) if person else None
        return self.issuer.token(client, found, at=now(), lasts=_HOUR, person=digest)

    async def ask(
        self, client: str, purpose: str, number: str, selection: str, own: bool = False
    ) -> tuple[dict[str, Any], Recorder]:
        self.recorder.clear()
        query = f"query($id: IdNumber!) {{ person(idNumber: $id, purpose: {purpose}) {{ {selection} }} }}"
        answer = await self.http.post(
            "/graphql",
            json={"query": query, "variables": {"id": number}},
            headers={"Authorization": f"Bearer {self.token(client, number if own else None)}"},
        )
        return answer.json(), self.recorder


@pytest.fixture(scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asked]:
    data = tmp_path_factory.mktemp("watched")
    await asyncio.to_thread(prepare, data, people=30, database=None, at=datetime.now(UTC))
    settings = load_settings({}, None, data=data).settings
    recorder = Recorder()
    app = build(settings, environ={}, recorder=recorder)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http,
    ):
        assert settings.demo_issuer
        assert settings.clients
        issuer = Issuer.open(settings.demo_issuer, issuer=settings.issuer, audience=settings.audience)
        clients = Clients.read(settings.clients, Engine.load(None, CATALOGUE).roles)
        yield Asked(app, recorder, http, issuer, clients, Digests(settings.key(), settings.digest_algorithm))


_HOUR = timedelta(hours=1)


def _everything() -> str:
    """Every item of every record type, the yes/no questions apart."""

    def camel(name: str) -> str:
        head, *tail = name.split("_")
        return head + "".join(part.capitalize() for part in tail)

    sections = []
    for department in CATALOGUE.departments.values():
        records = [f"{r.list_name} {{ {' '.join(map(camel, r.items))} }}" for r in department.records.values()]
        sections.append(f"{department.section} {{ {' '.join(records)} }}")
    return " ".join(sections)


EVERYTHING = _everything()
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
    """The statement itself is read, not what the plan says of itself: a column of a withheld item stands nowhere in
    it before its WHERE."""
    answer, recorder = await asked.ask(client, purpose, PEOPLE["clean"], EVERYTHING)
    treatments = answer["extensions"]["disclosure"]["person"]["treatments"]
    released = {key for key, treatment in treatments.items() if treatment in ("FULL", "MASKED", "BANDED")}
    assert len(treatments) == 168
    assert released
    plans = recorder.plans
    assert len(plans) == len({plan.department for plan in plans}), "one statement for each department"
    for plan in plans:
        for one in plan.reads:
            place = PLACES[plan.department].records[one.record]
            open_places = [where for name, where in place.items.items() if f"{one.record}.{name}" in released]
            allowed = {where.column or where.expression for where in open_places}
            allowed |= {place.as_of.column or place.as_of.expression} if place.as_of else set()
            assert set(one.returned) <= allowed, one.record


@pytest.mark.parametrize(("client", "purpose"), ROLES)
async def test_the_text_of_a_statement_shows_a_closed_column_only_in_its_conditions(
    asked: Asked, client: str, purpose: str
) -> None:
    """The statement itself, not what the plan says of it: in no SELECT list stands a column that is not released."""
    answer, recorder = await asked.ask(client, purpose, PEOPLE["clean"], EVERYTHING)
    treatments = answer["extensions"]["disclosure"]["person"]["treatments"]
    released = {key for key, treatment in treatments.items() if treatment in ("FULL", "MASKED", "BANDED")}
    for plan in recorder.plans:
        slots = re.findall(r"FROM \(SELECT (.*?) \nFROM (\"[^\"]+\"|\()", plan.statement, re.DOTALL)
        lists = [text for text, _ in slots if "AS c0" in text]
        reads = [one for one in plan.reads if not one.exists and one.returned]
        assert len(lists) == len(reads)
        for text, one in zip(lists, reads, strict=True):
            places = PLACES[plan.department].records[one.record].items
            opened = {where.column for name, where in places.items() if f"{one.record}.{name}" in released}
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
        assert {s["state"] for s in answer["extensions"]["disclosure"]["person"]["sources"].values()} <= {
            "ABSENT",
            "WITHHELD",
        }


async def test_written_consent_amounts_occur_in_no_statement_at_all(asked: Asked) -> None:
    _, recorder = await asked.ask("bank-system", "LOAN_APPROVAL", PEOPLE["clean"], EVERYTHING)
    for key in ("HRS02.contribution_base", "HPF01.balance", "HPF01.monthly_contribution", "TAX03.tax_paid_amount"):
        record, name = key.split(".")
        column = PLACES[record[:3]].records[record].items[name].column
        (plan,) = [plan for plan in recorder.plans if plan.department == record[:3]]
        assert column
        assert not re.search(rf'"{column}"', plan.statement), key
