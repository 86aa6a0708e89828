"""The explorer's panel over the stand-in: hostile texts, large pastes, what leaves the page, keyboard and axe."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.stand_in import CLIENTS, NOTHING, PEOPLE, StandIn
from tests.web.visit import Visit, visit

pytestmark = [pytest.mark.browser, pytest.mark.node]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = "<img src=x onerror=document.title='owned'>\u202egnp\u200b[a](javascript:alert(1))"
TREATMENTS = ("FULL", "MASKED", "BANDED", "EXISTS", "WITHHELD")


def field(selection: str, treatment: str, line: int, column: int, said: str = "rule-1") -> dict[str, Any]:
    return {
        "selection": selection,
        "item": "PBC03.balance",
        "inputs": ["PBC03.balance"],
        "treatment": treatment,
        "given": treatment != "WITHHELD",
        "rule": said,
        "basis": said,
        "rows": [],
        "ground": "ordinary",
        "nearest": {"rule": said, "treatment": "FULL", "because": said},
        "places": [{"line": line, "column": column, "length": 3}],
    }


def previewing(said: str = "rule-1", **more: Any) -> dict[str, Any]:
    fields = [field(f"person.f{place}", one, 2 + place, 3, said) for place, one in enumerate(TREATMENTS)]
    read = {
        "record": "PBC03",
        "exists": False,
        "items": ["PBC03.balance"],
        "conditions": [],
        "given": [],
        "order": None,
        "first": None,
        "probes": [],
    }
    plan = {"department": "PBC", "reads": [read], "statements": None}
    return {**NOTHING, "purpose": "LOAN_APPROVAL", "ground": "consent", "fields": fields, "departments": [plan], **more}


DOCUMENT = "query Five {\n  one\n  two\n  three\n  four\n  five\n}"


@pytest.fixture
def stand_in(built: Path) -> StandIn:
    assert (built / "index.html").is_file()
    return StandIn()


@pytest.fixture
def address(stand_in: StandIn, served: Callable) -> Iterator[str]:
    with served(stand_in.app(demo=True)) as address:
        yield address


async def _looked(seen: Visit, stand_in: StandIn, text: str = DOCUMENT) -> None:
    await seen.ready()
    before = len(stand_in.looked)
    await seen.write(text)
    await seen.page.locator(".exchange-fields > li").first.wait_for()
    await expect(seen.page.locator(".treatment-badge").first).to_be_attached()
    assert len(stand_in.looked) > before


async def test_a_catalogue_without_names_is_asked_for_once(browser: Browser, address: str, stand_in: StandIn) -> None:
    stand_in.preview = previewing()
    async with visit(browser, address) as seen:
        await _looked(seen, stand_in)
        await seen.write(DOCUMENT + " ")
        await seen.page.wait_for_timeout(900)
    assert [body["operationName"] for _, body in stand_in.looked].count("Names") == 1


async def serious(page: Page) -> list[str]:
    """What axe finds serious or critical, but for what stands inside the editor that others wrote."""
    await page.add_script_tag(path=AXE)
    found = await page.evaluate(
        "() => axe.run({exclude: [['.monaco-editor'], ['.graphiql-sidebar'], ['.graphiql-sessions'],"
        " ['.graphiql-horizontal-drag-bar']]}, {resultTypes: ['violations']})"
    )
    return [
        f"{one['id']}: {one['nodes'][0]['html']} {one['nodes'][0].get('failureSummary', '')}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


async def test_each_field_shows_its_treatment_in_the_editor_and_in_the_panel(
    browser: Browser, address: str, stand_in: StandIn
) -> None:
    stand_in.preview = previewing()
    async with visit(browser, address) as seen:
        await _looked(seen, stand_in)
        badges = seen.page.locator(".view-lines .treatment-badge")
        assert [(await one.inner_text()).strip() for one in await badges.all()] == [
            "full", "masked", "banded", "exists", "withheld",
        ]  # fmt: skip
        listed = seen.page.locator(".exchange-fields .treatment")
        assert await listed.all_inner_texts() == ["full", "masked", "banded", "exists", "withheld"]
        await seen.page.locator(".exchange-fields summary").last.press("Enter")
        await expect(seen.page.locator(".exchange-fields details[open]")).to_contain_text("rule-1")
        await expect(seen.page.locator(".exchange-plan")).to_contain_text("PBC03")
        assert seen.complaints == []


async def test_no_id_number_leaves_the_page_for_a_preview(browser: Browser, address: str, stand_in: StandIn) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        number = PEOPLE[0]["id_number"]
        await seen.write(f'{{ person(idNumber: "{number}", purpose: LOAN_APPROVAL) {{ idNumber }} }}')
        await seen.page.wait_for_timeout(900)
        previews = [body for _, body in stand_in.looked if body["operationName"] == "BeforeSending"]
        assert previews
        assert number not in json.dumps(previews)
        assert previews[-1]["variables"]["text"] == (
            '{ person(idNumber: "111111111111111111", purpose: LOAN_APPROVAL) { idNumber } }'
        )


async def test_typing_asks_once_for_what_stands_at_the_end(browser: Browser, address: str, stand_in: StandIn) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.page.wait_for_timeout(900)
        stand_in.looked.clear()
        for length in range(10, len(DOCUMENT)):
            await seen.write(DOCUMENT[:length])
        await seen.page.wait_for_timeout(900)
        texts = [body["variables"]["text"] for _, body in stand_in.looked if body["operationName"] == "BeforeSending"]
        assert texts[-1] == DOCUMENT[:-1]
        assert len(texts) <= 3


@pytest.mark.parametrize("where", ["preview", "answer", "client"])
async def test_hostile_text_is_shown_and_harmless(
    where: str, browser: Browser, address: str, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.preview = previewing(HOSTILE if where == "preview" else "rule-1")
    if where == "client":
        named = [(id, HOSTILE, HOSTILE, purposes) for id, _, _, purposes in CLIENTS]
        monkeypatch.setattr("tests.web.stand_in.CLIENTS", named)
        monkeypatch.setattr("tests.web.stand_in.PEOPLE", [{**one, "name": HOSTILE, "story": HOSTILE} for one in PEOPLE])
    if where == "answer":
        stand_in.answer = {
            "data": {"person": {"financial": {"name": HOSTILE}}},
            "errors": [{"message": HOSTILE, "path": [HOSTILE], "extensions": {"code": HOSTILE, "help": HOSTILE}}],
            "extensions": {"disclosure": {"person": _disclosure(HOSTILE)}},
        }
    async with visit(browser, address) as seen:
        await _looked(seen, stand_in)
        if where == "answer":
            await seen.run()
            await seen.page.locator(".exchange-disclosure").wait_for()
            shown = seen.page.locator(".exchange")
            await expect(seen.page.locator(".graphiql-response .view-lines")).to_contain_text("[U+200B]")
            await expect(seen.page.locator(".graphiql-response .view-lines")).to_contain_text("[U+202E]")
        elif where == "client":
            shown = seen.page.locator(".picker")
        else:
            for summary in await seen.page.locator(".exchange-fields summary").all():
                await summary.click()
            shown = seen.page.locator(".exchange")
            await seen.page.locator(".view-lines .treated").first.hover()
            await expect(seen.page.locator(".monaco-hover:visible").last).to_contain_text("<img src=x")
            assert await seen.page.locator(".monaco-hover a[href], .monaco-hover img").count() == 0
        await expect(shown).to_contain_text("<img src=x")
        await expect(shown).to_contain_text("U+202E")
        await expect(shown).to_contain_text("U+200B")
        assert "\u202e" not in await shown.inner_text()
        assert await seen.page.title() != "owned"
        assert await seen.page.locator("img").count() == 0
        assert [one for one in seen.complaints if "Content Security Policy" in one] == []
        assert seen.outside == []


def _disclosure(said: str) -> dict[str, Any]:
    near = {"rule": said, "treatment": "FULL", "because": said}
    return {
        "id": "a" * 32,
        "revision": said,
        "standard": said,
        "purpose": said,
        "ground": {"kind": said, "consent": said, "basis": said, "reference": {"kind": said, "number": said}},
        "complete": False,
        "treatments": {"PBC03.balance": "FULL"},
        "withheld": [{"selection": f"person.{said}", "item": said, "rule": said, "basis": said, "nearest": near}],
        "conflicts": [],
        "sources": {"PBC": {"state": "TIMEOUT", "asOf": said}},
    }


async def test_ten_megabytes_are_not_pasted_and_the_page_goes_on(
    browser: Browser, address: str, stand_in: StandIn
) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        page, query = seen.page, "{ me { role } }"
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        for editor, small, read in (
            (".graphiql-query-editor", query, seen.query),
            (".graphiql-editor-tool", '{"role":"role"}', seen.variables_text),
        ):
            await _paste(page, editor, small)
            await expect(page.locator(f"{editor} .view-lines").first).to_contain_text("role")
            await _paste(page, editor, small * 700_000)
            await expect(page.get_by_role("alert").filter(has_text="10,500,000")).to_be_visible()
            await page.wait_for_timeout(500)
            assert await read() == small
        await seen.run()
        assert [body["query"] for _, body in stand_in.asked] == [query]


async def _paste(page: Page, editor: str, text: str) -> None:
    """By the keyboard, over everything that stands there."""
    await page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    await page.locator(f"{editor} .view-lines").first.click()
    await page.keyboard.press("Control+A")
    await page.keyboard.press("Control+V")


async def test_a_text_that_is_too_long_is_not_sent(browser: Browser, address: str, stand_in: StandIn) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.page.wait_for_timeout(900)
        stand_in.looked.clear()
        await seen.write("{ me { role } } # " + "x" * 300_000)
        await expect(seen.page.locator(".exchange")).to_contain_text("There is no preview")
        await seen.page.get_by_role("button", name="Execute query").click()
        await expect(seen.page.locator(".graphiql-response")).to_contain_text("Not sent")
        assert stand_in.asked == []
        assert "xxx" not in json.dumps(stand_in.looked)


async def test_two_tabs_are_two_clients(browser: Browser, address: str, stand_in: StandIn) -> None:
    async with visit(browser, address) as one:
        await one.ready()
        other = await one.page.context.new_page()
        await other.goto(f"{address}/graphql")
        second = Visit(other)
        await second.ready()
        await second.choose("Client", "hrs-clerk")
        await second.ready()
        await one.run()
        await second.run()
        assert [token.rsplit("-", 1)[0] for token, _ in stand_in.asked] == ["bank-system", "hrs-clerk"]


async def test_in_the_demo_too_a_token_can_be_pasted(browser: Browser, address: str, stand_in: StandIn) -> None:
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.choose("Client", "pasted")
        await seen.page.get_by_label("Bearer token").fill("by-hand")
        await seen.page.get_by_role("button", name="Use token").click()
        await expect(seen.page.get_by_label("Purpose")).to_have_value("BENEFIT_ELIGIBILITY")
        assert "query Employment" in await seen.query()
        await seen.run()
        assert [token for token, _ in stand_in.asked] == ["by-hand"]
        kept = await seen.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert "by-hand" not in kept


async def test_a_consent_is_chosen_or_given_by_its_id(browser: Browser, address: str, stand_in: StandIn) -> None:
    stand_in.preview = previewing()
    stand_in.consents = [
        {"id": "c-1", "state": "ACTIVE", "purposes": ["LOAN_APPROVAL"], "items": ["PBC03.balance"], "once": True},
        {"id": "c-2", "state": "ACTIVE", "purposes": ["CARD_APPROVAL"], "items": None, "once": False},
    ]
    async with visit(browser, address) as seen:
        await seen.ready()
        choice = seen.page.get_by_label("Consent", exact=True)
        await expect(choice.locator("option")).to_have_count(3)
        await choice.select_option("c-1")
        assert (await seen.variables())["consent"] == "c-1"
        await choice.select_option("other")
        await seen.page.get_by_label("Consent id").fill("c-9")
        assert (await seen.variables())["consent"] == "c-9"
        await seen.choose("Test person", PEOPLE[1]["id_number"])
        await expect(choice).to_have_value("")
        assert "consent" not in await seen.variables()


async def test_what_one_client_was_told_does_not_stand_under_another(
    browser: Browser, address: str, stand_in: StandIn
) -> None:
    stand_in.answer = {"data": {}, "extensions": {"disclosure": {"person": _disclosure("r")}}}
    async with visit(browser, address) as seen:
        await seen.ready()
        await seen.run()
        await expect(seen.page.locator(".exchange-disclosure")).to_be_visible()
        await seen.choose("Client", "hrs-clerk")
        await expect(seen.page.locator(".exchange-disclosure")).to_have_count(0)
        await seen.page.get_by_role("tab", name="Disclosed").click()
        await expect(seen.page.locator(".exchange")).to_contain_text("Nothing has been sent yet")


async def test_the_panel_is_worked_by_keyboard(browser: Browser, address: str, stand_in: StandIn) -> None:
    stand_in.preview = previewing()
    async with visit(browser, address) as seen:
        await _looked(seen, stand_in)
        tab = seen.page.get_by_role("tab", name="Before sending")
        await tab.focus()
        await tab.press("ArrowRight")
        await expect(seen.page.get_by_role("tab", name="Disclosed")).to_be_focused()
        await expect(seen.page.get_by_role("tabpanel", name="Disclosed")).to_contain_text("Nothing has been sent yet")
        await seen.page.keyboard.press("ArrowLeft")
        await seen.page.keyboard.press("Tab")
        await expect(seen.page.get_by_label("Ground supposed")).to_be_focused()
        await seen.page.keyboard.press("Tab")
        await expect(seen.page.locator(".exchange-fields summary").first).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_finds_nothing_serious(
    width: int, language: str, scheme: str, browser: Browser, address: str, stand_in: StandIn
) -> None:
    stand_in.preview = previewing(refusals=[_refusal()])
    stand_in.answer = {"data": {}, "extensions": {"disclosure": {"person": _disclosure("r")}}}
    given = {"viewport": {"width": width, "height": 900}, "locale": language, "color_scheme": scheme}
    async with visit(browser, address, bypass_csp=True, **given) as seen:
        await seen.page.locator(".graphiql-query-editor .view-lines").wait_for()
        if width < 761:
            await seen.page.get_by_role("button", name="Show Disclosure preview").click()
        await seen.page.locator(".exchange-fields > li").first.wait_for()
        await seen.page.locator(".exchange-fields summary").first.click()
        assert await seen.page.evaluate("document.documentElement.scrollWidth") == width
        assert await serious(seen.page) == []
        await seen.run()
        await seen.page.locator(".exchange-disclosure").wait_for()
        await seen.page.locator(".exchange-disclosure summary").first.click()
        assert await serious(seen.page) == []


def _refusal() -> dict[str, Any]:
    said = {"code": "REFERENCE_REQUIRED", "message": "Name it.", "help": "Do so.", "rule": "purpose", "basis": "art 1"}
    return {**said, "places": []}
