"""The shipped policies say what the domain's matrix says, item by item."""

from __future__ import annotations

import pytest

from exchange.catalogue import Catalogue
from exchange.decision import GroundState
from policies.engine import Engine
from tests.policies.matrix import COLUMN, DENIED_ROLES, ROWS, WRITTEN, Cell, cells, expected, items_of

CELLS = cells()
OPENED = {(cell.role, cell.purpose) for cell in CELLS}


def differing(engine: Engine, catalogue: Catalogue, cell: Cell) -> list[str]:
    """The items of a cell on which the engine and the matrix disagree, in any ground state."""
    wrong = []
    for item in items_of(catalogue, cell.column):
        for state in GroundState:
            decision = engine.verdict(cell.role, cell.purpose, item.key, state)
            wanted = ("WITHHELD", frozenset())
            if state is not GroundState.NONE:
                wanted = expected(cell, item, written=state is GroundState.WRITTEN)
            if (decision.treatment, decision.rows) != wanted:
                wrong.append(f"{item.key} {state}: {decision.treatment} {set(decision.rows)}, not {wanted}")
    return wrong


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: f"{c.role}/{c.purpose}/{c.column}")
def test_a_cell_of_the_matrix(engine: Engine, catalogue: Catalogue, cell: Cell) -> None:
    assert items_of(catalogue, cell.column)
    assert differing(engine, catalogue, cell) == []


def test_the_columns_hold_every_item(catalogue: Catalogue) -> None:
    assert {item.group for item in catalogue.items.values()} == set(COLUMN)
    assert sum(len(items_of(catalogue, column)) for column in COLUMN.values()) == 168
    assert {item.key for item in catalogue.items.values() if item.written_consent_only} == WRITTEN


def test_nothing_is_open_outside_the_matrix(engine: Engine) -> None:
    opened = {(role, code) for role in engine.roles for code in engine.purposes if engine.permitted(role, code)}
    assert opened == OPENED


def test_every_role_of_the_matrix_is_known(engine: Engine) -> None:
    named = {role for roles, *_ in ROWS for role in ((roles,) if isinstance(roles, str) else roles)}
    assert engine.roles == named | set(DENIED_ROLES)


@pytest.mark.parametrize(
    ("rule", "treatment", "touched"),
    [
        ("P-LOAN-BANKSYS-RP", "BANDED", {("bank-system", "LOAN_APPROVAL", "RP")}),
        ("P-LOAN-BANKSYS-SI", "FULL", {("bank-system", "LOAN_APPROVAL", "SI")}),
        ("P-LOAN-BANKSYS-CARD-LENDER", "EXISTS", {("bank-system", "LOAN_APPROVAL", "LC")}),
        ("P-CARD-CO", "EXISTS", {(role, "CARD_APPROVAL", "CO") for role in ("bank-system", "bank-officer")}),
        ("P-MEDICAL-MI", "MASKED", {("medical-clerk", "MEDICAL_ENROLMENT", "MI")}),
        ("P-ASSISTANCE-W-INCOME", "EXISTS", {("civil-affairs-clerk", "ASSISTANCE_ELIGIBILITY", "W")}),
        ("P-SELF-SA-STATUS", "EXISTS", {("person", "SELF_QUERY", "SA")}),
        ("P-AUDIT-UT", "FULL", {("auditor", "AUDIT", "UT")}),
    ],
)
def test_a_changed_treatment_fails_exactly_its_own_cells(
    engine: Engine, catalogue: Catalogue, folder, edit, rule: str, treatment: str, touched: set[tuple[str, str, str]]
) -> None:
    written = engine.rule(rule)
    line = (folder / written.file).read_text("utf-8").splitlines()[written.line - 1]
    edit(written.file, line, line.replace(f", {written.treatment},", f", {treatment},"))
    changed = Engine.load(folder, catalogue)
    wrong = {(cell.role, cell.purpose, cell.column) for cell in CELLS if differing(changed, catalogue, cell)}
    assert wrong == touched
    assert changed.revision != engine.revision


def test_no_lender_learns_of_medical_enrolment(engine: Engine, catalogue: Catalogue) -> None:
    for role in engine.book.roles.reach["lender"]:
        for code in engine.purposes:
            for item in items_of(catalogue, "MI"):
                assert engine.verdict(role, code, item.key, GroundState.WRITTEN).treatment == "WITHHELD"


def test_lenders_see_written_consent_items_only_where_they_are_named_in_writing(engine: Engine) -> None:
    opened = set()
    for role in engine.book.roles.reach["lender"]:
        for code in engine.purposes:
            for key in WRITTEN:
                assert engine.verdict(role, code, key, GroundState.ORDINARY).treatment == "WITHHELD"
                if engine.verdict(role, code, key, GroundState.WRITTEN).treatment != "WITHHELD":
                    opened.add((role, code))
    assert opened == {("bank-system", "LOAN_APPROVAL"), ("bank-officer", "LOAN_APPROVAL")}


def test_the_most_sensitive_items_are_opened_by_their_own_name_only(engine: Engine, catalogue: Catalogue) -> None:
    opened = 0
    for role, code in OPENED:
        for item in catalogue.items.values():
            decision = engine.verdict(role, code, item.key, GroundState.WRITTEN)
            if item.sensitivity == 4 and decision.treatment != "WITHHELD":
                assert engine.rule(decision.rule).item == item.key
                opened += 1
    assert opened > 30
