"""`gateway audit archive`: what leaves the log verifies by itself, by the stand-alone verifier, and against the log."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exchange.audit import canonical
from exchange.disclosure import Disclosure
from exchange.refusals import AuditUnavailable
from exchange.requester import Requester
from exchange.retention import CITY_TIME
from exchange.store.database import Database, Row, StoreConflict
from exchange.store.log import Log
from gateway import archiving
from gateway.cli.audit.archive import years_before
from tests.exchange.store.fences import unfenced
from tests.gateway.cli.test_audit import ANOTHER, SOMEBODY, Folder, alone

NOW = datetime.now(UTC)
OLD = NOW.replace(day=1) - timedelta(days=6 * 366)
REQUESTER = Requester("bank-a", "bank-system", "op-017", "bank-system")


@pytest.fixture
def folder(
    tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Folder:
    """A log of 25 old entries and 5 new ones, about two people, on either kind of store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATEWAY_STORE", store_url)
    folder = Folder(tmp_path / "data", capsys)
    folder.path.mkdir()
    (tmp_path / "kept").mkdir()
    seal(store_url, *(f"old-{number}" for number in range(25)), at=OLD)
    folder.ok("key", "--make", "log.example.invalid")
    seal(store_url, *(f"new-{number}" for number in range(5)), at=NOW)
    return folder


def seal(url: str, *ids: str, at: datetime) -> None:
    async def sealed() -> None:
        async with _opened(url) as log:
            for number, id in enumerate(ids):
                people = (ANOTHER,) if number % 2 else (SOMEBODY, ANOTHER) if number % 3 else (SOMEBODY,)
                await log.seal([Disclosure(id, at, REQUESTER, "POST_LOAN", people)], None)

    asyncio.run(sealed())


class _opened:
    def __init__(self, url: str) -> None:
        self.url = url

    async def __aenter__(self) -> Log:
        self.database = await Database.open(self.url)
        self.log = Log(self.database)
        return self.log

    async def __aexit__(self, *_: object) -> None:
        self.log.close()
        await self.database.close()


def objects(path: Path) -> list[bytes]:
    """The lines that are no part of the checkpoint."""
    return [line for line in path.read_bytes().split(b"\n") if line.startswith(b"{")]


def archived(folder: Folder, path: Path, *words: object) -> list[Path]:
    told = folder.ok("archive", path, "--by", "li.wei", *words)
    return [path / line.split()[0] for line in told.splitlines() if line.startswith("segment-")]


def test_old_entries_leave_for_segments_that_verify_everywhere(folder: Folder, tmp_path: Path, store_url: str) -> None:
    kept, key = tmp_path / "kept", folder.ok("key").strip()
    before = tmp_path / "before"
    folder.ok("export", before)
    files = archived(folder, kept, "--entries", 10)
    assert [file.name for file in files] == ["segment-1-10.log", "segment-11-20.log", "segment-21-25.log"]
    taken = []
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        assert "whole" in folder.ok("verify", "--segment", file)
        assert "whole" in folder.ok("verify", "--segment", file, "--key", key)
        assert alone(key, file)
        taken += [canonical(json.loads(line)["entry"]) for line in objects(file)[1:]]
    assert taken == [*objects(before)[:25]]

    # What is left: five entries, and the acts of archiving; all go on from what left.
    assert "33 entries, whole" in folder.ok("verify")
    assert "whole" in folder.ok("verify", "--from", before)
    shown = [json.loads(line) for line in folder.ok("list", "--json").splitlines()]
    assert [entry["sequence"] for entry in shown] == list(range(26, 34))
    acts = [entry["administrative"] for entry in shown if entry["administrative"]]
    assert [act["object"] for act in acts] == ["segment:1-10", "segment:11-20", "segment:21-25"]
    assert {entry["operator"] for entry in shown if entry["administrative"]} == {"li.wei"}

    seal(store_url, "later-0", "later-1", "later-2", at=NOW)
    assert "36 entries, whole" in folder.ok("verify")
    assert archived(folder, kept) == [], "nothing is old any more"


