"""The explorer: before sending, after sending, refused, and in Chinese."""

from __future__ import annotations

from playwright.async_api import Page

from tools.shots.camera import Camera

_PATH = "/graphql"


async def _ready(page: Page) -> None:
    await page.locator(".graphiql-query-editor .view-lines").wait_for()
    await page.locator(".treatment-badge").first.wait_for(state="attached")


async def _panel(page: Page) -> None:
    """On a narrow page the panel is opened by hand."""
    if not await page.locator(".exchange").is_visible():
        await page.get_by_role("button", name="Show Disclosure preview").click()
    await page.locator(".exchange-fields").first.wait_for()
    await page.mouse.move(0, 0)


async def before(page: Page) -> None:
    await _ready(page)
    await _panel(page)


async def after(page: Page) -> None:
    await _ready(page)
    await _panel(page)
    await page.get_by_role("button", name="Execute query").click()
    await page.locator(".exchange-disclosure").first.wait_for()
    await page.mouse.move(0, 0)


async def refused(page: Page) -> None:
    await _ready(page)
    await _panel(page)
    await page.evaluate(
        """() => {
          const models = globalThis.__MONACO.editor.getModels();
          const variables = models.find((model) => model.uri.path.endsWith("variables.json"));
          const { reference, ...kept } = JSON.parse(variables.getValue());
          variables.setValue(JSON.stringify(kept, null, 2));
        }"""
    )
    await page.locator(".exchange-refused").first.wait_for()
    await page.mouse.move(0, 0)


async def shoot(camera: Camera) -> None:
    await camera.take("explorer-before", _PATH, before)
    await camera.take("explorer-after", _PATH, after)
    await camera.take("explorer-refused", _PATH, refused)
    await camera.take("explorer-zh", _PATH, before, locale="zh-CN")
