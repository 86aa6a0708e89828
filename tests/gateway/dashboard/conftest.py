"""The dashboard over the demo: in the tests' own process for what is on the wire, and in a Chromium for what is seen.

async def test_…(browser, city):
    async with signed_in(browser, city, "sun.hao") as seen:      # users: gateway/demo/users.py
        await seen.page.goto(f"{city}/dashboard/matrix")
        …
        assert seen.complaints == []                             # console errors, policy violations
        await seen.accessible()                                  # axe: nothing serious
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from gateway.app import build as build_gateway
from gateway.app import now
from gateway.demo.start import prepare
from gateway.settings import load
from tests.acceptance.running import started
from tests.gateway.dashboard.visitor import Clock, Visitor
from tests.web.conftest import browser as browser
from tests.web.conftest import build as build
from tools.shots.history import consents, fill


def in_a_loop_of_its_own(work: Coroutine[Any, Any, None]) -> None:
    """A session's fixture has none."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


@dataclass
class Dashboard:
    app: Starlette
    clock: Clock
    data: Path

    def visitor(self) -> Visitor:
        return Visitor(self.app)


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("dashboard") / "data"
    prepare(data, people=5, database=None, at=now())
    return data


@pytest.fixture
async def dashboard(demo_data: Path) -> AsyncIterator[Dashboard]:
    clock = Clock()
    app = build_gateway(load({}, data=demo_data).settings, environ={}, clock=clock)
    async with app.router.lifespan_context(app):
        yield Dashboard(app, clock, demo_data)
        await asyncio.sleep(0)


@pytest.fixture
async def visitor(dashboard: Dashboard) -> AsyncIterator[Visitor]:
    found = dashboard.visitor()
    yield found
    await found.http.aclose()


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city whose log has a history of seventy days."""
    data = tmp_path_factory.mktemp("past") / "data"
    prepare(data, people=5, database=None, at=now())

    async def sealed() -> None:
        app = build_gateway(load({}, data=data).settings, environ={})
        async with app.router.lifespan_context(app):
            await fill(app.state.gateway, now(), 70)
            await app.state.gateway.consents.add(consents(now()))

    in_a_loop_of_its_own(sealed())
    return data


@pytest.fixture
async def filled(past: Path) -> AsyncIterator[Dashboard]:
    clock = Clock()
    app = build_gateway(load({}, data=past).settings, environ={}, clock=clock)
    async with app.router.lifespan_context(app):
        yield Dashboard(app, clock, past)
        await asyncio.sleep(0)


@pytest.fixture(scope="session")
def city(build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """Address of the demo itself, with the dashboard's files built before it started."""
    build.build_dashboard()
    with started(tmp_path_factory.mktemp("city") / "data", people=50) as running:
        yield running.url
