"""The shipped policies held against the shipped cases, and what a trial tells of a broken rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from policies import cases
from policies.engine import Engine
from policies.rulebook import FOLDER
from policies.trial import Miss, Trial
from tests.policies.cased import changed, copied


def misses(folder: Path, catalogue: Catalogue) -> list[Miss]:
    book = Engine.load(folder, catalogue).book
    return sorted(Trial(catalogue, cases.read(folder, catalogue, book)).misses(book))


def test_the_shipped_policies_meet_the_shipped_cases(catalogue: Catalogue) -> None:
    assert misses(FOLDER, catalogue) == []


def test_a_miss_names_case_cell_and_rule(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = copied(tmp_path)
    assert misses(folder, catalogue) == []
    changed(folder / "permits.csv", "group:utilities, FULL, own_provider,", "group:utilities, FULL, ,")
    found = misses(folder, catalogue)
    assert {(m.file, m.role, m.purpose) for m in found} == {("justice.yaml", "utility-clerk", "UTILITY_DISPUTE")}
    text = (folder / "cases/justice.yaml").read_text("utf-8")
    line = text[: text.index("by P-UTILITY-UT")].count("\n") + 1
    assert str(found[0]) == (
        f"justice.yaml:{line}: utility-clerk, UTILITY_DISPUTE, ground ordinary, UTL01.account_number: "
        "expected FULL in own_provider by P-UTILITY-UT, got FULL by P-UTILITY-UT"
    )


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("p, analyst, STATISTICS, group:tax, BANDED, , ordinary, P-T, LENDING", "closed.yaml"),
        ("p, market-clerk, AUDIT, group:tax, EXISTS, , ordinary, P-T, LENDING", "closed.yaml"),
        ("p, bank, CARD_APPROVAL, HPF01.balance, BANDED, , written, P-T, WRITTEN", "lenders.yaml"),
        ("p, person, SELF_QUERY, CVA01.spouse_subject_ref, FULL, , ordinary, P-T, SELF", "person.yaml"),
    ],
)
def test_what_is_opened_beside_the_matrix_is_missed(tmp_path: Path, catalogue: Catalogue, line: str, file: str) -> None:
    folder = copied(tmp_path)
    with (folder / "permits.csv").open("a", encoding="utf-8") as permits:
        permits.write(line + "\n")
    assert {miss.file for miss in misses(folder, catalogue)} == {file}


def test_elsewhere_is_missed_at_its_own_line(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = copied(tmp_path)
    with (folder / "permits.csv").open("a", encoding="utf-8") as permits:
        permits.write("p, market-clerk, AUDIT, TAX01.arrears_amount, EXISTS, , ordinary, P-T, LENDING\n")
    assert [(m.file, m.line, m.ground, m.item, m.expected) for m in misses(folder, catalogue)] == [
        ("closed.yaml", 2, "written", "TAX01.arrears_amount", "WITHHELD")
    ]


def test_nothing_is_said_of_elsewhere_unless_a_sheet_says_so(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = copied(tmp_path)
    changed(folder / "cases/closed.yaml", "elsewhere: WITHHELD\n", "")
    with (folder / "permits.csv").open("a", encoding="utf-8") as permits:
        permits.write("p, market-clerk, AUDIT, group:tax, EXISTS, , ordinary, P-T, LENDING\n")
    assert misses(folder, catalogue) == []


def test_a_supposition_holds_against_permits_to_come(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = copied(tmp_path)
    changed(folder / "forbids.csv", "p, lender, *, PBC08.inquirer_code, FULL", "p, bank, *, PBC08.inquirer_code, FULL")
    assert {(m.file, m.role, m.item) for m in misses(folder, catalogue)} == {
        ("lenders-codes.yaml", "rural-cooperative", "PBC08.inquirer_code")
    }


def test_a_sheet_of_its_own_rules_is_held_against_these(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = copied(tmp_path)
    (folder / "cases/own.yaml").write_text(
        "instead:\n"
        "  permits.csv: 'p, auditor, AUDIT, group:tax, EXISTS, , ordinary, P-OWN, AUDIT'\n"
        "  forbids.csv: ''\n"
        "cases:\n"
        "  - {role: auditor, purpose: AUDIT, expect: {group:tax: EXISTS by P-OWN}}\n"
        "  - {role: auditor, purpose: AUDIT, rest: unsaid, expect: {TAX01.arrears_amount: FULL}}\n",
        "utf-8",
    )
    assert [(m.file, m.line, m.item, m.expected, m.got) for m in misses(folder, catalogue)] == [
        ("own.yaml", 6, "TAX01.arrears_amount", "FULL", "EXISTS by P-OWN")
    ]
