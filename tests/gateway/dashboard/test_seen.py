"""The frame as it is seen and worked with, in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

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
        assert not [each for each in seen.addresses if "eyJ" in each]


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
        assert await seen.page.evaluate("document.activeElement.id") == "content"


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


async def test_a_page_weighs_less_than_250_kilobytes(browser: Browser, city: str) -> None:
    """As it is without compression on the way: with it, the more so."""
    async with visiting(browser, city) as seen:
        sizes: list[int] = []
        seen.page.on("response", lambda response: sizes.append(int(response.headers.get("content-length", "0"))))
        await sign_in(seen, city, "sun.hao")
        sizes.clear()
        await seen.page.reload(wait_until="networkidle")
        assert 0 < sum(sizes) < 250_000
