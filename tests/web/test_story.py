"""A developer's story over the demo itself: look, send, follow the proof; then as somebody else."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from tests.acceptance.in_process import PEOPLE
from tests.web.visit import Visit, visit

pytestmark = [pytest.mark.browser, pytest.mark.node]


async def _treatments(seen: Visit) -> dict[str, str]:
    """Path → treatment, as the panel lists them."""
    await seen.page.locator(".exchange-fields > li").first.wait_for()
    rows = await seen.page.locator(".exchange-fields summary").all()
    return {await one.locator(".leaf").inner_text(): await one.locator(".treatment").inner_text() for one in rows}


async def test_a_developer_looks_sends_and_follows_the_proof(browser: Browser, demo: str) -> None:
    async with visit(browser, demo) as seen:
        page = seen.page
        await seen.ready()
        foreseen = await _treatments(seen)
        assert set(foreseen.values()) == {"full", "masked", "banded", "exists", "withheld"}
        await expect(page.locator(".view-lines .treatment-badge").first).to_be_visible()
        await expect(page.locator(".exchange-plan", has_text="PBC03")).to_contain_text("Balance")
        await expect(page.locator(".exchange-statement")).to_have_count(0)

        answer = await seen.run()
        said = answer["extensions"]["disclosure"]["person"]
        treatments = {key.split(".")[1]: one.lower() for key, one in said["treatments"].items()}
        for shown, item in (("balance", "balance"), ("sex", "sex"), ("birthDate", "birth_date"), ("name", "name")):
            assert foreseen[shown] == treatments[item]
        panel = page.locator(".exchange-disclosure")
        await expect(panel).to_contain_text(said["id"])
        await expect(panel).to_contain_text("Complete")
        await expect(panel.locator("tbody tr")).to_have_count(len(said["sources"]))
        withheld = [one["selection"].split(".")[-1] for one in said["withheld"]]
        assert await panel.locator(".exchange-fields .leaf").all_inner_texts() == withheld == ["sex"]

        async with page.context.expect_page() as opened:
            await panel.get_by_role("link", name="Proof of this entry").click()
        proof = await opened.value
        assert proof.url == f"{demo}/audit/proof/{said['id']}"
        await expect(proof.locator("body")).to_contain_text(re.compile("c2sp.org/tlog-proof"))
        await proof.close()

        await seen.choose("Client", "developer")
        await seen.ready()
        await expect(panel).to_have_count(0)
        await expect(page.locator(".exchange-statement").first).to_be_attached()
        assert set((await _treatments(seen)).values()) <= {"full", "exists"}
        await page.locator(".exchange-statement summary").first.click()
        await expect(page.locator(".exchange-statement pre").first).to_contain_text("SELECT")
        assert (seen.outside, seen.complaints) == ([], [])


async def test_a_consent_that_is_chosen_is_the_ground(browser: Browser, demo: str) -> None:
    async with visit(browser, demo) as seen:
        await seen.ready()
        choice = seen.page.get_by_label("Consent", exact=True)
        await expect(choice.locator("option[value^='consent-']").first).to_be_attached()
        await choice.select_option(index=1)
        chosen = await choice.input_value()
        answer = await seen.run()
        assert answer["extensions"]["disclosure"]["person"]["ground"]["consent"] == chosen
        await expect(seen.page.locator(".exchange-disclosure")).to_contain_text(chosen)


async def test_of_the_consents_that_are_held_the_one_is_foreseen_that_the_ask_finds(
    browser: Browser, demo: str
) -> None:
    """And where there is none that holds, so is the refusal."""
    async with visit(browser, demo) as seen:
        page = seen.page
        await seen.ready()
        rested, refused = 0, 0
        for person in (number for tag, number in PEOPLE.items() if tag == "clean" or "consent" in tag):
            await seen.choose("Test person", person)
            await page.wait_for_timeout(1_200)  # the consents, and then the preview after a pause
            panel = page.get_by_role("tabpanel", name="Before sending")
            before = await panel.inner_text()
            answer = await seen.run()
            codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
            if codes and codes[0].startswith("CONSENT_"):
                refused += 1
                assert codes[0] in before, person
            else:
                rested += 1
                consent = answer["extensions"]["disclosure"]["person"]["ground"]["consent"]
                assert f"It would rest on the consent {consent}" in before, person
            await page.get_by_role("tab", name="Before sending").click()
        assert rested
        assert refused
        assert seen.complaints == []


async def test_a_refusal_is_told_before_and_explained_after(browser: Browser, demo: str) -> None:
    async with visit(browser, demo) as seen:
        await seen.ready()
        await seen.write(
            'query Bare { person(idNumber: "530199199003070015", purpose: LOAN_APPROVAL) { idNumber } }',
        )
        await expect(seen.page.locator(".exchange-refused")).to_contain_text("REFERENCE_REQUIRED")
        await seen.run()
        await seen.page.get_by_role("tab", name="Disclosed").click()
        await expect(seen.page.locator(".exchange-refused")).to_contain_text("REFERENCE_REQUIRED")
        await expect(seen.page.locator(".exchange-refused")).to_contain_text("What to do")


async def test_every_client_sees_what_its_first_example_would_give(browser: Browser, demo: str) -> None:
    async with visit(browser, demo) as seen:
        await seen.ready()
        clients = await seen.page.get_by_label("Client").locator("option").evaluate_all("all => all.map(o => o.value)")
        looked = 0
        for client in clients:
            if client == "pasted":
                continue
            await seen.choose("Client", client)
            if await seen.page.get_by_label("Purpose").is_disabled():
                continue
            await seen.page.get_by_role("status").filter(has_text="Token ready").wait_for()
            await seen.page.wait_for_timeout(700)
            assert await _treatments(seen), client
            looked += 1
        assert looked >= 12
        assert seen.complaints == []
