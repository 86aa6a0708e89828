"""Seal into an empty log and into one of a million entries; prove, export, verify: `python -m benchmarks.log`.

CPU is that of the whole process, the writer's thread and the asks, without a server's own; durable, in the temporary
folder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from types import MappingProxyType

from rich.console import Console
from rich.table import Table

from exchange.checkpoint import Signer
from exchange.consent import Ground
from exchange.decision import Decision, Treatment
from exchange.disclosure import Disclosure
from exchange.evidence import heading, line, verify_export
from exchange.requester import Requester
from exchange.store.database import Database
from exchange.store.evidence import Evidence
from exchange.store.log import Log
from exchange.store.schema import upgrade
from gateway.demo.cluster import cluster

AT_ONCE = (1, 16, 64)
FILLING = 256
ASKS = 2_000
PROOFS = 500
PEOPLE = 10_000
ALONE = Path(__file__).parents[1] / "tools" / "verify_log.py"
_SEED = 20061124
_ITEMS = MappingProxyType(
    {f"PBC03.item_{n}": Decision(f"PBC03.item_{n}", Treatment.FULL, rule="P-1", basis="条例 18") for n in range(20)}
)


class Asks:
    """Disclosures of one item list about people drawn by chance."""

    def __init__(self) -> None:
        self._chance = Random(_SEED)

    def next(self) -> Disclosure:
        return Disclosure(
            id=f"{self._chance.getrandbits(128):032x}",
            at=datetime.now(UTC),
            requester=Requester("bank-a", "bank-system", "op-017", "bank-system"),
            purpose="POST_LOAN",
            people=(f"{self._chance.randrange(PEOPLE):032x}",),
            ground=Ground("contract"),
            decisions=_ITEMS,
        )


async def seal(log: Log, asks: Asks, count: int, at_once: int) -> tuple[float, float, list[float]]:
    """CPU and wall milliseconds for each entry, and every wait in milliseconds."""
    left, waits = iter(range(count)), []

    async def client() -> None:
        for _ in left:
            disclosure, began = asks.next(), perf_counter()
            await log.seal([disclosure], None)
            waits.append((perf_counter() - began) * 1000)

    cpu, wall = process_time(), perf_counter()
    await asyncio.gather(*(client() for _ in range(at_once)))
    return (process_time() - cpu) * 1000 / count, (perf_counter() - wall) * 1000 / count, waits


async def timed(work: Awaitable[object]) -> float:
    """Seconds."""
    began = perf_counter()
    await work
    return perf_counter() - began


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.log", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="size of the log (default: 1,000,000)")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server of its own, instead of SQLite")
    given, screen = parser.parse_args(), Console()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        url = f"sqlite:///{folder}/log.db"
        if given.postgres:
            url = f"{stack.enter_context(cluster())}/postgres"
            await upgrade(url)
        database = await Database.open(url)
        log, asks, signer = Log(database, budget_s=30), Asks(), Signer.make("log.example.invalid")
        table = Table("entries", "at once", "CPU ms", "wall ms", "median wait ms", "p99 wait ms")
        sealed = 0
        for until in (0, given.entries):
            if until > sealed:
                cpu, wall, _ = await seal(log, asks, until - sealed, FILLING)
                sealed = until
                table.add_row(f"{sealed:,}", str(FILLING), f"{cpu:.3f}", f"{wall:.3f}", "–", "–")
            for at_once in AT_ONCE:
                cpu, wall, waits = await seal(log, asks, ASKS, at_once)
                sealed += ASKS
                cuts = quantiles(waits, n=100)
                row = (f"{cpu:.3f}", f"{wall:.3f}", f"{cuts[49]:.2f}", f"{cuts[98]:.2f}")
                table.add_row(f"{sealed:,}", str(at_once), *row)
        screen.print(table)
        await _evidence(screen, log, signer, Path(folder) / "log.export")
        log.close()
        await database.close()


async def _evidence(screen: Console, log: Log, signer: Signer, path: Path) -> None:
    evidence = Evidence(log, signer)
    size, note = await evidence.checkpoint()
    every, place = max(size // PROOFS, 1), 0
    ids = []
    async for text in log.pages(size):
        if place % every == 0:
            ids.append(json.loads(text)["id"])
        place += 1

    async def signed() -> None:
        for _ in range(PROOFS):
            await evidence.checkpoint()

    async def proved() -> list[int]:
        found = [await evidence.prove(id) for id in ids]
        return [len(proof.path) for proof in found if proof]

    signing = await timed(signed()) / PROOFS
    began = perf_counter()
    lengths = await proved()
    proving = (perf_counter() - began) / len(ids)
    screen.print(f"{size:,} entries: checkpoint {signing * 1000:.2f} ms; proof {proving * 1000:.2f} ms,", end=" ")
    screen.print(f"at most {max(lengths)} hashes; consistency with half of it", end=" ")
    screen.print(f"{await timed(log.tree.consistency(size // 2 - 1, size)) * 1000:.2f} ms")

    async def write() -> None:
        with path.open("wb") as stream:
            stream.write(heading(note or ""))
            async for text in log.pages(size):
                stream.write(line(text))

    async def verified() -> None:
        with path.open("rb") as stream:
            assert verify_export(stream, signer.verifier).sound

    async def alone() -> None:
        command = [sys.executable, ALONE, str(signer.verifier), path]
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)

    screen.print(f"export {await timed(write()):.1f} s, {os.path.getsize(path) / 1e6:,.0f} MB", end="; ")  # noqa: ASYNC240
    screen.print(f"verified {await timed(verified()):.1f} s, alone {await timed(alone()):.1f} s", end=", ")
    screen.print(f"the store {await timed(log.verify()):.1f} s")


if __name__ == "__main__":
    asyncio.run(main())
