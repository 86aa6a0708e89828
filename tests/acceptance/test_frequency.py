"""How often somebody may be asked about, over HTTP: what is over it asks no department, and is the same for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from exchange.person import check_digit
from tests.acceptance.in_process import PEOPLE, Asked, disclosure_of, serving

NOBODY = "53019919880303991"
SELECTION = "financial { hasLoanAccounts } disclosure { frequency { period number times over } }"


@pytest.fixture(scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asked]:
    async with serving(tmp_path_factory.mktemp("frequency")) as application:
        yield application


@pytest.mark.parametrize("number", [PEOPLE["clean"], PEOPLE["thin-file"], NOBODY + check_digit(NOBODY)])
async def test_after_a_loan_once_a_month_whether_the_person_is_there_or_not(asked: Asked, number: str) -> None:
    first, _ = await asked.ask("bank-system", "POST_LOAN", number, SELECTION)
    assert first["data"]["person"]["disclosure"]["frequency"]["over"] is False
    for client in ("bank-system", "bank-officer"):
        again, recorder = await asked.ask(client, "POST_LOAN", number, SELECTION)
        (error,) = again["errors"]
        assert error["extensions"]["code"] == "FREQUENCY_EXCEEDED"
        assert error["extensions"]["rule"] == "purpose POST_LOAN: 1 per month for one person"
        assert error["extensions"]["basis"] == "征信业管理条例 arts 18, 20"
        assert again["data"] == {"person": None}
        assert recorder.plans == []
        entry = await asked.last_entry()
        assert (entry["event"], entry["code"], entry["items"]) == ("refusal", "FREQUENCY_EXCEEDED", {})
    other, _ = await asked.ask("bank-b-system", "POST_LOAN", number, SELECTION)
    assert "errors" not in other


async def test_of_ten_at_once_one_is_answered(asked: Asked) -> None:
    asks = (asked.ask("bank-system", "POST_LOAN", PEOPLE["disputed"], SELECTION) for _ in range(10))
    answers = [answer for answer, _ in await asyncio.gather(*asks)]
    assert sum(answer["data"]["person"] is not None for answer in answers) == 1
    codes = [error["extensions"]["code"] for answer in answers for error in answer.get("errors", ())]
    assert codes == ["FREQUENCY_EXCEEDED"] * 9


async def test_the_own_report_is_counted_and_never_refused(asked: Asked) -> None:
    found = []
    for _ in range(4):
        answer, _ = await asked.ask("person", "SELF_QUERY", PEOPLE["married"], SELECTION, own=True)
        assert disclosure_of(answer)["frequency"] == answer["data"]["person"]["disclosure"]["frequency"]
        found.append(disclosure_of(answer)["frequency"])
    assert [(one["number"], one["times"], one["over"]) for one in found] == [
        (1, 2, False),
        (2, 2, False),
        (3, 2, True),
        (4, 2, True),
    ]


async def test_a_purpose_without_one_counts_nothing(asked: Asked) -> None:
    for _ in range(3):
        answer, _ = await asked.ask("bank-system", "LOAN_APPROVAL", PEOPLE["clean"], SELECTION)
        assert disclosure_of(answer)["frequency"] is None
