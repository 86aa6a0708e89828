from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from policies.compare import Comparison, Kind, compare
from policies.engine import Engine

Compared = Callable[[], Comparison]
LOANS = "group:loans_cards, FULL, , ordinary, P-LOAN-BANKSYS-LC,"


@pytest.fixture
def compared(engine: Engine, catalogue: Catalogue, folder: Path) -> Compared:
    return lambda: compare(engine, Engine.load(folder, catalogue), catalogue)


@pytest.fixture
def reversed_(engine: Engine, catalogue: Catalogue, folder: Path) -> Compared:
    return lambda: compare(Engine.load(folder, catalogue), engine, catalogue)


def test_a_comment_changes_the_revision_and_nothing_else(compared: Compared, add) -> None:
    add("permits.csv", "# a remark")
    found = compared()
    assert found.old != found.new
    assert found.equal
    assert not found.widens


def test_a_new_permit_gains_cells_and_widens(compared: Compared, reversed_: Compared, add) -> None:
    add("permits.csv", "p, market-clerk, LICENSING, UTL02.arrears_amount, BANDED, , ordinary, P-NEW, LICENSING")
    (cell,) = compared().cells
    assert (cell.role, cell.purpose, cell.item) == ("market-clerk", "LICENSING", "UTL02.arrears_amount")
    assert (cell.kind, cell.widens, cell.after.treatment, cell.after.rule) == (Kind.GAINED, True, "BANDED", "P-NEW")
    assert cell.states == ("ordinary", "written")
    back = reversed_()
    assert [(c.kind, c.widens) for c in back.cells] == [(Kind.LOST, False)]
    assert not back.widens
    assert not back.equal


def test_a_lesser_treatment_narrows_and_a_fuller_one_widens(compared: Compared, reversed_: Compared, edit) -> None:
    edit("permits.csv", LOANS, LOANS.replace("FULL", "EXISTS"))
    narrowed, widened = compared(), reversed_()
    assert {(c.kind, c.widens, c.before.treatment, c.after.treatment) for c in narrowed.cells} >= {
        (Kind.CHANGED, False, "FULL", "EXISTS")
    }
    assert not narrowed.widens
    assert widened.widens
    assert {cell.item for cell in narrowed.cells} == {cell.item for cell in widened.cells}
    assert narrowed.count(Kind.CHANGED) == len(narrowed.cells)


def test_a_row_condition_narrows_and_its_loss_widens(compared: Compared, reversed_: Compared, edit) -> None:
    edit("permits.csv", "PBC03.institution_code, MASKED, , ordinary, P-LOAN-BANKSYS-LOAN-LENDER",
         "PBC03.institution_code, MASKED, own_institution, ordinary, P-LOAN-BANKSYS-LOAN-LENDER")  # fmt: skip
    (cell,) = compared().cells
    assert (cell.kind, cell.widens, cell.after.rows) == (Kind.CHANGED, False, {"own_institution"})
    (cell,) = reversed_().cells
    assert cell.widens


def test_fewer_details_in_more_rows_is_widening(compared: Compared, edit) -> None:
    edit("permits.csv", "group:utilities, FULL, own_provider,", "group:utilities, EXISTS, ,")
    found = compared()
    assert {(cell.role, cell.kind, cell.widens) for cell in found.cells} == {("utility-clerk", Kind.CHANGED, True)}


def test_a_row_condition_with_other_rows_under_the_same_name_is_widening(compared: Compared, edit) -> None:
    edit("rows.yaml", "UTL01: {item: provider_code, equals: {given: provider}}", "UTL01: {missing: provider_code}")
    found = compared()
    assert found.widens
    assert {cell.item.split(".")[0] for cell in found.cells} == {"UTL01"}
    assert all(cell.before == cell.after for cell in found.cells)


def test_an_alternative_more_widens_and_one_less_narrows(compared: Compared, reversed_: Compared, edit, add) -> None:
    add("permits.csv", "p, utility-clerk, UTILITY_DISPUTE, UTL02.arrears_amount, FULL, disputed_record_only, ordinary, "
        "P-NEW, LICENSING")  # fmt: skip
    found = compared()
    assert [(cell.item, cell.widens) for cell in found.cells] == [("UTL02.arrears_amount", True)]
    assert [cell.widens for cell in reversed_().cells] == [False]


