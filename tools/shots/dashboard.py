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

import httpx
import uvicorn
from playwright.async_api import Page
from starlette.applications import Starlette

from exchange.store import verification
from exchange.store.database import Database
from gateway.app import build, now
from gateway.clients import Clients
from gateway.demo.issuer import Issuer
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.start import prepare
from gateway.founding import words
from gateway.settings import Settings, load
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
_QUERY = """query($id: IdNumber!, $reference: String) {
  person(idNumber: $id, purpose: LOAN_APPROVAL, reference: $reference) {
    financial { loanAccounts { balance } }
    housingFund { housingFundAccount { accountStatus } }
    socialSecurity { medicalInsurance { enrolmentStatus } }
    taxation { hasTaxArrearsRecords hasTaxViolations }
    courts { hasEnforcementCases hasDishonestJudgmentDebtors }
    marketRegulation { administrativePenalties { penaltyType } }
    utilities { hasUtilityArrearsRecords }
    publicSecurity { personIdentity { name } }
  }
}"""


@asynccontextmanager
async def city() -> AsyncIterator[str]:
    """Address of a demo whose log has a history."""
    with TemporaryDirectory() as folder:
        data = Path(folder) / "demo"
        await asyncio.to_thread(prepare, data, people=_PEOPLE, database=None, at=now())
        settings = load({}, data=data).settings
        app = build(settings, environ={})
        async with app.router.lifespan_context(app):
            gateway = app.state.gateway
            await fill(gateway, now())
            await gateway.consents.add(consents(now()))
            earlier = now() - timedelta(hours=20)
            await _asked(app, settings)
            for one in (alarm(now()), alarm(earlier, "app.core", "bank-system"), alarm(earlier, "zhou.qi")):
                await gateway.services.alarms.keep(one)
            database = await Database.open(settings.store_url)
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


async def _asked(app: Starlette, settings: Settings) -> None:
    """A bank has asked about every test person, so that departments have answered."""
    gateway = app.state.gateway
    assert settings.demo_issuer
    assert settings.clients
    issuer = Issuer.open(settings.demo_issuer, issuer=settings.issuer, audience=settings.audience)
    client = Clients.read(settings.clients, words(gateway.policies.current.engine, gateway.services.catalogue)).find(
        "bank-system"
    )
    assert client
    token = issuer.token("bank-system", client, at=now(), lasts=timedelta(minutes=5))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
        for person in TEST_PEOPLE:
            body = {"query": _QUERY, "variables": {"id": person.id_number, "reference": "APP-2026-0001"}}
            await http.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})


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
