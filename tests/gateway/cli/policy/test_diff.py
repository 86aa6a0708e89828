from __future__ import annotations

import json
import shutil
from importlib import import_module
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from gateway.cli.main import app
from policies.rulebook import FILES, FOLDER

SCHEMA = build_schema((Path(__file__).parents[4] / "schema.graphql").read_text("utf-8"))
OPENED = "p, market-clerk, LICENSING, UTL02.arrears_amount, BANDED, , ordinary, P-NEW, LICENSING\n"


def run(*words: object) -> int:
    try:
        app(["policy", "diff", *map(str, words)], exit_on_error=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The shipped policies with one permit more."""
    folder = tmp_path / "changed"
    folder.mkdir()
    for name in FILES:
        shutil.copy(FOLDER / name, folder / name)
    with (folder / "permits.csv").open("a", encoding="utf-8") as permits:
        permits.write(OPENED)
    return folder


def test_equal_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FOLDER, FOLDER) == 0
    assert "Both decide alike." in capsys.readouterr().out


def test_widened_is_3_and_marked_with_an_ask_that_shows_it(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FOLDER, changed) == 3
    told = capsys.readouterr().out
    assert "cells 1 gained, 0 lost, 0 changed" in told
    assert "gained, WIDENS" in told
    (ask,) = (line.partition("market-clerk: ")[2] for line in told.splitlines() if "market-clerk: " in line)
    assert "utilityArrears" in ask
    assert validate(SCHEMA, parse(ask)) == []


def test_narrowed_is_1(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(changed, FOLDER) == 1
    told = capsys.readouterr().out
    assert "cells 0 gained, 1 lost, 0 changed" in told
    assert "WIDENS" not in told
    assert told.endswith("Nothing is widened.\n")


def test_a_purpose_that_presupposes_less_is_told(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (changed / "purposes.yaml").read_text("utf-8")
    (changed / "purposes.yaml").write_text(text.replace("relation: open_account_here", "alive: false", 1), "utf-8")
    assert run(FOLDER, changed) == 3
    told = capsys.readouterr().out
    assert "changed, WIDENS: POST_LOAN.relation: open_account_here → None" in told
    assert "changed, WIDENS: POST_LOAN.alive: True → False" in told


def test_json_holds_every_cell_and_nothing_else_is_printed(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FOLDER, changed, "--json") == 3
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert told.err == ""
    assert (found["widens"], found["equal"], found["gained"]) == (True, False, 1)
    (cell,) = found["cells"]
    assert (cell["before"]["treatment"], cell["after"]["treatment"]) == ("WITHHELD", "BANDED")
    assert (cell["after"]["rule"], cell["grounds"]) == ("P-NEW", ["ordinary", "written"])
    assert validate(SCHEMA, parse(cell["ask"])) == []


def test_what_cannot_be_compared_is_2_with_the_faults_of_both(
    changed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (changed / "permits.csv").open("a", encoding="utf-8") as permits:
        permits.write("p, bnak, LICENSING, UTL02.arrears_amount, BANDED, , ordinary, P-NEWER, LICENSING\n")
    assert run(tmp_path / "nowhere", changed) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{tmp_path / 'nowhere' / 'permits.csv'}: the file is missing" in told.err
    assert f"{changed / 'permits.csv'}:" in told.err
    assert "unknown role 'bnak'" in told.err


def test_a_crash_is_never_taken_for_narrowed(
    changed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(import_module("gateway.cli.policy.diff"), "compare", broken)
    assert run(FOLDER, changed) == 2
    assert "PermissionError" in capsys.readouterr().err
