from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gateway.cli.main import app
from policies.rulebook import FILES, FOLDER


def run(*words: str) -> int:
    try:
        app(["policy", "who", *words], exit_on_error=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def test_a_table_of_roles_purposes_and_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--item", "UTL02.arrears_amount") == 0
    lines = capsys.readouterr().out.splitlines()
    (clerk,) = (line for line in lines if "utility-clerk" in line)
    for word in ("UTILITY_DISPUTE", "contract", "FULL", "own_provider", "P-UTILITY-UT (permits.csv:"):
        assert word in clerk


def test_no_answer_is_cut_on_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert run("--item", "HPF01.balance") == 0
    assert "…" not in capsys.readouterr().out


def test_json_is_all_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--item", "HPF01.balance", "--json") == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert told.err == ""
    assert found["item"] == "HPF01.balance"
    clerk = next(o for o in found["openings"] if o["role"] == "civil-affairs-clerk")
    assert (clerk["purpose"], clerk["written"], clerk["treatment"], clerk["rows"]) == (
        "ASSISTANCE_ELIGIBILITY",
        True,
        "EXISTS",
        [],
    )
    assert {o["purpose"] for o in found["openings"] if o["role"].startswith("bank")} == {"LOAN_APPROVAL"}


def test_another_folder_is_asked_and_nobody_is_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path / name)
    lines = (FOLDER / "permits.csv").read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "HPF01.balance" not in line]
    (tmp_path / "permits.csv").write_text("".join(kept), "utf-8")
    assert run("--item", "HPF01.balance", "--policies", str(tmp_path)) == 0
    assert "Nobody" in capsys.readouterr().out


def test_an_unknown_item_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--item", "PBC03.balence") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "did you mean 'PBC03.balance'?" in told.err
