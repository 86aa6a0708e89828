from __future__ import annotations

from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from policies import cases
from policies.coverage import Coverage, measure
from policies.engine import Engine
from policies.trial import Trial
from tests.policies.cased import changed, copied


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(tmp_path)


def coverage(folder: Path, catalogue: Catalogue) -> Coverage:
    engine = Engine.load(folder, catalogue)
    return measure(engine, catalogue, Trial(catalogue, cases.read(folder, catalogue, engine.book)))


def test_every_rule_and_every_open_cell_has_a_case(folder: Path, catalogue: Catalogue) -> None:
    found = coverage(folder, catalogue)
    assert found.complete
    assert found.rules > 250
    assert found.expected == found.granted > 2_000
    assert found.groups > 200
    assert found.examined == found.cells == 27 * 27 * 168


def test_a_group_without_case_is_bare(folder: Path, catalogue: Catalogue) -> None:
    before = coverage(folder, catalogue)
    changed(folder / "cases/departments.yaml", "      group:court: EXISTS by P-PERSONNEL-CO\n", "")
    found = coverage(folder, catalogue)
    assert not found.complete
    assert [rule.id for rule in found.unnamed] == ["P-PERSONNEL-CO"]
    assert found.bare == (("personnel-officer", "PERSONNEL_REVIEW", "court"),)
    assert before.expected - found.expected == 18
    assert found.examined == found.cells


def test_an_item_left_unsaid_is_not_examined(folder: Path, catalogue: Catalogue) -> None:
    changed(
        folder / "cases/departments.yaml",
        "    purpose: IDENTITY_CHECK\n",
        "    purpose: IDENTITY_CHECK\n    rest: unsaid\n",
    )
    found = coverage(folder, catalogue)
    assert found.complete
    assert found.cells - found.examined == 168 - 9 - 4


def test_a_forbid_counts_when_its_deletion_is_noticed(folder: Path, catalogue: Catalogue) -> None:
    (folder / "cases/lenders-codes.yaml").unlink()
    assert [rule.id for rule in coverage(folder, catalogue).unnamed] == ["F-LENDER-INQUIRER", "F-AGENCY-INQUIRER"]


def test_a_sheet_of_its_own_rules_covers_none_of_the_folder(folder: Path, catalogue: Catalogue) -> None:
    (folder / "cases/own.yaml").write_text(
        "instead:\n"
        "  permits.csv: 'p, psb-clerk, IDENTITY_CHECK, group:contact, FULL, , ordinary, P-IDENTITY-CT, IDENTITY'\n"
        "  forbids.csv: ''\n"
        "cases:\n"
        "  - {role: psb-clerk, purpose: IDENTITY_CHECK, expect: {group:contact: FULL by P-IDENTITY-CT}}\n",
        "utf-8",
    )
    assert coverage(folder, catalogue).complete
    changed(folder / "cases/departments.yaml", "group:contact: FULL by P-IDENTITY-CT", "group:contact: FULL")
    assert [rule.id for rule in coverage(folder, catalogue).unnamed] == ["P-IDENTITY-CT"]
