"""What was refused, and the way from a count to the entry that says why."""

from __future__ import annotations

import re
from collections import Counter

from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.reading import downloaded, text
from tools.shots.history import entries


async def test_codes_by_purpose_and_role_are_the_logs_own(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    rows = await downloaded(visitor, "/dashboard/refusals/export.csv", span="365")
    told = {(row["Code"], row["Purpose"], row["Role"]): int(row["Refused"]) for row in rows if row["Purpose"]}
    sealed = Counter(
        (each.code, each.purpose, each.requester.role)
        for each in entries(filled.app.state.gateway, filled.clock(), 70)
        if each.code
    )
    assert told == sealed
    assert all(row["What it says"] for row in rows)


async def test_a_refusal_leads_to_the_entry_that_says_why(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    page = await visitor.get("/dashboard/refusals?code=CONSENT_REQUIRED&span=90")
    latest = text(page).partition("The latest")[2]
    assert "CONSENT_REQUIRED" in latest
    assert "PURPOSE_NOT_PERMITTED" not in latest
    found = re.search(r'href="(/dashboard/why\?entry=[0-9a-f]{32})"', page.text)
    assert found
    why = await visitor.get(found[1])
    assert why.status_code == 200
    assert "CONSENT_REQUIRED" in text(why)


async def test_a_code_that_nobody_was_refused_with_is_an_empty_list(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("lin.wei")
    page = await visitor.get("/dashboard/refusals?code=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page.text
    assert page.status_code in {200, 400}
