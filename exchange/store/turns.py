"""Where it is counted how often somebody was asked about. What a turn is stands in `exchange.frequency`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange.frequency import Turn
from exchange.store.database import Database, Tx

Key = tuple[str, str, str, str]
COUNT = (
    "INSERT INTO turn (person, organisation, purpose, period, used) VALUES (?, ?, ?, ?, 1)"
    " ON CONFLICT (person, organisation, purpose, period) DO UPDATE SET used = turn.used + 1"
)
_USED = "SELECT person, organisation, purpose, period, used FROM turn WHERE person IN ?* AND period IN ?*"


async def counted(tx: Tx | Database, turns: Sequence[Turn]) -> dict[Key, int]:
    """How many were counted in the period of each, in one statement; those of which none was are left out."""
    if not turns:
        return {}
    people = sorted({turn.person for turn in turns})
    periods = sorted({turn.period for turn in turns})
    run = tx.read if isinstance(tx, Database) else tx.run
    wanted = {turn.key for turn in turns}
    return {
        (person, organisation, purpose, period): used
        for person, organisation, purpose, period, used in await run(_USED, (people, periods))
        if (person, organisation, purpose, period) in wanted
    }


class Turns:
    """Reads raise StoreUnavailable. No result is cached; what counts is what the seal finds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def used(self, turns: Sequence[Turn]) -> Mapping[Key, int]:
        return await counted(self._database, turns)
