"""The command line: help that names every command, and checks that need no running demo."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.cli.main import app

PAGE = Path(__file__).parents[2] / "docs/cli.md"
COMMANDS = ("demo", "serve", "token", "schema", "catalogue", "department", "policy", "audit", "real", "settings")


def run(*words: str) -> int:
    try:
        app(list(words), exit_on_error=True)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def test_help_and_page_name_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    told = capsys.readouterr().out
    for command in COMMANDS:
        assert command in told
        assert f"`gateway {command}" in PAGE.read_text("utf-8")
        assert run(command, "--help") == 0


def test_the_schema_is_printed_without_a_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schema", "print") == 0
    assert "type LoanAccount" in capsys.readouterr().out


def test_the_catalogue_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("catalogue", "check") == 0
    assert re.search(r"10 departments, 40 record types, 168 items", capsys.readouterr().out)


def test_a_decision_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("policy", "explain", "--role", "bank-system", "--purpose", "LOAN_APPROVAL", "--item")
    assert run(*words, "PBC03.balance") == 0
    assert "ground ordinary: FULL by " in capsys.readouterr().out
    assert run(*words, "PBC03.nothing") == 2


def test_what_is_missing_ends_with_a_next_step_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("token", "bank-system"), ("audit", "list", "--json"), ("audit", "verify")):
        assert run(*words) == 3
        told = capsys.readouterr()
        assert told.out == ""
        assert "gateway demo" in told.err


def test_an_unknown_setting_stops_every_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_PROT", "1")
    assert run("settings") == 2
    assert "GATEWAY_PROT" in capsys.readouterr().err


def test_settings_are_shown_with_their_source(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_DIGEST_KEY", "ab" * 32)
    assert run("settings", "--json") == 0
    told = capsys.readouterr().out
    assert '"source": "GATEWAY_DIGEST_KEY"' in told
    assert "abab" not in told


def test_a_head_that_is_no_head_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("audit", "verify", "--head", "12") == 2
    assert "SEQUENCE:HASH" in capsys.readouterr().err
