"""Where it is counted how often somebody was asked about. What a turn is stands in `exchange.frequency`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from exchange.change import Statement
from exchange.frequency import Turn
from exchange.store.database import Database, Insert, Row
from exchange.store.together import Together, by

Key = tuple[str, str, str, str]
COUNT = Insert(
    "turn",
    (("person", "text"), ("organisation", "text"), ("purpose", "text"), ("period", "text"), ("used", "bigint")),
    "ON CONFLICT (person, organisation, purpose, period) DO UPDATE SET used = turn.used + excluded.used",
)
_USED = "SELECT person, organisation, purpose, period, used FROM turn WHERE person IN ?* AND period IN ?*"


def counted(turns: Iterable[Turn]) -> Statement:
    """How many were counted for these people in these periods; see `used_of`."""
    keys = {turn.key for turn in turns}
    return Statement(_USED, (sorted({key[0] for key in keys}), sorted({key[3] for key in keys})))


def used_of(rows: Iterable[Row]) -> dict[Key, int]:
    """Key → how many were counted in its period; those of which none was are left out."""
    return {(person, organisation, purpose, period): used for person, organisation, purpose, period, used in rows}


def row_of(key: Key, times: int) -> Row:
    return (*key, times)


class Turns:
    """Reads raise StoreUnavailable. No result is cached; what counts is what the seal finds."""

    def __init__(self, database: Database) -> None:
        self._counted = Together(database, _these, _by_key)

    async def used(self, turns: Sequence[Turn]) -> Mapping[Key, int]:
        rows = await self._counted.rows(turn.key for turn in turns)
        return {turn.key: rows[turn.key][0][4] for turn in turns if turn.key in rows}


def _these(keys: Sequence[Key]) -> Statement:
    people, _, _, periods = (sorted(set(column)) for column in zip(*keys, strict=True))
    return Statement(_USED, (people, periods))


def _by_key(rows: Sequence[Row]) -> dict[Key, list[Row]]:
    return by(rows, 0, 1, 2, 3)
