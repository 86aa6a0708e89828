"""How the log stands, in words."""

from __future__ import annotations

from datetime import timedelta

from exchange.audit import Fault, Verdict
from exchange.store import verification
from exchange.store.database import Database
from gateway.settings import load
from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.reading import downloaded, text


async def test_a_log_that_was_never_verified_says_what_to_do(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("sun.hao")
    size = (await filled.app.state.gateway.log.head()).sequence
    page = text(await visitor.get("/dashboard/log"))
    assert f"{size:,}".replace(",", "\u202f") in page
    assert "never" in page
    assert "gateway audit verify" in page
    note = (await visitor.get("/dashboard/log")).text.partition("<pre")[2]
    assert f"\n{size}\n" in note
    [row] = await downloaded(visitor, "/dashboard/log/export.csv")
    assert row["Entries"] == str(size)


async def test_a_verdict_is_shown_sound_or_with_its_fault(dashboard: Dashboard) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("sun.hao")
    log = dashboard.app.state.gateway.log
    database = await Database.open(load({}, data=dashboard.data).settings.store_url)
    try:
        await verification.note(database, dashboard.clock(), await log.verify())
        assert "Whole and unchanged" in text(await visitor.get("/dashboard/log"))
        head = (await log.head())._replace(sequence=2)
        later = dashboard.clock() + timedelta(seconds=1)
        await verification.note(database, later, Verdict(head, Fault.EDITED, 3))
    finally:
        await database.close()
    page = text(await visitor.get("/dashboard/log"))
    assert "Not whole: keep everything and call the auditor" in page
    assert "an entry was changed edited" in page
    assert "At entry 3" in page


async def test_the_analyst_is_refused(filled: Dashboard) -> None:
    visitor = filled.visitor()
    await visitor.signed_in("he.yan")
    page = await visitor.get("/dashboard/log")
    assert page.status_code == 403
    assert "act LOG_STATE" in page.text
