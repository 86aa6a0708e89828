"""Consents in statistics: what was given, withdrawn and ran out, and nothing from which a few that are left show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from exchange.consent import Consent, ConsentState
from exchange.store.consent import Consents
from exchange.store.consented import ENDED, GIVEN, WITHDRAWN
from tests.exchange.store.test_index import plans, scanned
from tests.resolvers.reading import Reading, opened

MARCH, APRIL = datetime.fromisoformat("2026-03-10T09:00:00+08:00"), datetime.fromisoformat("2026-04-10T09:00:00+08:00")
QUERY = """query($by: [StatisticDimension!]!) { statistics(since: "2026-03", until: "2026-05") { consents(by: $by) {
  suppressed given withdrawn ended key { month clientKind purpose } } } }"""


def consents(purpose: str, count: int, *, withdrawn: int = 0, ended: int = 0, people: int = 1000) -> list[Consent]:
    """Given in March; in April some are withdrawn, in May some run out."""
    return [
        Consent(
            id=f"{purpose}-{n}",
            person=f"{n % people:032x}",
            organisation="bank-a",
            purposes=frozenset({purpose}),
            valid_from=MARCH,
            valid_until=MARCH + timedelta(days=70 if n >= count - ended else 700),
            state=ConsentState.REVOKED if n < withdrawn else ConsentState.ACTIVE,
            made_at=MARCH,
            changed_at=APRIL if n < withdrawn else None,
        )
        for n in range(count)
    ]


@pytest.fixture
async def reading(store_url: str) -> AsyncIterator[Reading]:
    async with opened(store_url) as made:
        await Consents(made.database).add(
            [
                *consents("LOAN_APPROVAL", 50, withdrawn=12, ended=15),
                *consents("CARD_APPROVAL", 30, withdrawn=21),
                *consents("POST_LOAN", 9),
                *consents("GUARANTEE_REVIEW", 40, people=3),
            ]
        )
        yield made


async def told(reading: Reading, *by: str) -> dict[tuple[str, ...], tuple[Any, ...]]:
    body = await reading.run("analyst", QUERY, by=list(by))
    assert "errors" not in body, body
    cells = body["data"]["statistics"]["consents"]
    return {
        tuple(v for v in cell["key"].values() if v is not None): (cell["given"], cell["withdrawn"], cell["ended"])
        for cell in cells
        if not cell["suppressed"]
    }


async def test_given_withdrawn_and_run_out(reading: Reading) -> None:
    found = await told(reading, "MONTH", "PURPOSE")
    assert found == {
        ("2026-03", "LOAN_APPROVAL"): (50, None, None),
        ("2026-03", "CARD_APPROVAL"): (30, None, None),
        ("2026-04", "LOAN_APPROVAL"): (None, 12, None),
        ("2026-05", "LOAN_APPROVAL"): (None, None, 15),
    }


async def test_what_would_leave_a_few_is_not_told(reading: Reading) -> None:
    """Of 30 for cards 21 were withdrawn: that 9 are left, nobody can subtract."""
    found = await told(reading, "CLIENT_KIND", "PURPOSE")
    assert found["bank", "CARD_APPROVAL"] == (30, None, None)
    for given, *ends in found.values():
        assert all(given - (each or 0) >= 10 for each in ends)


async def test_what_would_leave_many_of_a_few_people_is_not_told(reading: Reading) -> None:
    """Of 60 all are withdrawn but twelve of one person."""
    many = consents("FUND_LOAN", 60, withdrawn=48)
    one = [replace(each, person="f" * 32) for each in many[48:]]
    await Consents(reading.database).add([*many[:48], *one])
    found = await told(reading, "MONTH", "PURPOSE")
    assert found["2026-03", "FUND_LOAN"] == (60, None, None)
    assert ("2026-04", "FUND_LOAN") not in found


async def test_few_consents_and_few_people_are_not_told(reading: Reading) -> None:
    purposes = {key[0] for key in await told(reading, "PURPOSE")}
    assert purposes == {"LOAN_APPROVAL", "CARD_APPROVAL"}


async def test_a_month_that_was_told_stands(reading: Reading) -> None:
    before = await told(reading, "MONTH", "PURPOSE")
    late = consents("LOAN_APPROVAL", 51)[-1:]
    await Consents(reading.database).add(late)
    assert await told(reading, "MONTH", "PURPOSE") == before


async def test_other_groupings_are_refused(reading: Reading) -> None:
    body = await reading.run("analyst", QUERY, by=["ROLE"])
    assert body["errors"][0]["extensions"]["code"] == "GROUPING_INVALID"


async def test_a_month_is_found_by_its_index(reading: Reading) -> None:
    database = reading.database._database
    for sql, name in ((GIVEN, "made_at"), (WITHDRAWN, "changed_at"), (ENDED, "valid_until")):
        plan = await plans(database, sql, ["2026-03-01", "2026-04-01"])
        assert scanned(plan) == [], plan
        assert f"consent_{name}" in plan
