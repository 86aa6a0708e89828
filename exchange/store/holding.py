"""What departments hold, counted by them every so often and kept. What of it may leave is said in `exchange.holding`.

One count at a time in a process; whoever reads waits for it a while, and reads what was counted before if it is slow.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.audit import stamp
from exchange.holding import Holding, Told, kept, told
from exchange.records import Unavailable
from exchange.refusals import StoreUnavailable
from exchange.store.database import Database

COUNTED, COUNTING = "DELIVERED", "COUNTING"
_AGAIN = timedelta(seconds=60)
"""After a count that failed."""
Wishes = Mapping[str, tuple[str, ...]]
Count = Callable[[Wishes], Awaitable[Mapping[str, Holding | Unavailable]]]
"""Asks the departments: record type → items; see `connectors.directory.Directory.holdings`."""
_ALL = "SELECT record, as_of, people, records, filled FROM statistic_holding"
_KEEP = (
    "INSERT INTO statistic_holding (record, as_of, people, records, filled) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (record) DO UPDATE SET as_of = excluded.as_of, people = excluded.people, records = excluded.records,"
    " filled = excluded.filled WHERE statistic_holding.as_of = ?"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Of one record type."""

    record: str
    state: str
    """DELIVERED; COUNTING before the first count has ended; or why the last count failed: then what was counted before
    is told, with its time."""
    as_of: str | None
    told: Told


class Holdings:
    """Every method raises StoreUnavailable."""

    def __init__(
        self, database: Database, count: Count, wishes: Wishes, every: timedelta, clock: Callable[[], datetime]
    ) -> None:
        """`wishes`: what is counted, as `exchange.holding.wanted` gives it."""
        self._database = database
        self._count = count
        self.wishes = wishes
        self._every = every
        self._clock = clock
        self._failed: dict[str, tuple[datetime, str]] = {}
        self._task: asyncio.Task[None] | None = None

    async def read(self, wait_s: float) -> list[Shown]:
        """Every record type that is held, counted anew where the last count is too old."""
        rows = await self._rows()
        now = self._clock()
        due = [record for record in self.wishes if self._is_due(record, rows, now)]
        if due:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._renew(due, rows))
            done, _ = await asyncio.wait({self._task}, timeout=wait_s)
            for task in done:
                task.result()
            rows = await self._rows()
        return [self._shown(record, rows) for record in self.wishes]

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, StoreUnavailable):
                await self._task

    def _is_due(self, record: str, rows: Mapping[str, tuple[str, Holding]], now: datetime) -> bool:
        if record in self._failed:
            return self._failed[record][0] + _AGAIN <= now
        return record not in rows or datetime.fromisoformat(rows[record][0]) + self._every <= now

    async def _rows(self) -> dict[str, tuple[str, Holding]]:
        return {
            record: (as_of, Holding(people, records, json.loads(filled)))
            for record, as_of, people, records, filled in await self._database.read(_ALL)
        }

    async def _renew(self, due: list[str], rows: Mapping[str, tuple[str, Holding]]) -> None:
        found = await self._count({record: self.wishes[record] for record in due})
        now = self._clock()
        written = []
        for record, holding in found.items():
            if isinstance(holding, Unavailable):
                self._failed[record] = (now, holding.why)
                continue
            self._failed.pop(record, None)
            as_of, before = rows.get(record, ("", None))
            stands = kept(before, holding)
            filled = json.dumps(dict(stands.filled))
            # Where another process has counted meanwhile, its count stands.
            written.append((record, stamp(now), stands.people, stands.records, filled, as_of))
        for record in due:
            if record not in found:
                self._failed[record] = (now, "UNREACHABLE")
        async with self._database.write() as tx:
            await tx.many(_KEEP, written)

    def _shown(self, record: str, rows: Mapping[str, tuple[str, Holding]]) -> Shown:
        as_of, holding = rows.get(record, (None, Holding()))
        state = self._failed[record][1] if record in self._failed else COUNTED if as_of else COUNTING
        return Shown(record, state, as_of, told(holding))
