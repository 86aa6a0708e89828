"""`gateway client`, as somebody at the console runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.acceptance.running import Demo, clean_environ

FILE = """
organisations:
  office: {kind: credit_office, title: Office}
  bank:
    kind: bank
    title: Bank
    licence: {number: L-1, valid_until: 2031-12-31}
    agreement: {number: A-1, valid_from: 2020-01-01, valid_until: 2031-12-31}
clients:
  office: {organisation: office, roles: [credit-office], title: Office}
  desk: {organisation: bank, roles: [bank-officer], purposes: [LOAN_APPROVAL], title: Desk}
"""


@pytest.fixture
def console(tmp_path: Path) -> Demo:
    (tmp_path / "clients.yaml").write_text(FILE)
    data = tmp_path / "data"
    data.mkdir()
    return Demo(data, 0, clean_environ())


def refused(console: Demo, *words: str) -> str:
    """What a command that must not succeed says."""
    with pytest.raises(AssertionError) as caught:
        console.run("client", *words)
    return str(caught.value)


def test_from_a_file_to_a_second_persons_approval(console: Demo, tmp_path: Path) -> None:
    file = str(tmp_path / "clients.yaml")
    assert "begins with this file" in console.run("client", "import", file, "--by", "li.wei")
    assert console.run("client", "import", file, "--by", "li.wei") == ""
    listed = [json.loads(line) for line in console.run("client", "list", "--json").splitlines()]
    assert [(one["id"], one["state"]) for one in listed] == [("desk", "active"), ("office", "active")]

    wider = tmp_path / "desk.yaml"
    wider.write_text("{organisation: bank, roles: [bank-officer], title: Desk}")
    said = console.run("client", "propose", "desk", str(wider), "--by", "li.wei")
    found = re.search(r"Proposal ([0-9a-f]{32})", said)
    assert found
    proposal = found[1]
    assert proposal in console.run("client", "list")
    assert "TWO_PERSONS_NEEDED" in refused(console, "approve", proposal, "--by", "Li.Wei")
    assert "active, version 2" in console.run("client", "approve", proposal, "--by", "zhang.min")
    assert "stood so already" in console.run("client", "approve", proposal, "--by", "zhang.min")
    shown = json.loads(console.run("client", "show", "desk", "--json"))
    assert (shown["version"], shown.get("purposes")) == (2, None)

    console.run("client", "suspend", "bank", "--organisation", "--reason", "LICENCE_ENDED", "--by", "li.wei")
    assert json.loads(console.run("client", "show", "bank", "--organisation", "--json"))["state"] == "suspended"
    console.run("client", "close", "desk", "--reason", "REQUESTED", "--by", "li.wei")
    assert "REGISTRATION_CLOSED" in refused(console, "propose", "desk", str(wider), "--by", "li.wei")

    entries = [json.loads(line) for line in console.run("audit", "list", "--json").splitlines()]
    acts = [(e["administrative"]["act"], e["code"], e["operator"], e["administrative"]["changed"]) for e in entries]
    assert acts == [
        ("CLIENT_IMPORT", "", "li.wei", 1),
        ("CLIENT_PROPOSE", "", "li.wei", 1),
        ("CLIENT_APPROVE", "TWO_PERSONS_NEEDED", "Li.Wei", 0),
        ("CLIENT_APPROVE", "", "zhang.min", 1),
        ("CLIENT_APPROVE", "", "zhang.min", 0),
        ("CLIENT_SUSPEND", "", "li.wei", 1),
        ("CLIENT_CLOSE", "", "li.wei", 1),
        ("CLIENT_PROPOSE", "REGISTRATION_CLOSED", "li.wei", 0),
    ]
    assert {(e["organisation"], e["client"], e["role"]) for e in entries} == {("gateway", "console", "operator")}
    assert "whole" in console.run("audit", "verify")


def test_a_later_import_proposes_what_differs(console: Demo, tmp_path: Path) -> None:
    file = tmp_path / "clients.yaml"
    console.run("client", "import", str(file), "--by", "li.wei")
    file.write_text(FILE.replace("purposes: [LOAN_APPROVAL]", "purposes: [LOAN_APPROVAL, POST_LOAN]"))
    said = console.run("client", "import", str(file), "--by", "li.wei")
    assert len(said.splitlines()) == 1
    assert "waits for a second person" in said
    assert json.loads(console.run("client", "show", "desk", "--json"))["purposes"] == ["LOAN_APPROVAL"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "nobody"), "REGISTRATION_NOT_FOUND"),
        (("approve", "nothing", "--by", "li.wei"), "REGISTRATION_NOT_FOUND"),
        (("suspend", "desk", "--reason", "BREACH", "--by", "530199199003070015"), "--by takes a short name"),
        (("suspend", "desk", "--reason", "dislike", "--by", "li.wei"), "licence-ended"),
        (("propose", "desk", "there-is-none.yaml", "--by", "li.wei"), "cannot be read"),
        (("import", "there-is-none.yaml", "--by", "li.wei"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_says_why_without_a_trace(console: Demo, words: tuple[str, ...], said: str) -> None:
    text = refused(console, *words)
    assert said in text
    assert "Traceback" not in text
    assert "530199199003070015" not in text


def test_help_teaches(console: Demo) -> None:
    text = console.run("client", "--help")
    assert "One person proposes and another approves" in text
    for command in ("list", "show", "propose", "approve", "decline", "suspend", "resume", "close", "import"):
        assert command in text
