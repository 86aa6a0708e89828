"""The frame as it is seen and worked with, in a real Chromium."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Awaitable

import pytest
from playwright.async_api import Browser, Response, expect

from gateway.dashboard.page import Page
from gateway.dashboard.pages import PAGES
from tests.gateway.dashboard.seeing import sign_in, signed_in, visiting

pytestmark = [pytest.mark.browser, pytest.mark.node]


async def test_an_auditor_signs_in_looks_and_signs_out(browser: Browser, city: str) -> None:
    async with visiting(browser, city) as seen:
        page = seen.page
        await page.goto(f"{city}/dashboard")
        await seen.accessible()
        await page.get_by_role("link", name="Sign in").click()
        await seen.accessible()
        await page.get_by_role("button", name="Sun Hao").click()
        await expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        await expect(page.get_by_text("sun.hao").first).to_be_visible()
        await seen.accessible()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_role("heading", name="Sign in to the dashboard")).to_be_visible()
        assert "sun.hao" not in await page.content()
        kept = await page.evaluate("[...Object.entries(localStorage), ...Object.entries(sessionStorage)]")
        assert kept in ([], [["htmx-current-path-for-history", "/dashboard"]])  # htmx's own, and no more than the path
        assert await page.evaluate("document.cookie") == ""
        assert seen.outside == []
        assert seen.complaints == []
        assert not [each for each in seen.addresses if re.search(r"eyJ[\w-]+\.", each)]


@pytest.mark.parametrize(("width", "scheme", "locale"), [(1440, "light", "en-GB"), (390, "dark", "zh-CN")])
async def test_the_frame_fits_and_is_accessible(
    browser: Browser, city: str, width: int, scheme: str, locale: str
) -> None:
    look = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme, "locale": locale}
    async with signed_in(browser, city, "lin.wei", **look) as seen:
        await seen.accessible()
        assert await seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert await seen.page.evaluate("document.documentElement.lang") == ("zh-CN" if "zh" in locale else "en")
        assert seen.complaints == []


async def test_the_keyboard_alone_reaches_the_content(browser: Browser, city: str) -> None:
    async with signed_in(browser, city, "sun.hao") as seen:
        await seen.page.keyboard.press("Tab")
        await expect(seen.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await seen.page.keyboard.press("Enter")
        await expect(seen.page.get_by_role("main")).to_be_focused()


async def test_colours_and_language_are_switched_and_stay(browser: Browser, city: str) -> None:
    async with signed_in(browser, city, "sun.hao") as seen:
        await seen.page.get_by_role("button", name="Dark").click()
        await expect(seen.page.locator("html")).to_have_attribute("data-theme", "dark")
        await seen.accessible()
        await seen.page.get_by_role("button", name="中文").click()
        await expect(seen.page.get_by_role("heading", name="概览", level=1)).to_be_visible()
        await seen.page.reload()
        await expect(seen.page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_two_windows_have_two_roles(browser: Browser, city: str) -> None:
    async with signed_in(browser, city, "sun.hao") as one, signed_in(browser, city, "he.yan") as other:
        await one.page.reload()
        await expect(one.page.locator(".who-name")).to_have_text("sun.hao")
        await expect(other.page.locator(".who-name")).to_have_text("he.yan")


async def test_an_old_tab_says_that_somebody_else_is_signed_in(browser: Browser, city: str) -> None:
    async with signed_in(browser, city, "sun.hao") as seen:
        old = seen.page
        seen.page = await seen.context.new_page()
        await sign_in(seen, city, "lin.wei")
        await old.get_by_role("button", name="Sign out").click()
        await expect(old.get_by_text("SESSION_OTHER")).to_be_visible()
        await seen.page.reload()
        await expect(seen.page.locator(".who-name")).to_have_text("lin.wei")
        await old.goto(f"{city}/dashboard")
        await expect(old.locator(".who-name")).to_have_text("lin.wei")


async def test_the_matrix_is_walked_by_keyboard_and_tells_rule_and_basis(browser: Browser, city: str) -> None:
    async with signed_in(browser, city, "he.yan") as seen:
        page = seen.page
        await page.goto(f"{city}/dashboard/matrix?role=bank-system")
        await seen.accessible()
        first = page.locator("td[data-treatment]").first
        await first.focus()
        about = page.locator("#matrix-about")
        await expect(about).to_contain_text("Loan approval · Identity")
        await expect(about).to_contain_text("P-LOAN-BANK")
        await expect(about).to_contain_text("征信业管理条例")
        await page.keyboard.press("ArrowRight")
        await expect(about).to_contain_text("closed by default")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("End")
        await expect(about).to_contain_text("Social assistance")
        await page.locator("td[data-treatment='FULL']").first.hover()
        await expect(about).to_contain_text("in full")
        assert await page.locator('td[tabindex="0"]').count() == 1
        await page.get_by_label("Purpose").select_option("POST_LOAN")
        await expect(page.locator("tbody tr")).to_have_count(1)
        assert seen.complaints == []


@pytest.mark.parametrize("path", ["/dashboard/matrix", "/dashboard/why", "/dashboard/nothing"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
async def test_pages_fit_and_are_accessible(browser: Browser, city: str, path: str, width: int, scheme: str) -> None:
    async with signed_in(
        browser, city, "sun.hao", viewport={"width": width, "height": 844}, color_scheme=scheme, locale="zh-CN"
    ) as seen:
        await seen.page.goto(city + path)
        await seen.accessible()
        assert await seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.complaints == []


async def test_a_session_that_ends_in_the_middle_of_work_leaves_what_was_typed(browser: Browser, city: str) -> None:
    async with signed_in(browser, city, "sun.hao") as seen:
        page = seen.page
        await page.goto(f"{city}/dashboard/why")
        await page.get_by_label("Id of the entry").fill("0123456789abcdef")
        await page.get_by_role("button", name="Look it up").click()
        await expect(page.get_by_text("ENTRY_UNKNOWN")).to_be_visible()
        await seen.context.clear_cookies()
        await page.get_by_role("button", name="Look it up").click()
        await expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
        await expect(page.get_by_label("Id of the entry")).to_have_value("0123456789abcdef")
        await seen.accessible()
        await page.get_by_role("link", name="Sign in again").click()
        await page.get_by_role("button", name="Sun Hao").click()
        await expect(page.get_by_role("heading", name="Why was this refused?")).to_be_visible()
        assert seen.complaints == []


async def test_an_old_tab_does_not_ask_as_the_new_role(browser: Browser, city: str) -> None:
    async with signed_in(browser, city, "sun.hao") as seen:
        old = seen.page
        await old.goto(f"{city}/dashboard/why")
        seen.page = await seen.context.new_page()
        await sign_in(seen, city, "lin.wei")
        await old.get_by_label("Id of the entry").fill("0123")
        await old.get_by_role("button", name="Look it up").click()
        await expect(old.get_by_role("heading", name="Somebody else is signed in now")).to_be_visible()


@pytest.mark.parametrize("each", PAGES, ids=[page.path or "/" for page in PAGES])
async def test_every_page_weighs_less_than_250_kilobytes(browser: Browser, city: str, each: Page) -> None:
    """With all that it loads, as gzip leaves it; live values have no end, and so no weight."""
    async with signed_in(browser, city, "sun.hao") as seen:
        bodies: list[Awaitable[bytes]] = []
        page = await seen.context.new_page()

        def answered(response: Response) -> None:
            if response.headers.get("content-type", "").partition(";")[0] != "text/event-stream":
                bodies.append(response.body())

        page.on("response", answered)
        await page.goto(f"{city}/dashboard{each.path}", wait_until="networkidle")
        sizes = [len(gzip.compress(body)) for body in await asyncio.gather(*bodies)]
        assert len(sizes) >= 3
        assert sum(sizes) < 250_000
