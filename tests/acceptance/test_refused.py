"""Who asks for what, by what right, and gets nothing: code, basis, a sealed entry, and no department that was asked.

The rows are `refused.yaml`. What rests on data is no refusal: it looks like absence, whatever was there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from exchange.person import PersonId, check_digit
from exchange.refusals import IdNumberInvalid
from gateway.app import now
from policies.engine import Engine
from tests.acceptance.in_process import (
    CATALOGUE,
    PEOPLE,
    REFERENCE,
    Asked,
    disclosure_of,
    opened,
    read_beyond,
    released,
    serving,
)

Row = dict[str, Any]
TABLE: Mapping[str, list[Row]] = yaml.safe_load(Path(__file__).with_name("refused.yaml").read_text("utf-8"))
ROWS = [row for rows in TABLE.values() for row in rows]
PURPOSES = Engine.load(None, CATALOGUE).purposes
SELECTION = "idNumber courts { enforcementCases { caseNumber } hasEnforcementCases } disclosure { id }"
ABOUT = ("REFERENCE", "CONSENT", "SINCE", "FIRST")
"""Refusals that come once the person and the purpose are known."""
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
async def phases(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Asked]]:
    """One city and one store, served by a gateway in each phase."""
    data = tmp_path_factory.mktemp("refused")
    async with serving(data) as pilot, opened(data, {}, phase="build") as build:
        yield {"pilot": pilot, "build": build}


def number_of(row: Row, key: str = "person") -> str:
    said = str(row.get(key, row.get("person", "clean")))
    return PEOPLE.get(said, said)


def document(row: Row) -> str:
    if "query" in row:
        return row["query"]
    purpose = row.get("purpose", "LOAN_APPROVAL")
    named = REFERENCE.get(purpose, {}) | {name: row[name] for name in ("reference", "consent") if name in row}
    more = "".join(f', {name}: "{text}"' for name, text in named.items() if text is not None)
    return f"query($id: IdNumber!) {{ person(idNumber: $id, purpose: {purpose}{more}) {{ {SELECTION} }} }}"


def name(row: Row) -> str:
    said = {key: str(value)[:24] for key, value in row.items() if key not in ("query", "basis")}
    return "-".join(said.values())


async def answered(asked: Asked, row: Row) -> tuple[int, dict[str, Any]]:
    client = row.get("client", "bank-system")
    asked.recorder.clear()
    response = await asked.post(
        client, document(row), {"id": number_of(row)}, number_of(row, "as") if client == "person" else None
    )
    return response.status_code, response.json()


def digest_of(asked: Asked, row: Row) -> list[str]:
    """Whom the sealed entry names."""
    try:
        return [asked.digests.person(PersonId.parse(number_of(row)))]
    except IdNumberInvalid:
        return []


@pytest.mark.parametrize("row", ROWS, ids=name)
async def test_refused_named_sealed_and_nobody_asked(phases: dict[str, Asked], row: Row) -> None:
    asked = phases[row.get("phase", "pilot")]
    before = (await asked.gateway.log.head()).sequence
    status, answer = await answered(asked, row)
    purpose = PURPOSES[row.get("purpose", "LOAN_APPROVAL")]

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == row["code"]
    assert error["extensions"]["help"]
    assert error["extensions"]["rule"]
    assert error["extensions"]["basis"].startswith(row.get("basis", purpose.basis))
    assert status in (200, 400)
    assert not any((answer.get("data") or {}).values())
    assert "extensions" not in answer

    entry = await asked.last_entry()
    assert entry["sequence"] == before + 1
    assert (entry["event"], entry["code"]) == ("refusal", row["code"])
    assert (entry["client"], entry["items"], entry["sources"]) == (row.get("client", "bank-system"), {}, {})
    assert entry["operator"]
    assert entry["policy"]
    known = row["code"].startswith(ABOUT)
    assert set(entry["people"]) <= set(digest_of(asked, row))
    assert not known or entry["people"]
    assert not known or entry["purpose"] == purpose.code
    for said in (number_of(row), row.get("reference") or number_of(row)):
        assert said not in str(answer)
        assert said not in str(entry) or entry["reference"] == said

    assert asked.recorder.plans == []


def test_the_table_holds_each_kind_of_refusal_of_an_ask() -> None:
    assert len(ROWS) >= 60
    assert len({name(row) + row.get("query", "") for row in ROWS}) == len(ROWS), "a row stands twice"
    codes = Counter(row["code"] for row in ROWS)
    assert all(codes[code] >= 2 for code in ("PURPOSE_NOT_PERMITTED", "PURPOSE_NOT_OPEN", "REFERENCE_REQUIRED"))
    assert {row.get("client", "bank-system") for row in ROWS} >= {"bank-system", "tax-clerk", "person", "auditor"}


@pytest.mark.parametrize("code", sorted({row["code"] for row in ROWS}))
async def test_a_refusal_is_the_same_whoever_it_would_be_about(phases: dict[str, Asked], code: str) -> None:
    """Body for body: somebody, and nobody of that number. Consents are the requester's own, so it knows theirs."""
    row = next(row for row in ROWS if row["code"] == code)
    asked = phases[row.get("phase", "pilot")]
    if "query" not in row and code.startswith(("PURPOSE", "REFERENCE")):
        _, about_somebody = await answered(asked, row)
        _, about_nobody = await answered(asked, row | {"person": "nobody"})
        assert about_somebody == about_nobody


