"""Somebody at the dashboard in a real Chromium that reaches nothing but the gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Route

AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
_REFUSED = ("Failed to load resource: the server responded with a status of 4", "Response Status Error Code 4")
"""What Chromium and htmx say of a page or a fragment that was refused on purpose."""


@dataclass
class Seen:
    page: Page
    context: BrowserContext
    outside: list[str] = field(default_factory=list)
    """Addresses of requests to anything but the gateway; none of them got through."""
    addresses: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """Console errors, policy violations, uncaught exceptions; not refusals."""

    async def accessible(self) -> None:
        """No finding of axe that is serious, at the page as it stands."""
        await self.page.evaluate(AXE.read_text("utf-8"))
        found = await self.page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        )
        bad = [
            f"{one['id']}: {[node['html'] for node in one['nodes']][:3]}" for one in found if one["impact"] in SERIOUS
        ]
        assert bad == []


@asynccontextmanager
async def visiting(browser: Browser, address: str, **context: Any) -> AsyncIterator[Seen]:
    """Nobody is signed in yet."""
    given = {"locale": "en-GB", "viewport": {"width": 1440, "height": 900}} | context
    async with await browser.new_context(**given) as own:
        page = await own.new_page()
        seen = Seen(page, own)

        async def gate(route: Route) -> None:
            url = route.request.url
            seen.addresses.append(url)
            if url.startswith(address):
                await route.continue_()
            else:
                seen.outside.append(url)
                await route.abort()

        def heard(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and not message.text.startswith(_REFUSED):
                seen.complaints.append(message.text)

        await own.route("**/*", gate)
        own.on("console", heard)
        own.on("weberror", lambda error: seen.complaints.append(str(error.error)))
        yield seen


async def sign_in(seen: Seen, address: str, user: str, back: str = "/dashboard") -> None:
    await seen.page.goto(f"{address}/dashboard/sign-in?next={back}")
    await seen.page.locator(f"button[value='{user}']").click()
    await seen.page.locator("body.frame").wait_for()


@asynccontextmanager
async def signed_in(browser: Browser, address: str, user: str, **context: Any) -> AsyncIterator[Seen]:
    """`user`: of gateway/demo/users.py."""
    async with visiting(browser, address, **context) as seen:
        await sign_in(seen, address, user)
        yield seen
