"""However long the log is, a page costs the same statements, and each of them is answered from an index or a sum."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from exchange.store.database import Database, Row
from gateway.app import build, now
from gateway.dashboard import live
from gateway.demo.start import prepare
from gateway.settings import load
from tests.exchange.store.test_index import plans, scanned
from tests.gateway.dashboard.visitor import Clock, Visitor
from tools.shots.history import consents, fill

PAGES = {
    "/dashboard/asks": "lin.wei",
    "/dashboard/asks?by=district&span=365": "lin.wei",
    "/dashboard/refusals": "lin.wei",
    "/dashboard/refusals?code=CONSENT_REQUIRED&span=90": "sun.hao",
    "/dashboard/alarms": "lin.wei",
    "/dashboard/departments": "sun.hao",
    "/dashboard/log": "sun.hao",
    "/dashboard/statistics?of=asks&by=purpose": "he.yan",
    "/dashboard/statistics?of=releases&by=recordType": "he.yan",
    "/dashboard/statistics?of=states&by=department": "he.yan",
    "/dashboard/consents": "he.yan",
    "/dashboard/coverage": "he.yan",
}
MOST = 14
"""Statements that read for one page, the session and the reader's own rights among them …"""
MOST_OF_MONTHS = 60
"""… and where twelve months are told, of which those that are empty are looked for again."""
LARGE = {"log", "log_index", "log_person", "log_decided", "log_node", "consent", "i", "p"}
"""Tables that grow with the asks."""


@dataclass
class Watched:
    visitor: Visitor
    gateway: Any
    database: Database
    read: list[tuple[str, Sequence[Any]]] = field(default_factory=list)

    async def statements(self, path: str) -> list[tuple[str, Sequence[Any]]]:
        """What the store was asked for one page."""
        self.read.clear()
        page = await self.visitor.get(path)
        assert page.status_code == 200, page.text
        return [*self.read]


@pytest.fixture
async def watched(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    data = tmp_path / "data"
    await asyncio.to_thread(prepare, data, people=1, database=None, at=now(), store=store_url)
    app = build(load({"GATEWAY_STORE": store_url}, data=data).settings, environ={}, clock=Clock())
    database = await Database.open(store_url)
    kind = type(database)
    found = Watched(Visitor(app), None, database)
    asked = kind.read

    async def read(self: Any, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        found.read.append((sql, parameters))
        return await asked(self, sql, parameters)

    async with app.router.lifespan_context(app):
        found.gateway = app.state.gateway
        await fill(found.gateway, now(), 70)
        await found.gateway.consents.add(consents(now()))
        monkeypatch.setattr(kind, "read", read)
        monkeypatch.setattr(live, "LASTS_S", 0.0)
        yield found
        monkeypatch.undo()
    await database.close()


async def test_no_page_passes_over_the_log_and_a_longer_one_costs_no_more(watched: Watched) -> None:
    visitor = watched.visitor
    counts: dict[str, int] = {}
    seen: dict[str, Sequence[Any]] = {}
    for path, user in PAGES.items():
        await visitor.signed_in(user)
        await visitor.get(path)  # counts what was sealed since, and months that nobody asked for yet
        statements = await watched.statements(path)
        counts[path] = len(statements)
        seen |= dict(statements)
    months = {path for path in PAGES if "statistics" in path or "consents" in path}
    assert max(count for path, count in counts.items() if path not in months) <= MOST, counts
    assert max(counts[path] for path in months) <= MOST_OF_MONTHS, counts
    assert seen
    for sql, parameters in seen.items():
        plan = await plans(watched.database, sql, list(parameters))
        passed = [step for step in scanned(plan) if LARGE & set(step.split())]
        assert passed == [], f"{sql}\n{plan}"
    rare = next(sql for sql in seen if "i.code = ?" in sql)
    assert "log_index_code" in await plans(watched.database, rare, list(seen[rare]))  # however many other refusals
    await fill(watched.gateway, now(), 70)
    for path, user in PAGES.items():
        await visitor.signed_in(user)
        await visitor.get(path)
        assert len(await watched.statements(path)) == counts[path], path
