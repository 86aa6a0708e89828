"""Hostile text in the tables of all ten departments, as it comes through the explorer, the dashboard and its files."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.acceptance.in_process import EVERYTHING, PEOPLE
from tests.acceptance.running import Demo, started
from tests.gateway.dashboard.seeing import Seen, signed_in
from tests.web.spoiled import TEXTS, TYPE, spoiled
from tests.web.visit import Visit, visit

pytestmark = [pytest.mark.browser, pytest.mark.node]

PERSON = PEOPLE["clean"]
HIDING = ("\u202e", "\u202c", "\u200b", "\ufeff")
SHOWN = tuple(text for text in TEXTS if not any(sign in text for sign in HIDING))
"""What a department may hold; a text that hides something fits no item of the standard and is withheld."""
HELD = {
    "CRO": {"CRO01.honour_title", "CRO02.legal_ground", "CRO02.source_record", "CRO03.target_record"},
    "CRT": {"CRT01.cause_of_action", "CRT01.court_name", "CRT02.case_number", "CRT03.case_number", "CRT04.case_number"},
    "CVA": {"CVA01.spouse_subject_ref"},
    "HPF": {"HPF01.account_status", "HPF02.loan_status"},
    "HRS": {"HRS01.employer_name", "HRS08.qualification_name"},
    "PBC": {
        *("PBC01.mobile_phone", "PBC01.residence_address", "PBC02.employer_name", "PBC09.content", "PBC09.object_code"),
        *("PBC03.account_id", "PBC04.account_id", "PBC05.account_id", "PBC06.account_id", "PBC08.inquirer_code"),
    },
    "PSB": {"PSB01.id_number", "PSB01.name", "PSB02.registered_address"},
    "SAM": {
        *("SAM01.entity_uscc", "SAM02.authority_name", "SAM02.decision_number", "SAM02.violation_type"),
        "SAM03.licence_name",
    },
    "TAX": {"TAX03.tax_year"},
    "UTL": {"UTL01.account_number", "UTL01.payment_record_24m", "UTL01.provider_code", "UTL02.provider_code"},
}
_MADE = (
    "img[src='x'], svg[onload], script:not([src]), a[href^='javascript:' i], a[href*='evil.invalid'], [onerror],"
    " iframe, object, embed, base, .detected-link, .detected-link-active"
)
"""What would have been made of such a text."""
_LISTEN = """
globalThis.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""
_READ = """async () => {
  const editors = globalThis.__MONACO.editor.getEditors();
  const editor = editors.find((one) => one.getModel()?.uri.path.endsWith("response.json"));
  const seen = new Map();
  for (let line = 1; line <= editor.getModel().getLineCount(); line += 15) {
    editor.revealLineNearTop(line);
    await new Promise((done) => setTimeout(done, 40));
    for (const each of editor.getDomNode().querySelectorAll(".view-line")) seen.set(each.innerText, true);
    if (document.querySelector(MADE)) return "made: " + document.querySelector(MADE).outerHTML;
  }
  return [...seen.keys()].join("").replaceAll(/\\s/g, "");
}"""
"""All that the reader sees of the answer, from its first line to its last, which are broken anywhere."""


