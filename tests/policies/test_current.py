from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from policies import properties
from policies.current import Current, PolicyNeedsRestart, PolicyUnproven, candidate, state
from policies.engine import Engine
from policies.faults import PolicyFaulty
from policies.rulebook import FOLDER

MEDICAL = "p, lender, LOAN_APPROVAL, group:medical_enrolment, EXISTS, , ordinary, P-WRONG, CREDIT_QUERY"
Add = Callable[[str, str], int]


def unproven(*_: object) -> list[object]:
    return []


@pytest.fixture
def whole(folder: Path) -> Path:
    """The copy of the policies with its properties."""
    shutil.copy(FOLDER / properties.FILE, folder / properties.FILE)
    return folder


def test_the_shipped_policies_are_a_candidate(catalogue: Catalogue, engine: Engine, whole: Path) -> None:
    assert candidate(whole, catalogue).revision == engine.revision


def test_what_breaks_a_property_is_none(catalogue: Catalogue, whole: Path, add: Add) -> None:
    line = add("permits.csv", MEDICAL)
    with pytest.raises(PolicyUnproven) as caught:
        candidate(whole, catalogue)
    assert caught.value.code == "POLICY_UNPROVEN"
    assert [fault.file for fault in caught.value.faults] == ["properties.yaml"]
    assert f"P-WRONG (permits.csv:{line}" in str(caught.value)


def test_what_does_not_hold_together_is_none_and_is_not_proven(catalogue: Catalogue, whole: Path, add: Add) -> None:
    add("permits.csv", "p, bnak, LOAN_APPROVAL, PBC03.balance, FULL, , ordinary, P-NEW, LENDING")
    with pytest.raises(PolicyFaulty, match="unknown role 'bnak'"):
        candidate(whole, catalogue, lambda *_: pytest.fail("it was proven"))


def test_without_properties_nothing_is_proven(catalogue: Catalogue, folder: Path) -> None:
    with pytest.raises(PolicyFaulty, match=r"properties\.yaml: the file is missing"):
        candidate(folder, catalogue)


def test_a_folder_that_changes_while_it_is_read_is_refused(catalogue: Catalogue, whole: Path, add: Add) -> None:
    def changing(*_: object) -> list[object]:
        add("forbids.csv", "# a remark")
        return []

    with pytest.raises(PolicyFaulty, match="changed while it was read"):
        candidate(whole, catalogue, changing)


def test_a_sound_engine_takes_the_others_place(catalogue: Catalogue, engine: Engine, folder: Path, add: Add) -> None:
    add("permits.csv", "p, market-clerk, LICENSING, UTL02.arrears_amount, BANDED, , ordinary, P-NEW, LICENSING")
    current, new = Current(engine), candidate(folder, catalogue, unproven)
    current.swap(new)
    assert current.engine is new


def test_a_new_role_needs_a_restart(catalogue: Catalogue, engine: Engine, folder: Path, add: Add) -> None:
    add("roles.csv", "g, pawnbroker, lender")
    current = Current(engine)
    with pytest.raises(PolicyNeedsRestart, match=r"roles\.csv: the role 'pawnbroker' is new; restart the gateway"):
        current.swap(candidate(folder, catalogue, unproven))
    assert current.engine is engine


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("purposes:\n", "purposes:\n  PAWN: {title_en: p, title_zh: 当, ground: sandbox, basis: b}\n", "PAWN is new"),
        ("title_en: Loan approval", "title_en: Loans", "LOAN_APPROVAL has another title or basis in the schema"),
    ],
)
def test_other_words_of_the_schema_need_a_restart(
    catalogue: Catalogue, engine: Engine, folder: Path, old: str, new: str, told: str
) -> None:
    path = folder / "purposes.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    changed = candidate(folder, catalogue, unproven)
    with pytest.raises(PolicyNeedsRestart, match=f"{told}; restart the gateway"):
        Current(engine).swap(changed)
    with pytest.raises(PolicyNeedsRestart):
        Current(changed).swap(engine)


def test_what_a_purpose_presupposes_may_change_in_service(catalogue: Catalogue, engine: Engine, folder: Path) -> None:
    path = folder / "purposes.yaml"
    path.write_text(
        path.read_text("utf-8").replace("relation: open_account_here", "relation: own_institution", 1), "utf-8"
    )
    current = Current(engine)
    current.swap(candidate(folder, catalogue, unproven))
    assert current.engine.purposes["POST_LOAN"].relation == "own_institution"


def test_every_change_of_a_file_is_seen(whole: Path) -> None:
    seen = {state(whole)}
    (whole / "permits.csv").write_text((whole / "permits.csv").read_text("utf-8") + "#\n", "utf-8")
    seen.add(state(whole))
    os.utime(whole / "rows.yaml", ns=(1, 1))
    seen.add(state(whole))
    shutil.copy2(whole / "rows.yaml", whole / "other.yaml")
    seen.add(state(whole))
    (whole / "other.yaml").replace(whole / "rows.yaml")
    seen.add(state(whole))
    (whole / properties.FILE).unlink()
    seen.add(state(whole))
    assert len(seen) == 5, "a file that is none of the policies' was seen, or a change was not"
