"""Whether somebody is hidden or is not there at all, the answer goes on at the same stroke. No test asserts a time."""

from __future__ import annotations

from typing import Any

import pytest

import resolvers.loading
from resolvers.pace import left
from tests.resolvers.conftest import Made

LOAN = {"key": "L1", "balance": "37500", "account_status": "1"}
DEAD = {"key": "P1", "registration_status": "4"}
SELECTION = "financial { loanAccounts { balance } hasLoanAccounts } courts { enforcementCases { caseNumber } }"


@pytest.mark.parametrize(
    ("took", "step", "waits"), [(0.0, 0.02, 0.02), (0.003, 0.02, 0.017), (0.021, 0.02, 0.019), (0.5, 0.0, 0.0)]
)
def test_the_next_whole_step(took: float, step: float, waits: float) -> None:
    assert left(took, step) == pytest.approx(waits)


@pytest.mark.parametrize(
    ("rows", "down", "waits"),
    [
        ({}, {}, True),
        ({"PBC03": [LOAN], "PSB02": [DEAD]}, {}, True),
        ({"PBC03": [LOAN]}, {}, False),
        ({"CRT02": [{"key": "E1", "case_number": "(2024)云01执1号"}]}, {}, False),
        ({"PBC05": [{"key": "M1", "month": "2026-09"}]}, {}, True),
        ({}, {"CRT": "TIMEOUT"}, False),
    ],
    ids=["nobody", "hidden", "a loan", "a case", "not what was asked for", "a silent department"],
)
async def test_absence_waits_and_nothing_else(
    gateway: Made, monkeypatch: pytest.MonkeyPatch, rows: dict[str, Any], down: dict[str, str], waits: bool
) -> None:
    waited: list[float] = []

    async def noted(_: float, step_s: float) -> None:
        waited.append(step_s)

    monkeypatch.setattr(resolvers.loading, "until_next_step", noted)
    body = await gateway(rows, down=down).person(SELECTION)
    assert body["data"]["person"]
    assert bool(waited) is waits
