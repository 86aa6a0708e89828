"""What can be seen of an answer, whatever the application thinks of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from exchange.person import PersonId
from tests.acceptance.in_process import PEOPLE, Asked

BANK, LOAN = "bank-system", "LOAN_APPROVAL"
SOME = "idNumber financial { loanAccounts { balance openedOn } hasLoanAccounts } summary { loanBalance }"
CLEAN = PEOPLE["clean"]


def person(tag: str) -> PersonId:
    return PersonId.parse(PEOPLE[tag])


def nothing_of(answer: Mapping[str, Any]) -> bool:
    return not any((answer.get("data") or {}).values()) and "extensions" not in answer


def codes(answer: Mapping[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


async def about(asked: Asked, tag: str, selection: str = SOME, client: str = BANK, **more: Any) -> dict[str, Any]:
    answer, _ = await asked.ask(client, LOAN, PEOPLE[tag], selection, **more)
    return answer


def told_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether anything but the person's own number and the disclosure's random id differs."""

    def bare(answer: Mapping[str, Any]) -> str:
        copy = json.loads(json.dumps(answer))
        copy["data"]["person"].pop("idNumber")
        for key in ("id", "ground"):
            copy["extensions"]["disclosure"]["person"].pop(key)
        return json.dumps(copy, sort_keys=True)

    return bare(one) != bare(other)
