from __future__ import annotations

from pathlib import Path

from exchange.catalogue import Catalogue
from policies.check import check
from policies.faults import Fault
from tests.policies.cased import changed, copied


def test_a_sound_folder(tmp_path: Path, catalogue: Catalogue) -> None:
    found = check(copied(tmp_path), catalogue)
    assert (found.faults, found.oddities) == ((), ())
    assert found.engine
    assert found.engine.permitted("auditor", "AUDIT")


def test_what_is_odd_is_no_fault(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = copied(tmp_path)
    with (folder / "permits.csv").open("a", encoding="utf-8") as permits:
        permits.write("p, bank, CARD_APPROVAL, PBC03.balance, EXISTS, , ordinary, P-T, CREDIT_QUERY\n")
    found = check(folder, catalogue)
    assert found.faults == ()
    assert [oddity.file for oddity in found.oddities] == ["permits.csv"]


def test_faults_of_the_rules_come_before_those_of_the_cases(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = copied(tmp_path)
    case = changed(folder / "cases/justice.yaml", "group:utilities: FULL in own_provider", "group:utilities: FULLY")
    found = check(folder, catalogue)
    assert [(fault.file, fault.line) for fault in found.faults] == [("justice.yaml", case)]
    assert found.engine
    line = changed(
        folder / "permits.csv",
        "p, psb-clerk, IDENTITY_CHECK, group:contact",
        "p, psb-clrk, IDENTITY_CHECK, group:contact",
    )
    found = check(folder, catalogue)
    assert found.faults == (Fault("permits.csv", line, "unknown role 'psb-clrk'; did you mean 'psb-clerk'?"),)
    assert found.engine is None


def test_a_folder_without_cases_may_be_served(folder: Path, catalogue: Catalogue) -> None:
    assert check(folder, catalogue).faults == ()
