"""`gateway audit` over a small store: what one command writes, another and the stand-alone verifier judge."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchange.audit import canonical
from exchange.checkpoint import Signer
from exchange.disclosure import Disclosure
from exchange.requester import Requester
from exchange.store import verification
from exchange.store.database import Database
from exchange.store.log import Log
from gateway.cli.main import app
from gateway.settings import Settings

ALONE = Path(__file__).parents[3] / "tools" / "verify_log.py"
SOMEBODY, ANOTHER = "5a" * 16, "6b" * 16


def seal(data: Path, *ids: str) -> None:
    asyncio.run(sealed(data, ids))


async def sealed(data: Path, ids: Sequence[str]) -> None:
    database = await Database.open(Settings(data=data).store_url)
    log = Log(database)
    requester = Requester("bank-a", "bank-system", "op-017", "bank-system")
    for number, id in enumerate(ids):
        person = ANOTHER if number % 2 else SOMEBODY
        disclosure = Disclosure(id, datetime.now(UTC), requester, "POST_LOAN", (person,))
        await log.seal([disclosure], None)
    log.close()
    await database.close()


class Folder:
    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path, self._capsys = path, capsys

    def run(self, *words: object) -> tuple[int, str]:
        """Exit code, and what was printed."""
        try:
            app(["audit", *map(str, words), "--data", str(self.path)], exit_on_error=True)
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def ok(self, *words: object) -> str:
        code, told = self.run(*words)
        assert code == 0, told
        return told


def alone(*words: object) -> bool:
    command = [sys.executable, "-I", ALONE, *map(str, words)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    folder = Folder(tmp_path / "data", capsys)
    seal(folder.path, *(f"d-{number}" for number in range(7)))
    folder.ok("key", "--make", "log.example.invalid")
    return folder


def test_a_key_is_made_once_for_its_owner_alone(folder: Folder) -> None:
    key = folder.ok("key")
    assert key.startswith("log.example.invalid+")
    assert folder.run("key", "--make", "other.invalid")[0] == 2
    assert folder.ok("key") == key
    assert (folder.path / "log.key").stat().st_mode & 0o777 == 0o600
    (folder.path / "log.key").write_text("nonsense")
    assert folder.run("key")[0] == 2
    (folder.path / "log.key").unlink()
    assert folder.run("key")[0] == 3


def test_an_export_is_accepted_whole_and_refused_changed(folder: Folder, tmp_path: Path) -> None:
    key, path = folder.ok("key").strip(), tmp_path / "log.export"
    folder.ok("export", path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "7 entries, whole" in folder.ok("verify", "--export", path)
    assert "7 entries, whole" in folder.ok("verify", "--export", path, "--key", key)
    assert alone(key, path)
    path.write_bytes(path.read_bytes().replace(b"op-017", b"op-018", 1))
    code, told = folder.run("verify", "--export", path)
    assert (code, "edited" in told) == (1, True)
    assert not alone(key, path)
    assert folder.run("verify", "--export", path, "--key", Signer.make("x").verifier)[0] == 1
    assert folder.run("verify", "--export", path, "--key", "nonsense")[0] == 2
    assert folder.run("verify", "--export", tmp_path / "nowhere")[0] == 3


def test_a_persons_entries_are_accepted_whole_and_refused_with_one_left_out(folder: Folder, tmp_path: Path) -> None:
    key, path = folder.ok("key").strip(), tmp_path / "mine.export"
    folder.ok("export", path, "--person", SOMEBODY)
    assert "4 entries, whole" in folder.ok("verify", "--export", path, "--person")
    assert alone(key, path, "--person")
    assert ANOTHER.encode() not in path.read_bytes()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:-2], lines[-1]]))
    assert folder.run("verify", "--export", path, "--person")[0] == 1
    assert not alone(key, path, "--person")


def test_a_proof_brings_its_entry(folder: Folder, tmp_path: Path) -> None:
    key, path = folder.ok("key").strip(), tmp_path / "one.proof"
    path.write_text(folder.ok("prove", "d-3"))
    assert alone(key, path)
    assert not alone(str(Signer.make("log.example.invalid").verifier), path)
    assert folder.run("prove", "d-99")[0] == 3


def test_a_store_that_was_rewritten_does_not_go_on_from_a_kept_checkpoint(folder: Folder, tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in ("old", "new", "other"))
    folder.ok("export", old)
    seal(folder.path, "d-7", "d-8")
    folder.ok("export", new)
    assert "whole" in folder.ok("verify", "--from", old)
    assert "whole" in folder.ok("verify", "--from", old, "--export", new)
    assert "of 7 and of 9 entries" in folder.ok("compare", new, old)
    for file in folder.path.glob("gateway.db*"):
        file.unlink()
    seal(folder.path, *(f"e-{number}" for number in range(9)))
    folder.ok("export", other)
    assert "whole" in folder.ok("verify")
    for words in (("verify", "--from", old), ("verify", "--from", old, "--export", other)):
        code, told = folder.run(*words)
        assert (code, "forked at entry 7" in told) == (1, True)
    assert folder.run("compare", old, other)[0] == 1
    assert folder.run("compare", new, other)[0] == 1


def test_a_store_that_was_cut_off_does_not_reach_a_kept_checkpoint(folder: Folder, tmp_path: Path) -> None:
    folder.ok("export", tmp_path / "old")
    for file in folder.path.glob("gateway.db*"):
        file.unlink()
    seal(folder.path, "d-0")
    code, told = folder.run("verify", "--from", tmp_path / "old")
    assert (code, "truncated" in told) == (1, True)


def test_options_that_do_not_go_together_are_refused(folder: Folder, tmp_path: Path) -> None:
    assert folder.run("verify", "--person")[0] == 2
    assert folder.run("verify", "--head", f"1:{'0' * 64}", "--from", tmp_path / "x")[0] == 2


def test_the_export_holds_no_salt(folder: Folder, tmp_path: Path) -> None:
    folder.ok("export", tmp_path / "all")
    folder.ok("export", tmp_path / "mine", "--person", SOMEBODY)
    salts = [json.loads(line)["salt"] for line in (tmp_path / "mine").read_bytes().split(b"\n\n", 2)[2].splitlines()]
    assert len(set(salts)) == 4
    everything = (tmp_path / "all").read_text()
    assert not [salt for salt in salts if salt in everything]
    line = everything.splitlines()[-1].encode()
    assert canonical(json.loads(line)) == line


async def last_verified(data: Path) -> verification.Verified | None:
    database = await Database.open(Settings(data=data).store_url)
    found = await verification.last(database)
    await database.close()
    return found


def test_the_last_verdict_is_noted_for_whoever_supervises(folder: Folder) -> None:
    assert asyncio.run(last_verified(folder.path)) is None
    folder.ok("verify")
    noted = asyncio.run(last_verified(folder.path))
    assert noted
    assert (noted.entries, noted.fault, noted.sequence) == (7, "", None)
    assert folder.run("verify", "--head", f"9:{'0' * 64}")[0] == 1
    noted = asyncio.run(last_verified(folder.path))
    assert noted
    assert noted.fault == "truncated"
