from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gateway.cli.main import app
from policies.properties import FILE
from policies.rulebook import FILES, FOLDER

OPENING = "p, lender, LOAN_APPROVAL, group:medical_enrolment, EXISTS, , ordinary, P-WRONG, CREDIT_QUERY\n"


def run(*words: str) -> int:
    try:
        app(["policy", "prove", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The shipped policies with one rule too many, which breaks one property."""
    for name in (*FILES, FILE):
        shutil.copy(FOLDER / name, tmp_path / name)
    with (tmp_path / "permits.csv").open("a", encoding="utf-8") as permits:
        permits.write(OPENING)
    return tmp_path


def test_the_shipped_policies_keep_every_property(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    told = capsys.readouterr()
    assert "26 of 26 properties hold" in told.out
    assert "holds over 729 cells" in told.out
    assert told.err == ""


def test_a_counterexample_names_rule_and_place(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = (broken / "permits.csv").read_text("utf-8").count("\n")
    assert run("--policies", str(broken)) == 1
    told = capsys.readouterr()
    assert "25 of 26 properties hold" in told.out
    assert "Counter-example to lenders-never-medical" in told.err
    assert f"P-WRONG (permits.csv:{line}:" in told.err


def test_json_is_all_that_is_printed(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--policies", str(broken), "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    wrong = [proof for proof in answer["proofs"] if not proof["holds"]]
    assert [proof["id"] for proof in wrong] == ["lenders-never-medical"]
    assert wrong[0]["zh"].startswith("放贷机构")
    assert wrong[0]["counterexample"]["rule"] == "P-WRONG"
    assert (wrong[0]["cells"], wrong[0]["broken"]) == (729, 3 * 3 * 2)
    assert run("--json") == 0
    assert all(proof["counterexample"] is None for proof in json.loads(capsys.readouterr().out)["proofs"])


def test_faulty_properties_are_told_with_their_lines(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (broken / FILE).write_text("a:\n  zh: 甲\n  en: a\n  basis: b\n  who: [lendr]\n  at_most: WITHHELD\n", "utf-8")
    assert run("--policies", str(broken)) == 1
    assert "properties.yaml:5: unknown role 'lendr'; did you mean 'lender'?" in capsys.readouterr().err
