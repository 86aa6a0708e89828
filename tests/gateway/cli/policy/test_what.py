from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.cli.main import app


def run(*words: str) -> int:
    try:
        app(["policy", "what", *words], exit_on_error=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def test_a_table_by_purpose_with_the_items_of_each_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--role", "utility-clerk") == 0
    told = capsys.readouterr().out
    assert "UTILITY_DISPUTE" in told
    assert "UTL01: service_type, provider_code, account_number" in told
    assert "LOAN_APPROVAL" not in told


def test_a_role_that_sees_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--role", "operator") == 0
    assert "Nothing, for no purpose." in capsys.readouterr().out


def test_json_holds_every_item_and_nothing_else_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--role", "utility-clerk", "--json") == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert told.err == ""
    assert found["role"] == "utility-clerk"
    rows = {o["item"]: [row["name"] for row in o["rows"]] for o in found["openings"]}
    assert rows["UTL02.arrears_amount"] == ["own_provider"]
    assert rows["PSB01.name"] == []


def test_a_parent_role_is_no_role_that_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--role", "bank") == 2
    assert "unknown role 'bank'" in capsys.readouterr().err
