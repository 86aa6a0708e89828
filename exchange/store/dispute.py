"""Where disputes and repairs under way are kept. What they mean is said in `exchange.dispute`."""

from __future__ import annotations

from collections.abc import Awaitable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from exchange.change import Statement
from exchange.dispute import Dispute
from exchange.store.database import Database, Row
from exchange.store.together import Found, Together, by

_OPEN = (
    "SELECT id, kind, person, record, record_key, opened_on, statement FROM dispute"
    " WHERE closed_on IS NULL AND person IN ?*"
)


@dataclass(eq=False, slots=True)
class _Open(Awaitable[list[Dispute]]):
    people: Sequence[str]
    rows: Awaitable[Found[str]]

    def __await__(self) -> Generator[Any, None, list[Dispute]]:
        found = yield from self.rows.__await__()
        rows = [row for person in dict.fromkeys(self.people) for row in found.get(person, ())]
        rows.sort(key=itemgetter(5, 0))
        return [Dispute(*row[:5], opened_on=date.fromisoformat(row[5]), statement=row[6]) for row in rows]


class Disputes:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open = Together(database, _these, _by_person)

    def open(self, people: Sequence[str]) -> Awaitable[list[Dispute]]:
        """The open ones about these people (keyed digests), oldest first; begun as it is called."""
        return _Open(people, self._open.rows(people))

    async def add(self, disputes: Iterable[Dispute]) -> int:
        """Keep them, all or none; how many were new. One whose id is there already stays as it is."""
        sql = (
            "INSERT INTO dispute (id, kind, person, record, record_key, opened_on, statement)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING id"
        )
        rows = [
            (d.id, d.kind, d.person, d.record, d.record_key, d.opened_on.isoformat(), d.statement) for d in disputes
        ]
        async with self._database.write() as tx:
            return sum([len(await tx.run(sql, row)) for row in rows])

    async def close(self, id: str, on: date) -> None:
        """From `on` the mark is gone. One that is unknown or closed already stays as it is."""
        async with self._database.write() as tx:
            await tx.run("UPDATE dispute SET closed_on = ? WHERE id = ? AND closed_on IS NULL", (on.isoformat(), id))


def _these(people: Sequence[str]) -> Statement:
    return Statement(_OPEN, (list(people),))


def _by_person(rows: Sequence[Row]) -> dict[str, list[Row]]:
    return by(rows, 2)
