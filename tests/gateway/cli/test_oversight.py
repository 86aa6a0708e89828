"""`gateway audit find` and `exposure`: what they print, and that each read is an entry."""

from __future__ import annotations

import json

import pytest

from gateway.demo.issuer import make_digest_key
from tests.gateway.cli.test_audit import ANOTHER, SOMEBODY, Folder, folder

__all__ = ["folder"]

WINDOW = ("--since", "2020-01-01T00:00:00Z", "--until", "2099-01-01T00:00:00Z")


@pytest.fixture(autouse=True)
def key(folder: Folder) -> None:
    make_digest_key(folder.path / "digest.key")


def entries(folder: Folder) -> list[dict]:
    return [json.loads(line) for line in folder.ok("list", "--json").splitlines()]


def test_entries_are_found_and_the_read_is_sealed(folder: Folder) -> None:
    told = folder.ok("find", "--by", "li.wei", "--client", "bank-system", "--purpose", "POST_LOAN", "--first", "3")
    assert [json.loads(line)["id"] for line in told.splitlines()] == ["d-6", "d-5", "d-4"]
    last = entries(folder)[-1]
    assert (last["client"], last["operator"], last["role"]) == ("console", "li.wei", "operator")
    assert (last["administrative"]["act"], last["administrative"]["object"]) == ("LOG_READ", "entries:3")
    assert folder.ok("find", "--by", "li.wei", "--rule", "P-1") == ""


def test_who_was_exposed_and_the_read_is_sealed(folder: Folder) -> None:
    people = [json.loads(line) for line in folder.ok("exposure", "bank-system", "--by", "li.wei", *WINDOW).splitlines()]
    assert [(one["person"], one["count"]) for one in people] == [(SOMEBODY, 4), (ANOTHER, 3)]
    assert entries(folder)[-1]["administrative"]["object"] == "people:2"
    folder.ok("verify")


def test_junk_ends_with_its_code_and_seals_nothing(folder: Folder) -> None:
    before = len(entries(folder))
    for words in (("--client", "x' OR 1"), ("--since", "yesterday"), ("--first", "1001")):
        code, told = folder.run("find", "--by", "li.wei", *words)
        assert code != 0
        assert words[1] not in told or words[0] == "--first"
    assert folder.run("find", "--by", "li wei")[0] == 2
    assert len(entries(folder)) == before
