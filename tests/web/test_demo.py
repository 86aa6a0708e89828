"""The explorer over the demo itself: its own picker, policy headers, tokens, schema and people."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.web.visit import visit

pytestmark = [pytest.mark.browser, pytest.mark.node]


async def test_a_newcomer_presses_one_button_and_reads_a_profile(browser: Browser, demo: str) -> None:
    async with visit(browser, demo) as seen:
        await seen.ready()
        answer = await seen.run()
        assert "errors" not in answer
        person = answer["data"]["person"]
        assert person["idNumber"].startswith("5***")
        assert person["disclosure"]["complete"] is True
        assert {one["state"] for one in person["disclosure"]["sources"]} <= {"DELIVERED", "ABSENT", "WITHHELD"}
        assert seen.outside == []
        assert seen.complaints == []


async def test_every_client_with_a_purpose_is_answered_its_first_example(browser: Browser, demo: str) -> None:
    """By the page's own choices alone. A refusal on the ground of data or consent is no fault of the page."""
    async with visit(browser, demo) as seen:
        await seen.ready()
        clients = await seen.page.get_by_label("Client").locator("option").evaluate_all("all => all.map(o => o.value)")
        clients.remove("pasted")  # somebody's own token
        assert len(clients) >= 15
        asked = 0
        for client in clients:
            await seen.choose("Client", client)
            if await seen.page.get_by_label("Purpose").is_disabled():
                continue
            await seen.page.get_by_role("status").filter(has_text="Token ready").wait_for()
            answer = await seen.run()
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert codes <= {"CONSENT_REQUIRED", "SOURCE_UNAVAILABLE"}, client
            assert "data" in answer, client
            asked += 1
        assert asked >= 12
        assert seen.complaints == []


async def test_the_person_reads_the_own_report_in_full(browser: Browser, demo: str) -> None:
    async with visit(browser, demo) as seen:
        await seen.ready()
        await seen.choose("Client", "person")
        await seen.page.get_by_role("status").filter(has_text="Token ready").wait_for()
        answer = await seen.run()
        number = await seen.page.get_by_label("Test person").input_value()
        assert answer["data"]["person"]["publicSecurity"]["personIdentity"]["idNumber"] == number


async def test_the_preview_and_the_status_are_answered(browser: Browser, demo: str) -> None:
    async with visit(browser, demo) as seen:
        await seen.ready()
        for example, root in (("What would I see?", "access"), ("Who am I, which sources answer?", "me")):
            await seen.page.get_by_label("Example query").select_option(label=example)
            answer = await seen.run()
            assert answer["data"][root]["role"] == "bank-system"


async def test_purposes_are_named_in_chinese(browser: Browser, demo: str) -> None:
    async with visit(browser, demo, locale="zh-CN") as seen:
        await expect(seen.page.get_by_label("查询方")).to_contain_text("演示银行甲")
        titles = seen.page.get_by_label("查询目的").locator("option")
        await expect(titles.first).to_contain_text("贷款")
        assert all(any(sign >= "\u4e00" for sign in title) for title in await titles.all_text_contents())
