"""Where alarms are kept. What they mean is said in `exchange.alarm`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from exchange.alarm import Alarm, AlarmKind, AlarmState
from exchange.audit import stamp
from exchange.change import Change, Statement
from exchange.store.database import Database

_COLUMNS = (
    "id, kind, organisation, client, operator, purpose, raised_at, count, state, acknowledged_by, acknowledged_at"
)


class Alarms:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, alarm: Alarm) -> None:
        """A new one, or a higher count of one that is there: that one is open again, whoever had acknowledged it."""
        row = (
            alarm.id,
            alarm.kind.value,
            alarm.organisation,
            alarm.client,
            alarm.operator,
            alarm.purpose,
            stamp(alarm.raised_at),
            alarm.count,
            AlarmState.OPEN.value,
        )
        async with self._database.write() as tx:
            await tx.run(
                "INSERT INTO alarm (id, kind, organisation, client, operator, purpose, raised_at, count, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET count = excluded.count,"
                " state = excluded.state, acknowledged_by = NULL, acknowledged_at = NULL"
                " WHERE excluded.count > alarm.count",
                row,
            )

    async def named(self, id: str) -> Alarm | None:
        rows = await self._database.read(f"SELECT {_COLUMNS} FROM alarm WHERE id = ?", (id,))  # noqa: S608
        return _alarm(rows[0]) if rows else None

    async def latest(self, first: int, state: AlarmState | None = None) -> list[Alarm]:
        """The newest first."""
        where, given = ("WHERE state = ?", [state.value]) if state else ("", [])
        sql = f"SELECT {_COLUMNS} FROM alarm {where} ORDER BY raised_at DESC, id LIMIT ?"  # noqa: S608
        return [_alarm(row) for row in await self._database.read(sql, (*given, first))]


def acknowledgement(alarm: Alarm, by: str, at: datetime) -> Change:
    """What the seal shall write, if the alarm is still open and has not grown meanwhile."""
    return Change(
        Statement("SELECT state, count FROM alarm WHERE id = ?", (alarm.id,)),
        [(alarm.state.value, alarm.count)],
        (
            Statement(
                "UPDATE alarm SET state = ?, acknowledged_by = ?, acknowledged_at = ? WHERE id = ?",
                (AlarmState.ACKNOWLEDGED.value, by, stamp(at), alarm.id),
            ),
        ),
    )


def _alarm(row: Sequence[Any]) -> Alarm:
    return Alarm(
        id=row[0],
        kind=AlarmKind(row[1]),
        organisation=row[2],
        client=row[3],
        operator=row[4],
        purpose=row[5],
        raised_at=datetime.fromisoformat(row[6]),
        count=row[7],
        state=AlarmState(row[8]),
        acknowledged_by=row[9],
        acknowledged_at=None if row[10] is None else datetime.fromisoformat(row[10]),
    )