def test_another_rule_of_the_same_effect_changes_and_does_not_widen(compared: Compared, edit) -> None:
    edit("permits.csv", LOANS, LOANS.replace("P-LOAN-BANKSYS-LC", "P-LOAN-RENAMED"))
    found = compared()
    assert found.cells
    assert {cell.after.rule for cell in found.cells} == {"P-LOAN-RENAMED"}
    assert {(cell.kind, cell.widens) for cell in found.cells} == {(Kind.CHANGED, False)}


def test_a_forbid_loses_cells_and_its_removal_widens(compared: Compared, reversed_: Compared, add) -> None:
    add("forbids.csv", "p, bank-system, LOAN_APPROVAL, group:court, *, , , F-NEW, LENDING")
    found = compared()
    assert {cell.kind for cell in found.cells if cell.before.treatment != "WITHHELD"} == {Kind.LOST}
    assert not found.widens
    assert reversed_().count(Kind.GAINED) == found.count(Kind.LOST) > 0


@pytest.mark.parametrize(
    ("old", "new", "word", "widens"),
    [
        ("ground: consent", "ground: application", "ground", True),
        ("title_en: Loan approval", "title_en: Loans", "title_en", False),
    ],
)
def test_what_a_purpose_rests_on(
    compared: Compared, reversed_: Compared, folder: Path, old: str, new: str, word: str, widens: bool
) -> None:
    _in_purpose(folder, "CARD_APPROVAL" if word == "ground" else "LOAN_APPROVAL", old, new)
    (change,) = compared().purposes
    assert (change.word, change.widens) == (word, widens)
    assert [change.widens for change in reversed_().purposes] == [False]


@pytest.mark.parametrize(
    ("line", "widens"),
    [
        ("adult: false", True),
        ("alive: false", True),
        ("covered: false", True),
        ("own: true", False),
        ("synthetic: true", False),
        ("sees_expired: true", True),
        ("relation: open_account_here", False),
    ],
)
def test_what_a_purpose_presupposes(
    compared: Compared, reversed_: Compared, folder: Path, line: str, widens: bool
) -> None:
    _in_purpose(folder, "LOAN_APPROVAL", "ground: consent", f"ground: consent\n    {line}")
    found = compared()
    assert [(c.purpose, c.word, c.widens) for c in found.purposes] == [
        ("LOAN_APPROVAL", line.partition(":")[0], widens)
    ]
    assert found.widens is widens
    assert reversed_().widens is not widens


def test_the_rows_of_a_relation_count(compared: Compared, edit) -> None:
    text = "open_account_here"
    assert compared().equal
    edit("purposes.yaml", f"relation: {text}", "relation: own_institution")
    (change,) = compared().purposes
    assert (change.purpose, change.before, change.after, change.widens) == ("POST_LOAN", text, "own_institution", True)


def test_other_rows_of_a_relation_under_the_same_name_are_widening(compared: Compared, edit) -> None:
    edit("rows.yaml", "            - {missing: closed_on}\n", "")
    (change,) = compared().purposes
    assert (change.purpose, change.word, change.widens) == ("POST_LOAN", "relation", True)


def test_a_role_taken_away_loses_all_it_saw(engine: Engine, catalogue: Catalogue, folder: Path) -> None:
    for name in ("roles.csv", "permits.csv", "forbids.csv"):
        lines = (folder / name).read_text("utf-8").splitlines(keepends=True)
        (folder / name).write_text("".join(line for line in lines if "guardian" not in line), "utf-8")
    found = compare(engine, Engine.load(folder, catalogue), catalogue)
    assert {(cell.role, cell.kind) for cell in found.cells} == {("guardian", Kind.LOST)}
    assert not found.widens


def test_two_readings_of_one_folder_are_equal(engine: Engine, catalogue: Catalogue, folder: Path) -> None:
    again = folder / "again"
    again.mkdir()
    for path in folder.glob("*.*"):
        shutil.copy(path, again / path.name)
    found = compare(Engine.load(folder, catalogue), Engine.load(again, catalogue), catalogue)
    assert (found.old, found.equal, found.widens) == (found.new, True, False)


def _in_purpose(folder: Path, code: str, old: str, new: str) -> None:
    """Replace a text in the entry of one purpose."""
    path = folder / "purposes.yaml"
    head, mark, tail = path.read_text("utf-8").partition(f"  {code}:")
    assert old in tail
    path.write_text(head + mark + tail.replace(old, new, 1), "utf-8")
