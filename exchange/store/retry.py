"""Where answers are kept for a day, so that a retry gets the one that was sealed. See `exchange.retry`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from exchange.audit import stamp
from exchange.change import Statement
from exchange.retry import Kept
from exchange.store.database import Database, Insert, Row, Tx


class KeptAnswers:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, name: str, at: datetime) -> Kept | None:
        rows = await self._database.read(
            "SELECT ask, kept_until, box, entries FROM kept_answer WHERE name = ? AND kept_until > ?",
            (name, stamp(at)),
        )
        if not rows:
            return None
        ask, until, box, entries = rows[0]
        return Kept(name, ask, datetime.fromisoformat(until), box, tuple(json.loads(entries)))


ADD = Insert(
    "kept_answer", (("name", "text"), ("ask", "text"), ("kept_until", "text"), ("box", "bytea"), ("entries", "text"))
)


async def forget(tx: Tx, at: datetime) -> None:
    """What is older than its day."""
    await tx.run("DELETE FROM kept_answer WHERE kept_until <= ?", (stamp(at),))


def kept(names: Iterable[str]) -> Statement:
    """Reads those of these names that stand for an answer."""
    return Statement("SELECT name FROM kept_answer WHERE name IN ?*", (sorted(names),))


def row_of(kept: Kept) -> Row:
    return kept.name, kept.ask, stamp(kept.until), kept.box, json.dumps(kept.entries)
