"""GraphiQL in a browser that reaches this server alone, under the server's own content security policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.web.stand_in import PEOPLE, StandIn
from tests.web.visit import Visit, visit

pytestmark = [pytest.mark.browser, pytest.mark.node]

CLEAN, LATE = (one["id_number"] for one in PEOPLE)


@pytest.fixture
def stand_in(built: Path) -> StandIn:
    assert (built / "index.html").is_file()
    return StandIn()


@pytest.fixture
def address(stand_in: StandIn, served: Callable) -> Iterator[str]:
    with served(stand_in.app(demo=True)) as address:
        yield address


@pytest.fixture
def production(stand_in: StandIn, served: Callable) -> Iterator[str]:
    with served(stand_in.app(demo=False)) as address:
        yield address


async def test_it_asks_as_the_chosen_client_about_the_chosen_person(
    browser: Browser, address: str, stand_in: StandIn
) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        assert await seen.variables() == {"id": CLEAN, "purpose": "LOAN_APPROVAL", "reference": "SQ-1"}
        await seen.choose("Test person", LATE)
        await seen.choose("Purpose", "POST_LOAN")
        await expect(seen.page.locator(".story")).to_contain_text("4 years 11 months")
        answer = await seen.run()
        assert answer["data"]["person"]["idNumber"] == "5****************5"
        ((token, request),) = stand_in.asked
        assert token == "bank-system-1"
        assert request["operationName"] == "Profile"
        assert request["variables"] == {"id": LATE, "purpose": "POST_LOAN", "reference": "HT-1"}
        assert seen.complaints == []


async def test_no_request_leaves_for_anywhere_else_and_no_address_names_a_person(
    browser: Browser, address: str
) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.page.get_by_role("button", name="Show Documentation Explorer").click()
        await expect(seen.page.locator(".graphiql-doc-explorer")).to_contain_text("Query")
        await seen.run()
        assert seen.outside == []
        assert [one for one in seen.addresses if CLEAN in one or "bank-system" in one] == []
        assert seen.complaints == []


async def test_the_editor_knows_the_schema(browser: Browser, address: str) -> None:
    """A field that does not exist is underlined, by a worker that this server sent."""
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.write("query Wrong { me { nonsense } }")
        await seen.page.locator(".graphiql-query-editor .squiggly-error").first.wait_for(state="attached")
        workers = [worker.url for worker in seen.page.workers]
        assert any("/graphql.worker" in url for url in workers)
        assert [url for url in workers if not url.startswith(f"{address}/static/graphiql/")] == []


async def test_a_new_client_brings_its_own_purpose_example_and_token(
    browser: Browser, address: str, stand_in: StandIn
) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.choose("Client", "hrs-clerk")
        await seen.ready()
        assert "query Employment" in await seen.query()
        assert await seen.variables() == {"id": CLEAN, "purpose": "BENEFIT_ELIGIBILITY", "reference": "DOC-1"}
        await seen.run()
        ((token, _),) = stand_in.asked
        assert token.startswith("hrs-clerk-")
        assert "id_number" not in stand_in.tokens[-1]


async def test_a_persons_token_follows_the_chosen_person(browser: Browser, address: str, stand_in: StandIn) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.choose("Client", "person")
        await seen.choose("Test person", LATE)
        await seen.ready()
        assert stand_in.tokens[-1] == {"client": "person", "id_number": LATE}
        assert "query OwnReport" in await seen.query()
        assert (await seen.variables())["purpose"] == "SELF_QUERY"


async def test_a_query_of_ones_own_is_kept_when_the_client_changes(browser: Browser, address: str) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.write("query Mine($purpose: Purpose!) { access(purpose: $purpose) { role } }")
        await expect(seen.page.get_by_label("Example query")).to_have_value("")
        await seen.choose("Client", "hrs-clerk")
        await seen.ready()
        assert (await seen.query()).startswith("query Mine")
        assert await seen.variables() == {"purpose": "BENEFIT_ELIGIBILITY"}


async def test_the_access_preview_names_no_person(browser: Browser, address: str) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.page.get_by_label("Example query").select_option(label="What would I see?")
        await expect(seen.page.get_by_label("Example query")).not_to_have_value("")
        assert "query Preview" in await seen.query()
        assert await seen.variables() == {"purpose": "LOAN_APPROVAL"}


async def test_a_client_without_a_purpose_says_so(browser: Browser, address: str) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.choose("Client", "analyst")
        await expect(seen.page.get_by_label("Purpose")).to_be_disabled()
        await expect(seen.page.get_by_label("Purpose")).to_contain_text("No purpose is permitted")


async def test_an_expired_token_is_renewed_once(browser: Browser, address: str, stand_in: StandIn) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        stand_in.revoked.add("bank-system-1")
        await seen.run()
        ((token, _),) = stand_in.asked
        assert token == "bank-system-2"


async def test_token_and_person_do_not_outlive_the_page(browser: Browser, address: str) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.run()
        await seen.page.wait_for_timeout(700)  # GraphiQL stores its tabs half a second after the last change
        kept = await seen.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert CLEAN not in kept
        assert "bank-system" not in kept
        assert await seen.page.evaluate("Object.keys(localStorage)") == ["graphiql:language"]


async def test_it_speaks_chinese_and_remembers(browser: Browser, address: str) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.page.get_by_role("button", name="中文").click()
        await expect(seen.page.get_by_label("查询目的")).to_contain_text("贷款审批")
        await expect(seen.page.get_by_label("查询方")).to_contain_text("演示银行甲")
        assert await seen.page.evaluate("document.documentElement.lang") == "zh-CN"
        await seen.page.reload()
        await expect(seen.page.get_by_label("测试人物")).to_be_visible()


async def test_a_chinese_browser_is_greeted_in_chinese(browser: Browser, address: str) -> None:
    async with visit(browser, address, locale="zh-CN") as seen:
        await expect(seen.page.get_by_label("示例查询")).to_be_visible()


async def test_the_bar_is_worked_by_keyboard(browser: Browser, address: str) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        order = []
        for _ in range(5):
            await seen.page.keyboard.press("Tab")
            order.append(await seen.page.evaluate("document.activeElement.name || document.activeElement.textContent"))
        assert order == ["中文", "client", "purpose", "person", "example"]
        await seen.page.get_by_label("Test person").press("ArrowDown")
        await expect(seen.page.get_by_label("Test person")).to_have_value(LATE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_nothing_is_cut_off(width: int, scheme: str, browser: Browser, address: str, tmp_path: Path) -> None:
    async with visit(browser, address, viewport={"width": width, "height": 900}, color_scheme=scheme) as seen:
        await seen.ready()
        await seen.run()
        await seen.page.mouse.move(0, 0)
        await seen.page.screenshot(path=tmp_path / f"{width}-{scheme}.png", full_page=True)
        assert await seen.page.evaluate("document.documentElement.scrollWidth") == width
        for control in ("Client", "Purpose", "Test person", "Example query"):
            box = await seen.page.get_by_label(control).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        ground = await seen.page.locator(".bar").evaluate("(bar) => getComputedStyle(bar).backgroundColor")
        assert ground == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(28, 36, 48)")
        for pane in (".graphiql-query-editor", ".graphiql-response"):
            box = await seen.page.locator(pane).bounding_box()
            assert box is not None
            assert box["width"] >= 250
            assert box["height"] >= 200


async def test_outside_the_demo_a_token_is_pasted(browser: Browser, production: str, stand_in: StandIn) -> None:
    async with visit(browser, production) as seen:
        field = seen.page.get_by_label("Bearer token")
        await expect(seen.page.get_by_role("status")).to_contain_text("Paste a token")
        await field.fill("Bearer pasted-by-hand")
        await field.press("Enter")
        await expect(field).to_have_value("")
        await seen.page.locator(".graphiql-query-editor .view-lines").wait_for()
        await seen.write("query Mine { me { role } }")
        await seen.run()
        assert [token for token, _ in stand_in.asked] == ["pasted-by-hand"]
        kept = await seen.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert "pasted-by-hand" not in kept
        await seen.page.get_by_role("button", name="Forget").click()
        await seen.page.get_by_role("button", name="Execute query").click()
        await expect(seen.page.locator(".graphiql-response")).to_contain_text("UNAUTHENTICATED")
        assert len(stand_in.asked) == 1


async def test_a_token_that_ends_in_the_middle_of_work_leaves_what_was_written(
    browser: Browser, production: str, stand_in: StandIn
) -> None:
    async with visit(browser, production) as seen:
        await _paste_token(seen, "first")
        await seen.page.locator(".graphiql-query-editor .view-lines").wait_for()
        await seen.write("query Mine { me { role } }")
        await seen.run()
        stand_in.revoked.add("first")
        assert "UNAUTHENTICATED" in json.dumps(await seen.run())
        await expect(seen.page.locator(".exchange")).to_contain_text("UNAUTHENTICATED")
        assert await seen.query() == "query Mine { me { role } }"
        await _paste_token(seen, "second")
        assert (await seen.run())["data"]["me"]["role"] == "hrs-clerk"
        assert [token for token, _ in stand_in.asked] == ["first", "second"]


async def test_what_was_answered_goes_with_the_token_and_does_not_come_back(
    browser: Browser, production: str, stand_in: StandIn
) -> None:
    async with visit(browser, production) as seen:
        page = seen.page
        await _paste_token(seen, "by-hand")
        await page.locator(".graphiql-query-editor .view-lines").wait_for()
        await seen.write("query Mine { me { role } }")
        await seen.run()
        await page.get_by_role("button", name="Forget").click()
        await expect(page.locator(".graphiql-response")).not_to_contain_text("hrs-clerk")
        assert await seen.answer() == ""
        await _paste_token(seen, "by-hand")
        await seen.run()
        await page.goto("about:blank")
        await page.go_back()
        await expect(page.get_by_role("status")).to_contain_text("Paste a token")
        assert "hrs-clerk" not in await page.content()
        await page.get_by_role("button", name="Execute query").wait_for()
        assert len(stand_in.asked) == 2


async def _paste_token(seen: Visit, token: str) -> None:
    field = seen.page.get_by_label("Bearer token")
    await field.fill(token)
    await field.press("Enter")
    await expect(field).to_have_value("")