# Without credentials nothing is sealed: it goes to the bounded security log.

STRANGERS: list[dict[str, Any]] = [
    {"operator": " "},
    {"operator": "530199199003070015"},
    {"role": "bank-officer"},
    {"role": "court-liaison"},
    {"role": "person"},
    {"organisation": "bank-b"},
]


@pytest.mark.parametrize("claims", STRANGERS, ids=str)
async def test_a_token_that_says_more_than_the_register(phases: dict[str, Asked], claims: dict[str, Any]) -> None:
    asked = phases["pilot"]
    found = asked.clients.find("bank-system")
    assert found
    client = replace(
        found, roles=(claims.get("role", found.roles[0]),), organisation=claims.get("organisation", found.organisation)
    )
    token = asked.issuer.token("bank-system", client, at=now(), lasts=HOUR, operator=claims.get("operator"))
    before = await asked.gateway.log.head()
    asked.recorder.clear()
    response = await asked.http.post(
        "/graphql",
        json={"query": document({}), "variables": {"id": PEOPLE["clean"]}},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "TOKEN_INVALID"
    assert await asked.gateway.log.head() == before
    assert asked.recorder.plans == []


# What rests on data.

ABSENT = [
    ("bank-system", "LOAN_APPROVAL", "minor", "clean"),
    ("bank-system", "LOAN_APPROVAL", "deceased", "clean"),
    ("bank-system", "LOAN_APPROVAL", "outside-pilot", "clean"),
    ("bank-b-system", "POST_LOAN", "thin-file", "disputed"),
    ("bank-b-system", "POST_LOAN", "outside-pilot", "dishonest-debtor"),
    ("bank-officer", "POST_LOAN", "thin-file", "post-loan-open-account"),
    ("fund-centre", "FUND_LOAN", "deceased", "clean"),
    ("tax-clerk", "ARREARS_ENFORCEMENT", "outside-pilot", "clean"),
    ("hrs-clerk", "BENEFIT_ELIGIBILITY", "minor", "clean"),
    ("market-clerk", "LICENSING", "deceased", "clean"),
    ("developer", "SANDBOX", "11010519491231002X", "clean"),
    ("auditor", "AUDIT", "outside-pilot", "clean"),
]
NOBODIES = [body + check_digit(body) for body in (f"5301991977{month:02d}01991" for month in range(1, 13))]
"""Numbers that nobody has, one for each row: of how often one may ask about anybody, this is not the test."""
IDENTITY = "publicSecurity { personIdentity { idNumber name } }"


@pytest.mark.parametrize(("client", "purpose", "person", "present"), ABSENT)
async def test_what_rests_on_data_looks_like_absence(
    phases: dict[str, Asked], client: str, purpose: str, person: str, present: str
) -> None:
    """Whom the police register, and whom this ask may not be about: the statements of every other ask (decision 3),
    their probes among them, released columns only, and the answer about nobody."""
    asked = phases["pilot"]
    found = []
    absent = "nobody" if PURPOSES[purpose].ground == "consent" else NOBODIES.pop()
    for one in (present, person, absent):
        number = PEOPLE.get(one, one)
        answer, recorder = await asked.ask(client, purpose, number, IDENTITY)
        assert "errors" not in answer
        assert read_beyond(released(answer), recorder) == set()
        bare = disclosure_of(answer)
        assert (await asked.last_entry())["id"] == bare.pop("id")
        bare["ground"].pop("consent")
        plans = sorted((plan.department, plan.statement) for plan in recorder.plans)
        found.append((answer["data"], {source["state"] for source in bare["sources"].values()}, bare, plans))
    somebody, hidden, nobody = found
    assert somebody[0]["person"]["publicSecurity"]["personIdentity"]
    assert hidden == nobody
    assert hidden[0] == {"person": {"publicSecurity": {"personIdentity": None}}}
    assert somebody[3] == hidden[3]
