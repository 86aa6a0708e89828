"""The year that the demo's log begins with is no scenery: it verifies, it can be decided again, and pages count it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.catalogue import Catalogue
from exchange.consent import Consent
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.log import Log
from gateway.app import build
from gateway.demo.city import City
from gateway.demo.past import DAYS, REFERENCE, lay_down
from gateway.demo.start import prepare
from gateway.settings import Settings, load
from policies.engine import Engine
from policies.replay import Outcome, replay
from tests.gateway.dashboard.visitor import Visitor

AT = datetime(2026, 11, 24, 6, tzinfo=UTC)
ASKS = 1500


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, City]:
    data = tmp_path_factory.mktemp("past") / "data"
    city = prepare(data, people=120, database=None, at=AT)
    settings = load({}, data=data).settings
    assert asyncio.run(lay_down(settings, city, AT, ASKS)) == ASKS
    return settings, city


async def _kept(settings: Settings) -> tuple[list[dict[str, Any]], dict[str, Consent], bool]:
    database = await Database.open(settings.store_url)
    log = Log(database)
    try:
        entries = [json.loads(text) for text in await log.entries(0, ASKS + 10)]
        named = {entry["ground"]["consent"] for entry in entries} - {""}
        consents = {id: await Consents(database).named(id) for id in named}
        return entries, {id: each for id, each in consents.items() if each}, (await log.verify()).sound
    finally:
        log.close()
        await database.close()


async def test_it_is_whole_and_in_the_order_of_time(laid: tuple[Settings, City]) -> None:
    entries, _, sound = await _kept(laid[0])
    assert sound
    assert len(entries) == ASKS + 1
    assert entries[0]["administrative"]["act"] == "CLIENT_IMPORT"
    times = [entry["time"] for entry in entries]
    assert times == sorted(times)
    assert times[0] >= (AT - timedelta(days=DAYS + 2)).isoformat()
    assert times[-1] < AT.isoformat()
    assert len({time[:7] for time in times}) >= 12


async def test_the_policies_decide_every_entry_again_as_it_stands(
    laid: tuple[Settings, City], catalogue: Catalogue
) -> None:
    entries, consents, _ = await _kept(laid[0])
    engine = Engine.load(None, catalogue)
    found = Counter(
        replay(entry, engine, catalogue, consents.get(entry["ground"]["consent"])).outcome for entry in entries
    )
    assert set(found) == {Outcome.EQUAL, Outcome.UNDECIDED}
    assert found[Outcome.UNDECIDED] == sum(entry["code"].startswith(("CONSENT", "REFERENCE")) for entry in entries)
    assert len({entry["code"] for entry in entries}) >= 4


async def test_no_entry_claims_an_answer(laid: tuple[Settings, City]) -> None:
    asks = (await _kept(laid[0]))[0][1:]
    assert {(entry["answer"], entry["document"]) for entry in asks} == {("", "")}
    assert {entry["reference"][: len(REFERENCE)] for entry in asks if entry["reference"]} == {REFERENCE}


async def test_a_log_that_has_begun_stays_as_it_is(laid: tuple[Settings, City]) -> None:
    settings, city = laid
    assert await lay_down(settings, city, AT, 10) == 0
    assert len((await _kept(settings))[0]) == ASKS + 1


def test_who_wants_no_past_gets_none(tmp_path: Path) -> None:
    city = prepare(tmp_path, people=3, database=None, at=AT)
    settings = load({}, data=tmp_path).settings
    assert asyncio.run(lay_down(settings, city, AT, 0)) == 0
    assert asyncio.run(lay_down(settings, City(0, city.seed, city.day, city.urls), AT, 10)) == 0
    assert asyncio.run(_kept(settings))[0] == []


async def test_the_first_look_at_the_dashboard_shows_a_year(laid: tuple[Settings, City]) -> None:
    app = build(laid[0], environ={}, clock=lambda: AT)
    async with app.router.lifespan_context(app):
        analyst, auditor = Visitor(app), Visitor(app)
        await analyst.signed_in("he.yan")
        page = await analyst.get("/dashboard/statistics")
        assert page.status_code == 200
        assert "2026-10" in page.text
        await auditor.signed_in("sun.hao")
        asks = await auditor.get("/dashboard/asks?span=365")
        assert "2025-12" in asks.text
        assert "CONSENT_REQUIRED" in (await auditor.get("/dashboard/refusals?span=365")).text
        await analyst.http.aclose()
        await auditor.http.aclose()
