"""Asks at one moment through the whole application: they share statements, and nothing that one of them may not see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.acceptance.in_process import EVERYTHING, PEOPLE, REFERENCE, Asked, serving

_PERSON = PEOPLE["clean"]
_OTHER = PEOPLE["source-down"]


@pytest.fixture(scope="module")
async def asked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asked]:
    async with serving(tmp_path_factory.mktemp("shared")) as application:
        yield application


def _query(purpose: str) -> str:
    reference = REFERENCE.get(purpose, {}).get("reference", "A-1")
    about = f'idNumber: $id, purpose: {purpose}, reference: "{reference}"'
    return f"query($id: IdNumber!) {{ person({about}) {{ {EVERYTHING} disclosure {{ withheld {{ item rule }} }} }} }}"


async def _said(asked: Asked, client: str, purpose: str, number: str) -> Any:
    answer: Mapping[str, Any] = (await asked.post(client, _query(purpose), {"id": number})).json()
    (disclosure, *_) = answer.get("extensions", {}).get("disclosure", {"": {}}).values()
    return answer["data"], answer.get("errors"), disclosure.get("treatments"), disclosure.get("ground")


async def test_two_banks_and_others_ask_the_same_in_one_moment(asked: Asked) -> None:
    """Each is told to the letter what it is told when nobody else asks."""
    asks = [
        (client, purpose, number)
        for client, purpose in (
            ("bank-system", "LOAN_APPROVAL"),
            ("bank-b-system", "LOAN_APPROVAL"),
            ("bank-officer", "LOAN_APPROVAL"),
            ("fund-centre", "FUND_LOAN"),
            ("court-liaison", "JUDICIAL_INQUIRY"),
            ("developer", "SANDBOX"),
        )
        for number in (_PERSON, _OTHER)
    ]
    for ask in asks:
        await _said(asked, *ask)
        await _said(asked, *ask)  # the plan is kept and its answer compiled
    alone = [await _said(asked, *ask) for ask in asks]
    for _ in range(5):
        together = await asyncio.gather(*(_said(asked, *ask) for ask in asks * 3))
        for ask, said, meant in zip(asks * 3, together, alone * 3, strict=True):
            assert said == meant, ask


async def test_two_banks_ask_after_the_loan_in_one_moment(asked: Asked) -> None:
    """The same statements under two institutions: of these people one has accounts, and the other none."""
    people = [PEOPLE[tag] for tag in ("clean", "same-name-a", "middle-dot-name", "old-15-digit-id", "arrears-current")]
    asks = [(client, "POST_LOAN", number) for number in people for client in ("bank-system", "bank-b-system")]
    said = [data["person"] for data, *_ in await asyncio.gather(*(_said(asked, *ask) for ask in asks))]
    assert [bool(each["financial"]["loanAccounts"]) for each in said] == [True, False] * len(people)


async def test_asks_of_one_bank_in_one_moment_are_few_statements(asked: Asked) -> None:
    for _ in range(3):
        await _said(asked, "developer", "SANDBOX", _PERSON)
    asked.recorder.clear()
    await _said(asked, "developer", "SANDBOX", _PERSON)
    one = len(asked.recorder.plans)
    asked.recorder.clear()
    people = [number for tag, number in PEOPLE.items() if tag != "source-down"][:12]
    await asyncio.gather(*(_said(asked, "developer", "SANDBOX", number) for number in people))
    assert one <= len(asked.recorder.plans) < one * len(people) / 2
