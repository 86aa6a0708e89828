from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.main import app
from tests.policies.cased import changed, copied


def run(*words: str) -> int:
    try:
        app(["policy", "check", *words], exit_on_error=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "other").mkdir()
    return copied(tmp_path / "other")


def test_the_shipped_policies_are_sound(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    told = capsys.readouterr()
    assert "6 forbids, 27 roles, 27 purposes" in told.out
    assert "no faults, nothing odd" in told.out
    assert told.err == ""


def test_every_fault_of_another_folder_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    permit = changed(
        folder / "permits.csv", "p, tax-clerk, ARREARS_ENFORCEMENT, group:tax,", "p, tax, DUTY, group:tax,"
    )
    row = changed(folder / "rows.yaml", "{missing: closed_on}", "{missing: closed_at}")
    assert run("--policies", str(folder)) == 1
    told = capsys.readouterr()
    assert told.out == ""
    for line in (f"permits.csv:{permit}: unknown role", f"permits.csv:{permit}: unknown purpose", f"rows.yaml:{row}: "):
        assert line in told.err


def test_oddities_are_told_and_fault_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "permits.csv").open("a", encoding="utf-8") as permits:
        permits.write("p, bank, CARD_APPROVAL, PBC03.balance, EXISTS, , ordinary, P-T, CREDIT_QUERY\n")
    assert run("--policies", str(folder)) == 0
    assert "P-T is shadowed and never decides" in capsys.readouterr().out
    assert run("--policies", str(folder), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["faults"] == []
    assert [(oddity["file"], oddity["line"] > 0) for oddity in told["oddities"]] == [("permits.csv", True)]


def test_json_tells_faults_and_nothing_else(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = changed(folder / "cases/justice.yaml", "by P-UTILITY-UT", "by P-UTILITY-TU")
    assert run("--policies", str(folder), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert [(fault["file"], fault["line"]) for fault in told["faults"]] == [("justice.yaml", line)]
    changed(folder / "forbids.csv", "F-AGENCY-INQUIRER, OTHER_LENDERS", "F-AGENCY-INQUIRER, OTHER_LENDERS, ")
    assert run("--policies", str(folder), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["revision"] is None
    assert "10 columns where 9 belong" in told["faults"][0]["message"]
