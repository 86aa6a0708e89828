"""One story for each kind of user, in a real Chromium that reaches nothing but the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from exchange.store.alarm import Alarms
from exchange.store.database import Database
from gateway.settings import load
from tests.acceptance.running import Demo, started
from tests.gateway.dashboard.conftest import in_a_loop_of_its_own
from tests.gateway.dashboard.seeing import Seen, signed_in
from tools.shots.history import alarm

pytestmark = [pytest.mark.browser, pytest.mark.node]
BALANCE = "financial { loanAccounts { balance } }"
HOSTILE = '"><img src=x onerror=alert(1)>\u202egnaf\u200b'
SOON_MS = 8_000


@pytest.fixture(scope="module")
def town(build, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:  # type: ignore[no-untyped-def]
    """A demo in which a bank has asked, was refused, and raised two alarms, one of a client with a hostile name."""
    build.build_dashboard()
    with started(tmp_path_factory.mktemp("town") / "data", people=20) as demo:
        for _ in range(3):
            demo.ask("bank-system", "LOAN_APPROVAL", "clean", BALANCE)
        demo.ask("bank-officer", "JUDICIAL_INQUIRY", "clean", BALANCE)
        in_a_loop_of_its_own(_alarmed(demo))
        yield demo


async def _alarmed(demo: Demo) -> None:
    database = await Database.open(load({}, data=demo.data).settings.store_url)
    try:
        for operator, client in (("wu.fang", "bank-officer"), (HOSTILE, HOSTILE)):
            await Alarms(database).keep(alarm(datetime.now(UTC), operator, client))
    finally:
        await database.close()


@asynccontextmanager
async def telling(browser: Browser, town: Demo, user: str, **look: Any) -> AsyncIterator[Seen]:
    async with signed_in(browser, town.url, user, **look) as seen:
        yield seen
        assert seen.complaints == []
        assert seen.outside == []


async def go(seen: Seen, name: str) -> None:
    """By the menu."""
    await seen.page.get_by_role("navigation", name="Menu").get_by_role("link", name=name, exact=True).click()
    await expect(seen.page.get_by_role("heading", level=1)).to_have_text(name)
    await seen.accessible()


async def menu(seen: Seen) -> list[str]:
    return await seen.page.get_by_role("navigation", name="Menu").get_by_role("link").all_inner_texts()


async def test_the_credit_office_follows_a_refusal_and_acknowledges_an_alarm(browser: Browser, town: Demo) -> None:
    async with telling(browser, town, "lin.wei") as seen:
        page = seen.page
        await go(seen, "Asks")
        await expect(page.locator(".chart canvas")).to_be_visible()
        await expect(page.get_by_role("table", name="In all")).to_contain_text("Loan approval")
        await page.get_by_text("As a table").click()
        await expect(page.get_by_role("table", name="Asks over time")).to_be_visible()
        await page.get_by_role("link", name="Client", exact=True).click()
        await expect(page.get_by_role("table", name="In all")).to_contain_text("bank-system")
        async with page.expect_download() as given:
            await page.get_by_role("button", name="Download (CSV)").click()
        assert (await given.value).suggested_filename == "asks-by-client.csv"
        await go(seen, "Refusals")
        await page.locator("select[name=code]").select_option("PURPOSE_NOT_PERMITTED")
        await expect(page).to_have_url(f"{town.url}/dashboard/refusals?span=30&code=PURPOSE_NOT_PERMITTED")
        await page.get_by_role("link", name="Why? PURPOSE_NOT_PERMITTED").first.click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Why was this refused?")
        await expect(page.locator("#entry")).to_contain_text("JUDICIAL_INQUIRY")
        await seen.accessible()
        await go(seen, "Alarms")
        row = page.get_by_role("row").filter(has_text="wu.fang")
        await row.get_by_role("button", name="Acknowledge").click()
        await expect(row).to_contain_text("lin.wei")
        await expect(row.get_by_role("button")).to_have_count(0)
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_role("heading", name="Sign in to the dashboard")).to_be_visible()
        assert "wu.fang" not in await page.content()


async def test_names_that_others_wrote_are_harmless_and_visible(browser: Browser, town: Demo) -> None:
    async with telling(browser, town, "lin.wei") as seen:
        await go(seen, "Alarms")
        row = seen.page.get_by_role("row").filter(has_text="onerror")
        await expect(row).to_contain_text('"><img src=x onerror=alert(1)>U+202EgnafU+200B')
        assert await seen.page.locator("img[src='x']").count() == 0


async def test_an_auditor_sees_the_log_verified_and_may_not_acknowledge(browser: Browser, town: Demo) -> None:
    async with telling(browser, town, "sun.hao") as seen:
        page = seen.page
        assert "Statistics" not in await menu(seen)
        await go(seen, "Log")
        await asyncio.to_thread(town.run, "audit", "verify")
        await page.reload()
        await expect(page.locator(".stat.good")).to_contain_text("Whole and unchanged")
        await page.get_by_text("The whole note").click()
        await expect(page.locator("pre")).to_contain_text("log.demo.invalid")
        await go(seen, "Alarms")
        await expect(page.get_by_role("row").filter(has_text="wu.fang")).to_be_visible()
        await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
        await go(seen, "Refusals")


async def test_an_analyst_sees_counts_and_is_refused_the_rest(browser: Browser, town: Demo) -> None:
    async with telling(browser, town, "he.yan") as seen:
        page = seen.page
        assert not {"Asks", "Refusals", "Alarms", "Log", "Departments"} & set(await menu(seen))
        await go(seen, "Statistics")
        await expect(page.get_by_text("It is never zero")).to_be_visible()
        await page.locator("select[name=by]").select_option("purpose")
        await expect(page.get_by_role("row").filter(has_text="Loan approval")).to_contain_text("<10")
        await go(seen, "Consents")
        await go(seen, "Coverage")
        await expect(page.get_by_text("counted").first).to_be_visible()
        for path, act in (("asks", "ACTIVITY_READ"), ("alarms", "ALARM_READ"), ("log", "LOG_STATE")):
            answer = await page.goto(f"{town.url}/dashboard/{path}")
            assert answer
            assert answer.status == 403
            await expect(page.get_by_role("alert").filter(has_text="ACT_NOT_PERMITTED")).to_contain_text(act)
            await seen.accessible()


async def test_a_department_that_goes_down_shows_without_a_reload(browser: Browser, town: Demo) -> None:
    """As whoever runs the gateway watches it, to whom no count of people and no entry is shown."""
    async with telling(browser, town, "tang.ning") as seen:
        page = seen.page
        assert not {"Asks", "Refusals", "Alarms", "Statistics", "Consents"} & set(await menu(seen))
        await go(seen, "Departments")
        await expect(page.locator("[data-live-state]")).to_have_text("Live")
        row = page.locator("tr[data-department=PBC]")
        await expect(row).to_have_attribute("data-state", "DELIVERED")
        register = town.data / "departments" / "pbc.db"
        aside = register.rename(register.with_suffix(".aside"))
        try:
            await asyncio.to_thread(town.ask, "bank-system", "LOAN_APPROVAL", "clean", BALANCE)
            await expect(row).not_to_have_attribute("data-state", "DELIVERED", timeout=SOON_MS)
            await expect(page.locator("[data-live-said]")).to_contain_text("PBOC Kunming")
            await seen.accessible()
        finally:
            aside.rename(register)
        for _ in range(40):
            await asyncio.to_thread(town.ask, "bank-system", "LOAN_APPROVAL", "clean", BALANCE)
            if await row.get_attribute("data-state") == "DELIVERED":
                break
            await asyncio.sleep(0.5)
        await expect(row).to_have_attribute("data-state", "DELIVERED", timeout=SOON_MS)
        other = await seen.context.new_page()
        await other.goto(f"{town.url}/dashboard")
        await other.get_by_role("button", name="Sign out").click()
        await expect(page.locator("#notice")).to_contain_text("No longer live", timeout=SOON_MS)


async def test_a_bank_officer_has_no_dashboard_and_sees_why(browser: Browser, town: Demo) -> None:
    async with telling(browser, town, "wu.fang") as seen:
        page = seen.page
        assert await menu(seen) == ["Overview"]
        for path in ("asks", "refusals", "alarms", "log", "statistics", "consents", "coverage", "matrix"):
            answer = await page.goto(f"{town.url}/dashboard/{path}")
            assert answer
            assert answer.status == 403
        await expect(page.get_by_role("alert").filter(has_text="ACT_NOT_PERMITTED")).to_contain_text("MATRIX_READ")


PAGES = ("asks", "refusals", "alarms", "departments", "log", "statistics", "consents", "coverage")
LOOKS = [
    {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark", "locale": "zh-CN"},
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "locale": "zh-CN"},
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "locale": "en-GB"},
]


@pytest.mark.parametrize("look", LOOKS, ids=["1440 dark zh", "390 light zh", "390 dark en"])
async def test_every_page_fits_is_accessible_and_small(browser: Browser, town: Demo, look: dict[str, Any]) -> None:
    async with telling(browser, town, "lin.wei", **look) as seen:
        page = seen.page
        for name in PAGES:
            await page.goto(f"{town.url}/dashboard/{name}")
            await expect(page.get_by_role("heading", level=1)).to_be_visible()
            await seen.accessible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= look["viewport"]["width"], name
