"""What refusals say in the explorer, in the reader's language."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from exchange.refusals import ReferenceRequired
from tests.web.visit import visit
from tools.refusals import TARGET, printed


def test_the_explorer_has_the_words_of_today() -> None:
    assert TARGET.read_text("utf-8") == printed(), "run python -m tools.refusals"


@pytest.mark.browser
@pytest.mark.node
async def test_a_refusal_is_told_in_chinese_before_and_after(browser: Browser, demo: str) -> None:
    async with visit(browser, demo, locale="zh-CN") as seen:
        page = seen.page
        await page.get_by_role("status").filter(has_text="令牌").wait_for()
        await page.locator(".graphiql-query-editor .view-lines").wait_for()
        await seen.write('query Bare { person(idNumber: "530199199003070015", purpose: LOAN_APPROVAL) { idNumber } }')
        note = page.locator(".exchange-refused")
        for _ in range(2):
            await expect(note).to_contain_text(ReferenceRequired.code)
            await expect(note).to_contain_text(ReferenceRequired.zh)
            await expect(note).to_contain_text(ReferenceRequired.help_zh)
            await expect(note).not_to_contain_text(re.compile("An ask for this|Give 'reference'"))
            await seen.run()
            await page.locator("[role=tab]").last.click()
        assert seen.complaints == []