def test_what_leaves_was_counted_before(folder: Folder, tmp_path: Path, store_url: str) -> None:
    archived(folder, tmp_path / "kept")

    async def counted() -> tuple[list[Row], list[Row]]:
        async with _opened(store_url) as log:
            months = await log._database.read("SELECT month FROM statistic_month")
            return months, await log._database.read(
                "SELECT CAST(sum(entries) AS BIGINT) FROM activity WHERE step = 'day' AND purpose = 'POST_LOAN'"
            )

    months, entries = asyncio.run(counted())
    assert [month for (month,) in months] == [OLD.astimezone(CITY_TIME).strftime("%Y-%m")]
    assert entries == [(30,)]


@pytest.fixture
def done(folder: Folder, tmp_path: Path) -> tuple[Folder, list[Path]]:
    return folder, archived(folder, tmp_path / "kept", "--entries", 10)


Done = tuple[Folder, list[Path]]


def test_an_export_of_what_is_left_verifies_and_says_where_it_begins(done: Done, tmp_path: Path) -> None:
    folder, _ = done
    key, path = folder.ok("key").strip(), tmp_path / "left.log"
    folder.ok("export", path)
    assert "33 entries, whole" in folder.ok("verify", "--export", path)
    assert alone(key, path)
    data = path.read_bytes()
    for at in range(data.index(b'{"after"'), len(data), 17):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert folder.run("verify", "--export", path)[0] == 1, at
    path.write_bytes(data)
    path.write_bytes(b"\n".join(line for line in data.split(b"\n") if not line.startswith(b'{"after"')))
    assert folder.run("verify", "--export", path)[0] == 1
    assert not alone(key, path)


def test_every_changed_byte_of_a_segment_is_seen(done: Done) -> None:
    folder, (first, second, third) = done
    key = folder.ok("key").strip()
    data = third.read_bytes()
    for at in range(0, len(data), 7):
        third.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert folder.run("verify", "--segment", third, "--key", key)[0] == 1, at
    for broken in (data[:-1], data[: data.rindex(b"{")], data + data.split(b"\n")[-2] + b"\n"):
        third.write_bytes(broken)
        assert folder.run("verify", "--segment", third, "--key", key)[0] == 1
        assert not alone(key, third)
    third.write_bytes(data.replace(b'"salt":"', b'"salt":"0', 1))
    assert not alone(key, third)
    second.write_bytes(first.read_bytes())
    assert "whole" in folder.ok("verify", "--segment", second), "it is the first, whatever its name"


def test_an_archived_entry_is_proven_and_found(done: Done, tmp_path: Path) -> None:
    folder, files = done
    key, path = folder.ok("key").strip(), tmp_path / "one.proof"
    told = folder.ok("prove", "old-12")
    assert "archived, in segment-11-20.log" in told
    path.write_text(told.partition("The entry")[0])
    assert not alone(key, path), "it does not bring its entry"
    path.write_text(folder.ok("prove", "old-12", "--segment", files[1]))
    assert alone(key, path)
    assert json.loads(folder.ok("list", "--json").splitlines()[0])["id"] == "new-0"
    code, told = folder.run("replay", "old-12")
    assert (code, "segment-11-20.log" in told) == (3, True)


