"""Archiving is killed again and again: every entry is in the log or in a segment that the log names, in just one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exchange.checkpoint import Signer
from exchange.disclosure import Disclosure
from exchange.requester import Requester
from exchange.segment import opened
from exchange.store.database import Database
from exchange.store.log import Log
from gateway.archiving import digest_of
from tests.often import often

KILLS = often(4, proof=8)
OLD = datetime.now(UTC) - timedelta(days=6 * 366)
REQUESTER = Requester("bank-a", "bank-system", "op-017", "bank-system")
COMMAND = "from gateway.cli.main import main; main()"


async def test_killed_at_any_time_nothing_is_lost_and_nothing_stands_twice(store_url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    database = await Database.open(store_url)
    log = Log(database)
    try:
        ids = [f"old-{number}" for number in range(200)]
        for id in ids:
            await log.seal([Disclosure(id, OLD, REQUESTER, "POST_LOAN", (f"{len(id) % 3:032x}",))], None)
        signer = Signer.make("log.example.invalid")
        key = tmp_path / "log.key"
        key.write_text(signer.secret())
        environment = os.environ | {"GATEWAY_STORE": store_url, "GATEWAY_LOG_KEY_FILE": str(key)}
        environment["PYTHONUNBUFFERED"] = "1"
        words = ("audit", "archive", str(kept), "--by", "li.wei", "--entries", "3", "--data", str(tmp_path))
        for number in range(KILLS):
            killed(words, environment, 0.007 * number)
            await whole(log, signer, kept, ids)
        assert len(await log.archive.segments()) >= KILLS
        assert sum(name.endswith(".log") for name in os.listdir(kept)) >= KILLS
    finally:
        log.close()
        await database.close()


def killed(words: tuple[str, ...], environment: dict[str, str], after_s: float) -> None:
    """Once the first segment has left."""
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("segment-"), "it has begun"
        time.sleep(after_s)
        process.kill()


async def whole(log: Log, signer: Signer, kept: Path, ids: list[str]) -> None:
    assert (await log.verify()).sound
    found: list[tuple[int, str]] = []
    for segment in await log.archive.segments():
        assert digest_of(kept / segment.name) == segment.digest
        with (kept / segment.name).open("rb") as stream:
            _, entries = opened(stream, signer.verifier)
            found += [_named(taken.text) for taken in entries]
    live = [_named(text) for text in await log.entries(limit=1000)]
    everything = [*found, *live]
    assert [sequence for sequence, _ in everything] == list(range(1, len(everything) + 1))
    assert [id for _, id in everything if id.startswith("old-")] == ids


def _named(text: bytes) -> tuple[int, str]:
    entry = json.loads(text)
    return entry["sequence"], entry["id"]
