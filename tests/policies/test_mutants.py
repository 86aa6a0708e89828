from __future__ import annotations

from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from policies import cases
from policies.engine import Engine
from policies.mutants import Mutant, Mutation, mutants, run
from policies.trial import Trial
from tests.policies.cased import changed, copied


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(tmp_path)


def every(engine: Engine, catalogue: Catalogue, id: str) -> dict[str, Mutant]:
    return {m.change: m for m in mutants(catalogue, engine.book) if m.rule.id == id}


def mutation(folder: Path, catalogue: Catalogue, step: int = 1, only: str = "") -> Mutation:
    engine = Engine.load(folder, catalogue)
    trial = Trial(catalogue, cases.read(folder, catalogue, engine.book))
    made = [mutant for mutant in mutants(catalogue, engine.book) if only in ("", mutant.rule.id)]
    return run(catalogue, engine.book, trial, made[::step])


def test_what_becomes_of_a_permit(engine: Engine, catalogue: Catalogue) -> None:
    found = every(engine, catalogue, "P-ASSISTANCE-W-INCOME")
    assert {(m.kind, change) for change, m in found.items()} == {
        ("deleted", "the whole rule"),
        ("widened", "for department too"),
        ("widened", "for LOAN_APPROVAL too"),
        ("widened", "on record:HRS02 too"),
        ("widened", "FULL for BANDED"),
        ("widened", "on the ordinary ground"),
        ("narrowed", "EXISTS for BANDED"),
        ("narrowed", "only in rows disputed_record_only"),
    }
    assert found["the whole rule"].instead == ()
    assert [rule.item for rule in found["on record:HRS02 too"].instead] == ["HRS02.contribution_base", "record:HRS02"]


def test_what_becomes_of_rows_groups_and_parents(engine: Engine, catalogue: Catalogue) -> None:
    utility = every(engine, catalogue, "P-UTILITY-UT")
    assert utility["in every row, not only own_provider"].instead[0].rows == ""
    assert len(utility["not on UTL02.settled_on"].instead) == 9
    assert "on * too" not in utility  # own_provider says nothing of other records
    bank = every(engine, catalogue, "P-CARD-CO")
    assert {"for bank-system only", "for bank-officer only", "for lender too", "for lending too", "on * too"} <= set(
        bank
    )


def test_what_becomes_of_a_forbid(engine: Engine, catalogue: Catalogue) -> None:
    found = every(engine, catalogue, "F-LENDER-INQUIRER")
    kinds = {change: m.kind for change, m in found.items()}
    assert kinds["the whole rule"] == "deleted"
    assert kinds["* for FULL"] == kinds["for requester too"] == kinds["on group:inquiries too"] == "widened"
    assert kinds["for rural-cooperative only"] == kinds["for CARD_APPROVAL only"] == "narrowed"
    assert not any("rows" in change or "written" in change for change in kinds)


def test_the_shipped_cases_notice_a_sample(folder: Path, catalogue: Catalogue) -> None:
    found = mutation(folder, catalogue, step=45)
    assert found.survivors == ()
    assert len(found.noticed) > 80
    assert found.share == 1.0


@pytest.mark.slow
def test_the_shipped_cases_notice_every_change(folder: Path, catalogue: Catalogue) -> None:
    found = mutation(folder, catalogue)
    assert [str(mutant) for mutant in found.survivors] == []
    assert len(found.noticed) > 4_000
    assert len(found.idle) < 400


def test_a_change_that_no_case_speaks_of_survives(folder: Path, catalogue: Catalogue) -> None:
    changed(folder / "cases/departments.yaml", "EXISTS by P-PERSONNEL-CO", "EXISTS")
    changed(
        folder / "cases/departments.yaml",
        "    purpose: IDENTITY_CHECK\n",
        "    purpose: IDENTITY_CHECK\n    rest: unsaid\n",
    )
    assert mutation(folder, catalogue, only="P-PERSONNEL-CO").survivors == ()
    found = mutation(folder, catalogue, only="P-IDENTITY-CT")
    assert [mutant.change for mutant in found.survivors] == ["on * too"]
    assert 0 < found.share < 1
    assert str(found.survivors[0]).endswith("P-IDENTITY-CT widened: on * too")


def test_a_change_by_which_nothing_is_decided_otherwise_is_idle(folder: Path, catalogue: Catalogue) -> None:
    found = mutation(folder, catalogue, only="P-LOAN-OFFICER-ID")
    assert "not on PSB01.id_document_type" in {mutant.change for mutant in found.idle}
    assert found.counts("deleted") == (1, 0, 0)
    assert sum(found.counts("narrowed")) == len([m for m in (*found.noticed, *found.idle) if m.kind == "narrowed"])


def test_a_case_that_failed_before_notices_nothing(folder: Path, catalogue: Catalogue) -> None:
    changed(folder / "cases/departments.yaml", "EXISTS by P-PERSONNEL-CO", "FULL")
    found = mutation(folder, catalogue, only="P-PERSONNEL-TX")
    assert found.survivors == ()
    assert mutation(folder, catalogue, only="P-PERSONNEL-CO").counts("deleted") == (1, 0, 0)
