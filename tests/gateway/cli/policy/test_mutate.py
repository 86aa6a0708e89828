from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.main import app
from tests.policies.cased import changed, copied


def run(*words: str) -> int:
    try:
        app(["policy", "mutate", *words], exit_on_error=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "other").mkdir()
    return copied(tmp_path / "other")


def test_the_share_of_some_rules(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--policies", str(folder), "--rule", "P-UTILITY-UT", "--rule", "F-AGENCY-INQUIRER") == 0
    told = capsys.readouterr()
    assert "100.00% of the changes that decide something are noticed" in told.out
    assert told.err == ""


def test_survivors_end_with_exit_code_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(
        folder / "cases/departments.yaml",
        "    purpose: IDENTITY_CHECK\n",
        "    purpose: IDENTITY_CHECK\n    rest: unsaid\n",
    )
    assert run("--policies", str(folder), "--rule", "P-IDENTITY-CT", "--json") == 1
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert found["noticed"] > 3
    assert 0 < found["share"] < 1
    assert [text.partition(": ")[2] for text in found["survivors"]] == ["P-IDENTITY-CT widened: on * too"]
    assert "Not noticed: permits.csv:" in told.err


def test_an_unknown_rule(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--policies", str(folder), "--rule", "P-NOBODY") == 2
    assert "There is no rule 'P-NOBODY'." in capsys.readouterr().err
