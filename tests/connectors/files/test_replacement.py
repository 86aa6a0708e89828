"""Drops replaced, half-written, damaged or gone while the department is asked."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from connectors.files import snapshot
from connectors.files.connector import Files
from connectors.files.folder import Stamp, copied
from exchange.records import Bad, Delivered, Outcome, Unavailable
from tests.connectors.contract import GIVEN, values, wanted
from tests.connectors.files.dropping import COLUMNS, ROWS, aged, drops_text, files, write_all, write_csv
from tests.connectors.small import NEW, NOBODY

SOON = "quiet_s: 0\nrenew_s: 0.02"
Opened = Callable[[str], Files]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """Opens the department of `tmp_path/drops` by a mapping; closes it at the end, and nothing may be left."""
    found: list[Files] = []

    def open_(mapping: str) -> Files:
        found.append(files(tmp_path, mapping))
        return found[-1]

    yield open_
    for each in found:
        await each.close()
    left = list((tmp_path / "private").rglob("*")) if (tmp_path / "private").exists() else []
    assert left == []


def mapping(timing: str = SOON, more: str = "") -> str:
    return drops_text(".csv", more).replace("quiet_s: 0", timing)


async def ask(connector: Files, seconds: float = 10) -> Outcome:
    questions = (wanted("institution_code"), wanted("employer", record="PBC02"))
    return await connector.fetch(questions, (NEW,), GIVEN, asyncio.get_running_loop().time() + seconds)


def said(outcome: Outcome) -> set[object]:
    """Every value of the answer, which has both record types."""
    assert isinstance(outcome, Delivered), outcome
    rows = [answer for answer in outcome.answers[NEW] if isinstance(answer, Sequence)]
    assert all(rows)
    return {value for answer in rows for row in answer for value in row.values}


def write_version(drops: Path, name: str, version: str, rows: int = 300) -> Path:
    """One table of a version, renamed over the one before."""
    made: dict[str, list[tuple[object, ...]]] = {
        "LN_ACCT": [
            (f"L{i}", NEW.number, version, "20240105", "1", "0", "P", "1", "202601", "Y", "", "", "20261031", "0")
            for i in range(rows)
        ],
        "job": [("1", NEW.number, version, "20250101")],
    }
    write_csv(drops / ".next", COLUMNS[name], made[name])
    return (drops / ".next").rename(drops / f"{name}_20261031.csv")


async def test_every_answer_is_wholly_of_one_version_while_drops_are_replaced(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    versions = [f"V{i}" for i in range(8)]

    async def replace(version: str) -> None:
        write_version(drops, "LN_ACCT", version)
        await asyncio.sleep(0.15)  # long enough for a look in between
        write_version(drops, "job", version)
        await asyncio.sleep(0.05)
        (drops / "all.done").write_text("")
        await asyncio.sleep(0.15)

    await replace(versions[0])
    connector = opened(mapping("complete: all.done\nrenew_s: 0.02"))
    found = [said(await ask(connector))]
    assert found == [{"V0"}]
    writer = asyncio.create_task(_each(replace, versions[1:]))
    while not writer.done():
        found += [said(outcome) for outcome in await asyncio.gather(*(ask(connector) for _ in range(50)))]
    await writer
    assert [each for each in found if len(each) != 1] == []
    assert len({value for each in found for value in each}) >= 2
    await connector.check()
    assert said(await ask(connector)) == {"V7"}
    assert len(list((tmp_path / "private").rglob("*.db"))) == 1


async def _each(replace: Callable[[str], object], versions: list[str]) -> None:
    for version in versions:
        await replace(version)  # type: ignore[misc]


async def test_an_ask_is_not_held_up_by_a_load(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    connector = opened(mapping())
    await ask(connector)
    write_version(drops, "LN_ACCT", "V1", rows=150_000)
    longest, asks = 0.0, 0
    while await values(connector, wanted("institution_code", first=1)) == [("A",)]:
        started = time.monotonic()
        await ask(connector)
        longest, asks = max(longest, time.monotonic() - started), asks + 1
    assert asks > 3
    assert longest < 1.5


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-30]), "values under 14 columns"),
        (lambda path: path.write_text(path.read_text() + '"open'), "quote may have been left open"),
        (lambda path: path.write_text(path.read_text().replace("V1", "V1,", 1)), "row 1 has 15 values"),
    ],
    ids=["cut", "open quote", "another width"],
)
async def test_a_spoilt_drop_leaves_the_one_before(
    tmp_path: Path, opened: Opened, spoil: Callable[[Path], object], named: str
) -> None:
    drops = write_all(tmp_path)
    connector = opened(mapping())
    before = await ask(connector)
    path = write_version(drops, "LN_ACCT", "V1")
    spoil(path)
    found = await connector.check()
    assert found.reachable
    assert any(f"drop LN_ACCT: {named}" in fault or named in fault for fault in found.faults)
    assert all("the drops before answer on" in fault for fault in found.faults)
    assert NEW.number not in "".join(found.faults)
    assert await ask(connector) == before
    write_version(drops, "LN_ACCT", "V2")
    assert (await connector.check()).faults == ()
    assert "V2" in said(await ask(connector))


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The drops whose files were copied, in order; "" = the file that completes them."""
    names: list[str] = []

    def noted(folder: Path, stamp: Stamp, drop: str, to: Path, stop: threading.Event) -> str:
        names.append(drop)
        return copied(folder, stamp, drop, to, stop)

    monkeypatch.setattr(snapshot, "copied", noted)
    return names


