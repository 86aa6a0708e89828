from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gateway.cli.main import app
from policies.rulebook import FOLDER
from tests.policies.cased import changed, copied


def run(*words: str) -> int:
    try:
        app(["policy", "test", *words], exit_on_error=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "other").mkdir()
    return copied(tmp_path / "other")


def test_all_is_covered(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--policies", str(folder)) == 0
    told = capsys.readouterr()
    assert told.err == ""
    for name, number in (("rules", "259"), ("all cells", "122,472")):
        (line,) = (line for line in told.out.splitlines() if name in line)
        assert line.count(number) == 2, line


def test_a_miss_ends_with_exit_code_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(
        folder / "permits.csv",
        "group:contact, FULL, , ordinary, P-IDENTITY-CT",
        "group:contact, MASKED, , ordinary, P-IDENTITY-CT",
    )
    assert run("--policies", str(folder)) == 1
    told = capsys.readouterr()
    assert "psb-clerk, IDENTITY_CHECK, ground ordinary, PBC01.mobile_phone and 2 more: expected FULL by " in told.err
    assert "got MASKED by P-IDENTITY-CT" in told.err
    assert "8 decisions are not the expected ones." in told.err


def test_a_rule_without_case_ends_with_exit_code_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(
        folder / "cases/departments.yaml", "      group:contact: FULL by P-IDENTITY-CT\n", "      group:contact: FULL\n"
    )
    assert run("--policies", str(folder), "--json") == 1
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert found["misses"] == []
    assert found["coverage"]["rules_without_case"] == ["P-IDENTITY-CT"]
    assert found["coverage"]["complete"] is False
    assert "no case speaks of P-IDENTITY-CT" in told.err


def test_cases_of_another_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.move(folder / "cases", folder.parent / "elsewhere")
    assert run("--policies", str(folder)) == 1
    assert "cases: there are no cases" in capsys.readouterr().err
    assert run("--policies", str(folder), "--cases", str(folder.parent / "elsewhere")) == 0


def test_faulty_cases_are_told_with_their_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = changed(folder / "cases/agency.yaml", "group:contact: MASKED", "group:contakt: MASKED")
    assert run("--policies", str(folder)) == 1
    assert f"agency.yaml:{line}: unknown item, record type or group 'group:contakt'" in capsys.readouterr().err


def test_json_is_one_object(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--policies", str(folder), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cases"] >= 35
    numbers = found["coverage"]["numbers"]
    assert all(number["covered"] == number["of"] > 0 for number in numbers.values())
    assert (FOLDER / "cases").is_dir()
