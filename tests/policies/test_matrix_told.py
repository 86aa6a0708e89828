"""The matrix says what the engine decides, and no more."""

from __future__ import annotations

from collections import Counter

import pytest

from exchange.decision import GroundState, Treatment
from exchange.wording import GROUPS
from policies.matrix import cells
from tests.resolvers.conftest import CATALOGUE, ENGINE

CELLS = {(cell.role, cell.purpose, cell.group): cell for cell in cells(ENGINE, CATALOGUE)}


def test_every_group_has_words() -> None:
    assert set(CATALOGUE.grouped) == set(GROUPS)


def test_every_item_that_is_open_to_anybody_is_counted_in_its_cell() -> None:
    for role in ENGINE.roles:
        for purpose in ENGINE.purposes:
            for group, keys in CATALOGUE.grouped.items():
                told = Counter(ENGINE.verdict(role, purpose, key, GroundState.ORDINARY).treatment for key in keys)
                cell = CELLS.get((role, purpose, group))
                if cell is None:
                    assert set(told) == {Treatment.WITHHELD}, (role, purpose, group)
                    written = {ENGINE.verdict(role, purpose, key, GroundState.WRITTEN).treatment for key in keys}
                    assert written == {Treatment.WITHHELD}
                else:
                    assert dict(cell.counts) == dict(told)
                    assert cell.treatment is next(each for each in Treatment if told[each])


@pytest.mark.parametrize(
    ("role", "purpose", "group", "treatment", "written"),
    [
        ("bank-system", "LOAN_APPROVAL", "identity", Treatment.MASKED, False),
        ("bank-system", "LOAN_APPROVAL", "repayment", Treatment.FULL, False),
        ("bank-system", "LOAN_APPROVAL", "consent_amounts", Treatment.WITHHELD, True),
        ("bank-officer", "LOAN_APPROVAL", "tax", Treatment.EXISTS, False),
        ("person", "SELF_QUERY", "identity", Treatment.FULL, False),
    ],
)
def test_cells_of_the_plan(role: str, purpose: str, group: str, treatment: Treatment, written: bool) -> None:
    cell = CELLS[role, purpose, group]
    assert cell.treatment is treatment
    assert bool(cell.written) is written
    assert all(rule.basis and rule.text for rule in cell.behind)


def test_what_nobody_may_ask_has_no_cell() -> None:
    assert not [key for key in CELLS if key[0] in {"analyst", "operator", "credit-office"}]
    assert not [key for key in CELLS if not ENGINE.permitted(key[0], key[1])]
