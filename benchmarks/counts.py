"""Read statistics and activity over a log of a million entries: `python -m benchmarks.counts [--postgres]`.

Shows for each read how many statements it is, how long it took, and which steps of their plans pass over a table.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.logged_city import MONTHS, fill
from exchange.standard.load import load
from exchange.statistics import counted_under
from exchange.store.activity import Activity, Step
from exchange.store.database import Database, Row
from exchange.store.register import Register
from exchange.store.schema import upgrade
from exchange.store.sqlite import SqliteDatabase
from exchange.store.statistics import Statistics
from gateway.demo.cluster import cluster

APPROVAL = Path(__file__).parents[1] / "gateway" / "demo" / "approval.yaml"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Seen:
    """A database that keeps what was read of it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.statements: list[tuple[str, Sequence[Any]]] = []

    async def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        self.statements.append((sql, parameters))
        return await self._database.read(sql, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def scans(self) -> list[str]:
        """Steps that pass over a whole table, of all statements kept."""
        explain = "EXPLAIN QUERY PLAN " if isinstance(self._database, SqliteDatabase) else "EXPLAIN "
        found = []
        for sql, parameters in self.statements:
            rows = await self._database.read(explain + sql, parameters)
            steps = [str(row[-1]).strip() for row in rows]
            found += [step for step in steps if "Seq Scan" in step or (step.startswith("SCAN") and "INDEX" not in step)]
        return sorted(set(found))


async def measured(url: str, entries: int, console: Console) -> None:
    await upgrade(url)
    database = await Database.open(url)
    table = Table("read", "statements", "s", "rows", "passes over")
    try:
        started = perf_counter()
        await fill(database, entries, entries // 5)
        console.print(f"{entries} entries in {perf_counter() - started:.0f} s")
        seen: Any = Seen(database)
        found = Statistics(seen, Register(seen), counted_under(load(approval=APPROVAL)))
        activity = Activity(seen)

        async def timed(name: str, work: Awaitable[Any]) -> None:
            seen.statements.clear()
            started = perf_counter()
            rows = await work
            took, count = perf_counter() - started, len(seen.statements)
            scans = "; ".join(await seen.scans()) or "-"
            table.add_row(name, str(count), f"{took:.3f}", str(len(rows) if isinstance(rows, list) else rows), scans)

        await timed("twelve months, made", found.months(MONTHS, NOW))
        await timed("twelve months, read", found.months(MONTHS, NOW))
        await timed("asks by month and purpose", found.asks(MONTHS, ("month", "purpose")))
        await timed("releases by record type and treatment", found.releases(MONTHS, ("record", "treatment")))
        await timed("entries counted", activity.catch_up())
        await timed("nothing new to count", activity.catch_up())
        year = ("2025-11-01", "2026-11-01")
        await timed("a year by day and purpose", activity.read(Step.DAY, *year, ["period", "purpose"]))
        await timed("a year by code", activity.read(Step.DAY, *year, ["code"]))
    finally:
        await database.close()
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true")
    said = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="gateway-counts-"))
        url = f"{stack.enter_context(cluster())}/postgres" if said.postgres else f"sqlite:///{folder}/store.db"
        asyncio.run(measured(url, said.entries, Console(width=200)))


if __name__ == "__main__":
    main()
