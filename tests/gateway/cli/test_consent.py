"""`gateway consent`: what the operator sees and does, sealed like everybody's acts."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import nursery
from tests.acceptance.in_process import made

ID = "consent-bank-a-clean-loan"


@pytest.fixture(scope="module")
async def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("console")
    await asyncio.to_thread(made, folder)
    return folder


def ran(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return nursery.ran(*arguments, "--data", data, environ=environ)


def last(data: Path) -> dict[str, Any]:
    return json.loads(ran(data, "audit", "list", "--json").stdout.splitlines()[-1])


def test_a_list_tells_what_was_given_to_an_organisation(data: Path) -> None:
    lines = ran(data, "consent", "list", "--organisation", "bank-a").stdout.splitlines()
    assert any(line.split()[:3] == [ID, "active", "bank-a"] for line in lines)
    told = ran(data, "consent", "list", "--organisation", "bank-a", "--json").stdout.splitlines()
    assert {json.loads(line)["organisation"] for line in told} == {"bank-a"}
    assert len(told) == len(lines)


def test_one_is_shown_as_its_receipt(data: Path) -> None:
    found = json.loads(ran(data, "consent", "show", ID).stdout)
    assert (found["consent"], found["state"], found["mode"]) == (ID, "active", "standing")
    missing = ran(data, "consent", "show", "nobody")
    assert (missing.returncode, missing.stdout) == (3, "")
    assert missing.stderr.startswith("CONSENT_NOT_FOUND")


def test_a_revocation_is_sealed_under_a_name_and_done_once(data: Path) -> None:
    done = ran(data, "consent", "revoke", ID, "--reason", "COMPLAINT", "--by", "li.wei")
    assert done.stdout.split()[1] == "revoked", done.stderr
    entry = last(data)
    said = entry["administrative"]
    assert (entry["event"], entry["operator"], entry["client"]) == ("administration", "li.wei", "console")
    assert (said["act"], said["object"], said["reason"]) == ("CONSENT_REVOKE", f"consent:{ID}", "COMPLAINT")
    assert said["changed"] == 1
    assert len(said["digest"]) == 64
    assert len(entry["people"]) == 1
    again = ran(data, "consent", "revoke", ID, "--reason", "COMPLAINT", "--by", "li.wei")
    assert again.returncode == 0
    assert last(data)["administrative"]["changed"] == 0


def test_what_cannot_be_revoked_is_refused_and_sealed(data: Path) -> None:
    refused = ran(data, "consent", "revoke", "consent-used-up", "--reason", "ORDER", "--by", "li.wei")
    assert refused.returncode == 3
    assert refused.stderr.startswith("CONSENT_STATE_UNFIT")
    assert (last(data)["event"], last(data)["code"]) == ("refusal", "CONSENT_STATE_UNFIT")
    before = last(data)["sequence"]
    assert ran(data, "consent", "revoke", ID, "--reason", "ORDER", "--by", "530199199003070015").returncode == 2
    assert last(data)["sequence"] == before