@pytest.fixture(scope="module")
def spoilt(build, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:  # type: ignore[no-untyped-def]
    assert built.is_dir()
    build.build_dashboard()
    data = tmp_path_factory.mktemp("spoilt") / "data"
    with started(data, people=20, settings={"GATEWAY_DRIFT_S": "1"}) as demo:
        assert spoiled(data / "departments", PERSON) == HELD
        yield demo


@asynccontextmanager
async def harmless(seen: Visit | Seen) -> AsyncIterator[Page]:
    """Nothing that was written into a table does anything."""
    page, dialogs = seen.page, []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await page.context.add_init_script(_LISTEN)
    await page.reload()
    yield page
    await inert(page)
    assert dialogs == []
    assert seen.outside == []
    assert seen.complaints == []
    assert [each for each in seen.addresses if each.endswith("/x") or "evil" in each] == []


async def inert(page: Page) -> None:
    assert await page.locator(_MADE).count() == 0
    assert await page.evaluate("globalThis.violations") == []


@pytest.mark.parametrize("client", ["person", "bank-system"])
async def test_the_explorer_shows_it_as_text(browser: Browser, spoilt: Demo, client: str) -> None:
    """In full to the person, masked in part to a bank."""
    purpose = "SELF_QUERY" if client == "person" else "LOAN_APPROVAL"
    reference = "" if client == "person" else ', reference: "SQ-2026-000117"'
    async with visit(browser, spoilt.url) as seen, harmless(seen) as page:
        await seen.ready()
        await seen.choose("Client", client)
        await seen.choose("Test person", PERSON)
        await seen.ready()
        await seen.write(
            f'query Mine {{ person(idNumber: "{PERSON}", purpose: {purpose}{reference}) {{ {EVERYTHING} }} }}'
        )
        await seen.page.locator(".exchange-fields > li").first.wait_for()
        answer = await seen.run()
        text = await seen.answer()
        assert not any(sign in text for sign in HIDING)
        bad = {error["path"][-2] for error in answer["errors"] if error["extensions"]["code"] == "SOURCE_DATA_INVALID"}
        assert {"loanAccounts", "employmentRelations", "housingFundAccount", "taxPayments", "civilJudgments"} <= bad
        person = answer["data"]["person"]
        texts = {one["courtName"] for one in person["courts"]["civilJudgments"]}
        assert texts == {*SHOWN, None}
        read = await page.evaluate(_READ.replace("MADE", json.dumps(_MADE)))
        for each in SHOWN:
            assert each.replace('"', '\\"').replace(" ", "") in read, each
        await page.locator(".exchange-disclosure").wait_for()
        await expect(page.locator(".exchange")).to_contain_text("SOURCE_DATA_INVALID")


async def test_the_person_reads_who_looked(browser: Browser, spoilt: Demo) -> None:
    await asyncio.to_thread(spoilt.ask, "bank-system", "LOAN_APPROVAL", "clean", EVERYTHING)
    async with visit(browser, spoilt.url) as seen, harmless(seen):
        await seen.ready()
        await seen.choose("Client", "person")
        await seen.choose("Test person", PERSON)
        await seen.ready()
        await seen.write(
            "query Mine { me { disclosures { entries { id at by { operator client { en } }"
            " items { item { en } treatment rule } } } disclosureExport } }"
        )
        answer = await seen.run()
        assert any(one["by"]["client"]["en"] for one in answer["data"]["me"]["disclosures"]["entries"])
        text = await seen.answer()
        assert not any(each in text for each in TEXTS)


async def test_the_dashboard_and_its_files_hold_nothing_of_it(browser: Browser, spoilt: Demo) -> None:
    async with signed_in(browser, spoilt.url, "lin.wei") as seen, harmless(seen) as page:
        answer = await asyncio.to_thread(spoilt.ask, "bank-system", "LOAN_APPROVAL", "clean", EVERYTHING)
        id = answer["extensions"]["disclosure"]["person"]["id"]
        links = (
            await page.get_by_role("navigation", name="Menu")
            .get_by_role("link")
            .evaluate_all("(all) => all.map((each) => each.getAttribute('href'))")
        )
        assert len(links) >= 10
        for path in (*links, f"/dashboard/why?entry={id}"):
            await page.goto(spoilt.url + path)
            await inert(page)
            said = await page.locator("main").inner_text()
            assert not any(each in said for each in (*TEXTS, *HIDING)), path
            if await page.get_by_role("button", name="Download (CSV)").count():
                await _cells_are_safe(page)


async def _cells_are_safe(page: Page) -> None:
    async with page.expect_download() as given:
        await page.get_by_role("button", name="Download (CSV)").click()
    text = await asyncio.to_thread((await (await given.value).path()).read_text, "utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell
            assert not cell.startswith("-") or cell[1:].replace(".", "").isdigit(), cell
            assert not any(each in cell for each in TEXTS), cell


async def test_the_type_of_a_column_is_shown_by_its_signs(browser: Browser, spoilt: Demo) -> None:
    """The one text of a department's database that the dashboard shows: how its shape has changed."""
    async with signed_in(browser, spoilt.url, "lin.wei") as seen, harmless(seen) as page:
        await page.goto(f"{spoilt.url}/dashboard/departments")
        await expect(page.locator("tbody tr").filter(has_text="changed, still fits")).to_have_count(10, timeout=30_000)
        row = page.locator("tr[data-department=PBC]")
        await row.locator("summary").click()
        await expect(row.locator("li")).to_contain_text("onerror")
        await expect(row.locator("li .unseen").first).to_have_text("U+202E")
        await expect(row.locator("li .unseen").last).to_have_text("U+200B")
        assert TYPE not in await row.inner_text()
        await seen.accessible()