def test_a_persons_chain_goes_on(done: Done, tmp_path: Path, store_url: str) -> None:
    folder, _ = done
    key, path = folder.ok("key").strip(), tmp_path / "mine.log"
    seal(store_url, "later-0", at=NOW)
    folder.ok("export", path, "--person", SOMEBODY)
    count = json.loads(objects(path)[0])["count"] - 1
    assert count == 13
    assert "whole" in folder.ok("verify", "--export", path, "--person", "--earlier", count)
    assert alone(key, path, "--person", "--earlier", count)
    for earlier in (0, count - 1, count + 1):
        words = ("--earlier", earlier) if earlier else ()
        assert folder.run("verify", "--export", path, "--person", *words)[0] == 1
        assert not alone(key, path, "--person", *words)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM log WHERE sequence = 26",
        "DELETE FROM log",
        "UPDATE log SET hash = 'x' WHERE sequence = 26",
        "DELETE FROM log_archive",
        "UPDATE log_archive SET sequence = 30 WHERE sequence = 25",
        "DELETE FROM log_archived",
        "INSERT INTO log_archive VALUES (30, 26, 'x', '', '', '')",
        "INSERT INTO log_archive SELECT sequence, 27, hash, '', '', '' FROM log WHERE sequence = 28",
        "INSERT INTO log_archive SELECT sequence, 26, hash, '', '', '' FROM log WHERE sequence = 33",
        "INSERT INTO log_archive VALUES (25, 26, 'x', '', '', '')",
    ],
)
def test_nothing_else_leaves_the_log(done: Done, store_url: str, statement: str) -> None:
    async def tried() -> None:
        database = await Database.open(store_url)
        try:
            with pytest.raises(StoreConflict):
                async with database.write() as tx:
                    await tx.run(statement)
        finally:
            await database.close()

    asyncio.run(tried())
    assert "33 entries, whole" in done[0].ok("verify")


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE log_archive SET hash = '%s' WHERE sequence = 25" % ("0" * 64), "edited"),
        ("DELETE FROM log_archive WHERE sequence = 25", "forked"),
        ("UPDATE log_person_archived SET count = count + 1", "personal"),
        ("DELETE FROM log_person_archived", "personal"),
        (
            "UPDATE log_node SET hash = (SELECT hash FROM log_node WHERE level = 0 AND position = 3) WHERE level = 4",
            "forked",
        ),
        ("DELETE FROM log WHERE sequence = 26", "gap"),
    ],
)
def test_what_somebody_changes_all_the_same_is_seen(done: Done, store_url: str, statement: str, fault: str) -> None:
    async def changed() -> None:
        database = await Database.open(store_url)
        async with database.write() as tx:
            await unfenced(tx)
            if "FROM log WHERE" in statement:
                await tx.run("DELETE FROM log_person WHERE sequence = 26")
            await tx.run(statement)
        await database.close()

    asyncio.run(changed())
    code, told = done[0].run("verify")
    assert code == 1
    assert fault in told or fault == "forked"


def test_an_unsealed_archive_leaves_the_log_whole(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise AuditUnavailable()

    with monkeypatch.context() as broken:
        broken.setattr(Log, "seal", down)
        assert folder.run("archive", tmp_path / "kept", "--by", "li.wei")[0] == 3
    assert "30 entries, whole" in folder.ok("verify")
    assert (tmp_path / "kept" / "segment-1-25.log").exists()
    assert "whole" in folder.ok("verify", "--segment", tmp_path / "kept" / "segment-1-25.log"), "a file nobody needs"
    assert [file.name for file in archived(folder, tmp_path / "kept")] == ["segment-1-25.log"]


def test_a_segment_that_does_not_verify_on_the_disk_removes_nothing(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = archiving.line
    monkeypatch.setattr(archiving, "line", lambda text, links: real(text, links).replace(b"old-7", b"old-8"))
    code, told = folder.run("archive", tmp_path / "kept", "--by", "li.wei")
    assert (code, "does not verify" in told) == (1, True)
    monkeypatch.undo()


def test_what_is_asked_wrongly_is_told(folder: Folder, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    recent = (NOW - timedelta(days=365)).date().isoformat()
    for words, code in (
        ((kept, "--by", "li.wei", "--before", recent), 2),
        ((kept, "--by", "li.wei", "--before", "yesterday"), 2),
        ((kept, "--by", "li.wei", "--entries", 0), 2),
        ((kept, "--by", "530199199003070015"), 2),
        ((tmp_path / "nowhere", "--by", "li.wei"), 3),
        ((kept,), 2),
    ):
        assert folder.run("archive", *words)[0] == code, words
    assert "30 entries, whole" in folder.ok("verify")


def test_five_years_of_a_leap_day_are_not_over_too_early() -> None:
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert years_before(leap, 5) == datetime(2023, 2, 28, 12, tzinfo=UTC)
    assert years_before(leap, 8) == datetime(2020, 2, 29, 12, tzinfo=UTC)
