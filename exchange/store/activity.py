"""How much was asked, by hour and day, from the index of the log: exact counts for those who may read the log itself.

The seal writes nothing for it. Whoever reads counts what was sealed since the last read first, in pieces of which each
is one transaction that also moves the mark: a piece is counted once, whichever process counts it and wherever it dies.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from exchange.retention import CITY_TIME
from exchange.store import verification
from exchange.store.database import Database, Row
from exchange.store.pending import Pending
from exchange.store.verification import Verified

_PIECE = 20_000
"""Entries in one transaction."""
ATTRIBUTES = ("organisation", "client", "role", "purpose", "event", "code")


class Step(StrEnum):
    HOUR = "hour"
    DAY = "day"


NEW = (
    f"SELECT substr(at, 1, 13), {', '.join(ATTRIBUTES)}, count(*) FROM log_index"  # noqa: S608
    " WHERE sequence > ? AND sequence <= ? GROUP BY 1, 2, 3, 4, 5, 6, 7"
)
_ADD = (
    f"INSERT INTO activity (step, period, {', '.join(ATTRIBUTES)}, entries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    f" ON CONFLICT (step, period, {', '.join(ATTRIBUTES)}) DO UPDATE SET entries = activity.entries + excluded.entries"
)


class Activity:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending = Pending()

    async def counted(self, wait_s: float) -> None:
        """When what was sealed before is counted. Raises CountsPending where that takes longer; it goes on."""
        [(mark, last)] = await self._database.read(MARK)
        if last is not None and last > mark:
            await self._pending.done(self.catch_up, wait_s)

    async def close(self) -> None:
        await self._pending.close()

    async def catch_up(self) -> int:
        """Count what was sealed since; the last entry that is counted."""
        while True:
            [(mark, last)] = await self._database.read(MARK)
            if last is None or last <= mark:
                return mark
            await self._count(mark, min(last, mark + _PIECE))

    async def _count(self, mark: int, until: int) -> None:
        rows = await self._database.read(NEW, (mark, until))
        counts: dict[tuple[str, ...], int] = {}
        for hour, *rest in rows:
            period = city_hour(hour)
            for step, name in ((Step.HOUR, period), (Step.DAY, period[:10])):
                key = (step.value, name, *rest[:-1])
                counts[key] = counts.get(key, 0) + int(rest[-1])
        async with self._database.write() as tx:
            moved = await tx.run(
                "UPDATE activity_until SET sequence = ? WHERE sequence = ? RETURNING sequence", (until, mark)
            )
            if moved:  # else another process has counted them
                await tx.many(_ADD, [(*key, count) for key, count in counts.items()])

    async def read(self, step: Step, since: str, until: str, by: Sequence[str]) -> list[Row]:
        """Counts by these (of ATTRIBUTES, or `period`) from period `since` until before `until`: the values of `by`,
        then how many entries."""
        if not set(by) <= {*ATTRIBUTES, "period"}:
            raise ValueError("not an attribute")
        return await self._database.read(counted(by), (step.value, since, until))

    async def last_verified(self) -> Verified | None:
        return await verification.last(self._database)


MARK = "SELECT sequence, (SELECT max(sequence) FROM log_index) FROM activity_until"


def counted(by: Sequence[str]) -> str:
    said = "".join(f"{column}, " for column in by)
    group = f" GROUP BY {', '.join(by)} ORDER BY {', '.join(by)}" if by else " HAVING count(*) > 0"
    return f"SELECT {said}sum(entries) FROM activity WHERE step = ? AND period >= ? AND period < ?{group}"  # noqa: S608


def city_hour(hour: str) -> str:
    """`2026-11-24T23` of UTC → `2026-11-25T07` of the city."""
    return datetime.fromisoformat(f"{hour}:00:00+00:00").astimezone(CITY_TIME).isoformat()[:13]
