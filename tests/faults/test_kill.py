"""Processes that seal are killed, or work beside each other: the chain stays one, and nothing acknowledged is lost."""

from __future__ import annotations

import json
import subprocess
import time
from itertools import islice, pairwise
from pathlib import Path

import pytest

from exchange.store.database import Database
from exchange.store.log import Log

SEALING = str(Path(__file__).with_name("sealing.py"))


@pytest.fixture
async def log(store_url):
    database = await Database.open(store_url)
    log = Log(database)
    yield log
    log.close()
    await database.close()


def wait_until_ready(process: subprocess.Popen[str]) -> list[str]:
    """The ids acknowledged meanwhile."""
    ids: list[str] = []
    while (line := process.stdout.readline()) != "ready\n":
        assert line, "the process ended"
        ids.append(line.strip())
    return ids


def begin(process: subprocess.Popen[str]) -> None:
    process.stdin.write("\n")
    process.stdin.flush()


def acknowledged_until_killed(process: subprocess.Popen[str], after_s: float) -> list[str]:
    wait_until_ready(process)
    begin(process)
    seen = list(islice(process.stdout, 40))
    time.sleep(after_s)
    process.kill()
    rest = process.stdout.read().splitlines(keepends=True)
    return [line.strip() for line in (*seen, *rest) if line.endswith("\n")]


async def test_what_was_acknowledged_before_a_kill_stands(start, store_url, log):
    acknowledged: list[str] = []
    for number in range(5):
        acknowledged += acknowledged_until_killed(start(SEALING, store_url, "0"), 0.013 * number)
    assert len(acknowledged) >= 200
    assert (await log.verify()).sound
    assert [id for id in acknowledged if await log.find(id) is None] == []


@pytest.mark.parametrize("count", [2, 4])
async def test_processes_append_to_one_chain(start, store_url, log, count):
    processes = [start(SEALING, store_url, "250") for _ in range(count)]
    for process in processes:
        wait_until_ready(process)
    acknowledged: list[set[str]] = [set() for _ in processes]
    for _ in range(2):
        for process in processes:
            begin(process)
        for process, ids in zip(processes, acknowledged, strict=True):
            ids.update(wait_until_ready(process))
    assert [len(ids) for ids in acknowledged] == [500] * count
    verdict = await log.verify()
    assert verdict.sound
    assert verdict.head.sequence == 500 * count
    writers = {id: writer for writer, ids in enumerate(acknowledged) for id in ids}
    sealed_by = [writers[json.loads(text)["id"]] for text in await log.entries(limit=500 * count)]
    assert [sealed_by.count(writer) for writer in range(count)] == [500] * count
    assert sum(one != next for one, next in pairwise(sealed_by)) >= count  # each appended after the others
