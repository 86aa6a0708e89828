"""One reader's visit to the explorer: the page, and all that went wrong or went outside."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, Route

_MODEL = "([name, text]) => globalThis.__MONACO.editor.getModels().find((model) => model.uri.path.endsWith(name))"
"""The text behind one of GraphiQL's editors."""


@dataclass
class Visit:
    page: Page
    outside: list[str] = field(default_factory=list)
    """Addresses of requests to anything but the server; none of them got through."""
    addresses: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """Console errors, policy violations, uncaught exceptions."""

    async def ready(self) -> None:
        await self.page.locator(".graphiql-query-editor .view-lines").wait_for()
        await self.page.get_by_role("status").filter(has_text="Token ready").wait_for()
        await self.page.locator(".graphiql-editor-tool .view-line", has_text="{").first.wait_for()

    async def choose(self, label: str, option: str) -> None:
        """By the option's value, through the labelled control."""
        await self.page.get_by_label(label, exact=True).select_option(option)

    async def query(self) -> str:
        return await self._text("operation.graphql")

    async def variables(self) -> dict[str, Any]:
        return json.loads(await self.variables_text())

    async def variables_text(self) -> str:
        return await self._text("variables.json")

    async def answer(self) -> str:
        return await self._text("response.json")

    async def write(self, query: str) -> None:
        await self.page.evaluate(_MODEL + ".setValue(text)", ["operation.graphql", query])

    async def run(self) -> dict[str, Any]:
        await self.page.get_by_role("button", name="Execute query").click()
        await self.page.wait_for_function(_MODEL + ".getValue().includes('}')", arg=["response.json"])
        return json.loads(await self.answer())

    async def _text(self, name: str) -> str:
        return await self.page.evaluate(_MODEL + ".getValue()", [name])


@asynccontextmanager
async def visit(browser: Browser, address: str, **context: Any) -> AsyncIterator[Visit]:
    async with await browser.new_context(
        **{"locale": "en-GB", "viewport": {"width": 1440, "height": 900}} | context
    ) as own:
        page = await own.new_page()
        seen = Visit(page)

        async def gate(route: Route) -> None:
            url = route.request.url
            seen.addresses.append(url)
            if url.startswith((address, f"blob:{address}")):
                await route.continue_()
            else:
                seen.outside.append(url)
                await route.abort()

        def heard(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                seen.complaints.append(message.text)

        await own.route("**/*", gate)
        page.on("console", heard)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        await page.goto(f"{address}/graphql")
        yield seen