async def test_only_the_drop_that_changed_is_loaded_anew(tmp_path: Path, opened: Opened, taken: list[str]) -> None:
    """The others, their indexes and their unreadable id numbers come from the snapshot before."""
    drops = write_all(tmp_path)
    path = drops / "LN_ACCT_20261031.csv"
    path.write_bytes(path.read_bytes().replace(NEW.number.encode(), b"53019919900307\xff015", 1))
    connector = opened(mapping())
    before = said(await ask(connector))
    assert sorted(taken) == sorted(COLUMNS)
    for version in ("V1", "V2"):
        taken.clear()
        write_version(drops, "job", version)
        await until(connector, {*before - {"盘龙江·水务"}, version})
        assert taken == ["job"]
    with closing(sqlite3.connect(next((tmp_path / "private").rglob("*.db")))) as database:
        indexed = {row[0] for row in database.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'index'")}
        assert database.execute("SELECT count(*) FROM job").fetchone() == (1,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert indexed >= {"LN_ACCT", "pay", "contact"}
    assert [fault.partition(": ")[2] for fault in (await connector.check()).faults] == [
        "drop LN_ACCT: 1 rows have an id number that cannot be read"
    ]


async def test_a_manifest_is_held_against_drops_that_did_not_change(
    tmp_path: Path, opened: Opened, taken: list[str]
) -> None:
    """Their digests are those of when they were copied."""
    drops = write_all(tmp_path)
    manifest(drops)
    connector = opened(mapping("complete: DONE\nrenew_s: 0.02"))
    before = said(await ask(connector))
    taken.clear()
    write_version(drops, "job", "V1")
    manifest(drops)
    await until(connector, {*before - {"盘龙江·水务"}, "V1"})
    assert sorted(taken) == ["", "job"]
    write_version(drops, "job", "V2")
    manifest(drops, spoilt="pay")
    (fault,) = (await connector.check()).faults
    assert "pay: is not what the file that completes it says" in fault
    assert "V1" in said(await ask(connector))


def manifest(drops: Path, spoilt: str = "") -> None:
    lines = [
        f"{'0' * 64 if spoilt and path.name.startswith(spoilt) else hashlib.sha256(path.read_bytes()).hexdigest()}"
        f"  {path.name}\n"
        for path in sorted(drops.glob("*.csv"))
    ]
    (drops / ".done").write_text("".join(lines))
    (drops / ".done").rename(drops / "DONE")


async def until(connector: Files, wanted: set[object]) -> None:
    async with asyncio.timeout(10):
        while said(await ask(connector)) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_spoilt_drop_at_the_start_is_a_failure_and_mends_itself(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    path = drops / "LN_ACCT_20261031.csv"
    path.write_text(path.read_text() + "1,2\n")
    connector = opened(mapping())
    outcome = await ask(connector)
    assert isinstance(outcome, Unavailable)
    assert outcome.why == "FAILED"
    write_version(drops, "LN_ACCT", "V1")
    assert "V1" in said(await ask(connector))


async def test_no_file_is_unreachable_until_it_comes(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    (drops / "job_20261031.csv").rename(tmp_path / "away.csv")
    connector = opened(mapping("quiet_s: 0\nrenew_s: 60"))
    outcome = await ask(connector)
    assert isinstance(outcome, Unavailable)
    assert outcome.why == "UNREACHABLE"
    assert [fault.partition(": ")[2] for fault in (await connector.check()).faults] == [
        "drop job: no such file is in the folder"
    ]
    (tmp_path / "away.csv").rename(drops / "job_20261031.csv")
    assert "盘龙江·水务" in said(await ask(connector))


async def test_a_folder_that_goes_and_comes_back(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    connector = opened(mapping())
    before = await ask(connector)
    drops.rename(tmp_path / "gone")
    found = await connector.check()
    assert ["drops: the folder cannot be read; the drops before answer on" in fault for fault in found.faults] == [True]
    assert await ask(connector) == before
    (tmp_path / "gone").rename(drops)
    assert (await connector.check()).faults == ()


async def test_links_and_pipes_are_no_drops(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    (drops / "job_20261031.csv").rename(tmp_path / "elsewhere.csv")
    (drops / "job_1.csv").symlink_to(tmp_path / "elsewhere.csv")
    os.mkfifo(drops / "job_2.csv")
    outcome = await ask(opened(mapping()), seconds=5)
    assert isinstance(outcome, Unavailable)
    assert outcome.why == "UNREACHABLE"


async def test_threads_of_superseded_snapshots_end(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    neighbours = set(threading.enumerate())
    connector = opened(mapping())
    for i in range(6):
        write_version(drops, "job", f"V{i}")
        await connector.check()
        assert f"V{i}" in said(await ask(connector))

    def own() -> int:
        return sum(thread.name.startswith("sqlite") for thread in set(threading.enumerate()) - neighbours)

    for _ in range(250):  # a thread ends a moment after the last ask of its snapshot
        if own() <= 4:
            break
        await asyncio.sleep(0.02)
    assert own() <= 4


async def test_a_column_that_goes_changes_the_shape_and_is_named(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    connector = opened(mapping())
    await ask(connector)
    path = drops / "LN_ACCT_20261031.csv"
    text = path.read_text()
    path.write_text(text.replace("ORG_CD", "ORGAN", 1))
    (fault,) = (await connector.check()).faults
    assert "the source has no column ORG_CD (for institution_code)" in fault
    outcome = await ask(connector)
    assert isinstance(outcome, Unavailable)
    assert outcome.why == "SHAPE_CHANGED"
    path.write_text(text)
    await connector.shape()
    assert isinstance(await ask(connector), Delivered)


async def test_the_newest_by_name_is_meant(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    write_version(drops, "job", "V1").rename(drops / "job_20261101.csv")
    write_version(drops, "job", "V2").rename(drops / "job_20251231.csv")
    assert said(await ask(opened(mapping()))) >= {"V1"}


async def test_a_file_that_is_being_written_waits(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    for path in drops.iterdir():
        aged(path)
    connector = opened(mapping("quiet_s: 2\nrenew_s: 0.02"))
    before = await ask(connector)
    path = write_version(drops, "LN_ACCT", "V1")
    whole = path.read_text()
    end = time.monotonic() + 1.5
    with path.open("w") as file:
        for line in whole.splitlines(keepends=True):
            file.write(line)
            file.flush()
            if time.monotonic() < end:
                await asyncio.sleep(0.1)
                assert await ask(connector) == before
    await asyncio.sleep(0.3)
    assert await ask(connector) == before
    await asyncio.sleep(2)
    await connector.check()
    assert len(await values(connector, wanted("terms"))) == 300


async def test_a_first_drop_that_is_being_written_is_waited_for(tmp_path: Path, opened: Opened) -> None:
    write_all(tmp_path)
    started = time.monotonic()
    assert isinstance(await ask(opened(mapping("quiet_s: 0.5"))), Delivered)
    assert time.monotonic() - started > 0.3


async def test_a_manifest_with_digests_is_believed_by_them_alone(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)

    def sums() -> str:
        return "".join(
            f"{hashlib.sha256(path.read_bytes()).hexdigest()} *{path.name}\n" for path in sorted(drops.glob("*.csv"))
        )

    (drops / "all.done").write_text(sums())
    connector = opened(mapping("complete: all.done\nrenew_s: 0.02"))
    before = await ask(connector)
    late = sums()
    write_version(drops, "job", "V1")
    (drops / "all.done").write_text(late)
    (fault,) = (await connector.check()).faults
    assert "drop job: is not what the file that completes it says" in fault
    assert await ask(connector) == before
    (drops / "all.done").write_text(sums())
    assert (await connector.check()).faults == ()
    assert "V1" in said(await ask(connector))


async def test_the_day_of_a_file_vouches_where_no_column_does(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    os.utime(drops / "pay_20261031.csv", (1793548800, 1793548800))  # midnight in the city, and the day before in UTC
    text = mapping().replace("job: {file: job_*.csv", 'job: {file: job_*.csv, as_of: "_%Y%m%d"')
    connector = opened(text)
    questions = (wanted("employer", record="PBC02"), wanted("amount", record="PBC06", first=1))
    outcome = await connector.fetch(questions, (NEW,), GIVEN, asyncio.get_running_loop().time() + 9)
    assert isinstance(outcome, Delivered)
    assert [rows[0].as_of for rows in outcome.answers[NEW] if isinstance(rows, Sequence)] == [
        "2026-10-31",
        "2026-11-02",
    ]


async def test_hostile_values_are_withheld_and_counted(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    rows = [list(row) for row in ROWS["LN_ACCT"][:3]]
    rows[0][2], rows[0][4], rows[0][7] = "a\0b", "NaN", "9" * 10_000_000
    rows[1][2], rows[1][3], rows[1][4] = "文" * 2_000_000, "100000101", "=SUM(A1)"
    write_csv(drops / "LN_ACCT_20261031.csv", COLUMNS["LN_ACCT"], rows)
    connector = opened(mapping())
    question = wanted("institution_code", "opened_on", "balance", "terms")
    outcome = await connector.fetch((question,), (NEW, NOBODY), GIVEN, asyncio.get_running_loop().time() + 9)
    assert isinstance(outcome, Delivered)
    rows_found = outcome.answers[NEW][0]
    assert isinstance(rows_found, Sequence)
    assert [row.values for row in rows_found] == [
        (Bad.VALUE, "2024-01-05", Bad.VALUE, Bad.VALUE),
        (Bad.VALUE, Bad.VALUE, Bad.VALUE, 12),
        ("A", Bad.VALUE, Bad.VALUE, Bad.VALUE),
    ]
    assert outcome.invalid == 9


async def test_a_million_rows_of_one_person_are_bounded(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    write_version(drops, "LN_ACCT", "V1", rows=200_000)
    assert len(await values(opened(mapping()), wanted("institution_code"))) == 2000


async def test_an_id_number_that_cannot_be_read_is_counted(tmp_path: Path, opened: Opened) -> None:
    drops = write_all(tmp_path)
    path = drops / "LN_ACCT_20261031.csv"
    path.write_bytes(path.read_bytes().replace(NEW.number.encode(), b"53019919900307\xff015", 1))
    found = await opened(mapping()).check()
    assert [fault.partition(": ")[2] for fault in found.faults] == [
        "drop LN_ACCT: 1 rows have an id number that cannot be read"
    ]
