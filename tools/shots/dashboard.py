"""The dashboard's pages over a city with three months of asks, as those see them who work there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from playwright.async_api import Page

from exchange.store import verification
from exchange.store.database import Database
from gateway.app import build, now
from gateway.demo.start import prepare
from gateway.settings import load
from tools.shots.camera import Camera
from tools.shots.history import alarm, consents, fill

_PEOPLE = 300
_SUPERVISOR, _ANALYST = "lin.wei", "he.yan"
PAGES = {
    "overview": ("/dashboard", _SUPERVISOR),
    "asks": ("/dashboard/asks?by=purpose&span=90", _SUPERVISOR),
    "refusals": ("/dashboard/refusals", _SUPERVISOR),
    "alarms": ("/dashboard/alarms", _SUPERVISOR),
    "departments": ("/dashboard/departments", _SUPERVISOR),
    "log": ("/dashboard/log", _SUPERVISOR),
    "statistics": ("/dashboard/statistics?of=asks&by=purpose", _ANALYST),
    "consents": ("/dashboard/consents", _ANALYST),
    "coverage": ("/dashboard/coverage", _ANALYST),
    "matrix": ("/dashboard/matrix", _SUPERVISOR),
    "why": ("/dashboard/why", _SUPERVISOR),
}
"""Name of the picture → address, and who looks."""
_QUERY = """{ preview(query: "{ me { role } }") { refusal { code } } }"""


@asynccontextmanager
async def city() -> AsyncIterator[str]:
    """Address of a demo whose log has a history."""
    with TemporaryDirectory() as folder:
        data = Path(folder) / "demo"
        await asyncio.to_thread(prepare, data, people=_PEOPLE, database=None, at=now())
        app = build(load({}, data=data).settings, environ={})
        async with app.router.lifespan_context(app):
            gateway = app.state.gateway
            await fill(gateway, now())
            await gateway.consents.add(consents(now()))
            earlier = now() - timedelta(hours=20)
            for one in (alarm(now()), alarm(earlier, "app.core", "bank-system"), alarm(earlier, "zhou.qi")):
                await gateway.services.alarms.keep(one)
            database = await Database.open(load({}, data=data).settings.store_url)
            await verification.note(database, earlier, await gateway.log.verify())
            await database.close()
            server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
            serving = asyncio.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110  (uvicorn tells it in no other way)
                await asyncio.sleep(0.05)
            try:
                yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
            finally:
                server.should_exit = True
                await serving


async def shoot(camera: Camera) -> None:
    wanted = [name for name in os.environ.get("SHOTS", "").split(",") if name] or list(PAGES)
    async with city() as address:
        here = replace(camera, address=address)
        for name in wanted:
            path, user = PAGES[name]

            async def prepare(page: Page, user: str = user) -> None:
                if await page.locator("body.frame").count() == 0:
                    await page.locator("a[href*='/sign-in']").first.click()
                    await page.locator(f"button[value='{user}']").click()
                await page.locator("body.frame").wait_for()
                await page.wait_for_timeout(400)

            await here.take(f"dashboard-{name}", path, prepare)
            if name == "asks":
                await here.take("dashboard-asks-zh", path, prepare, locale="zh-CN")
