"""Where answers are kept for a day, so that a retry gets the one that was sealed. See `exchange.retry`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from exchange.audit import stamp
from exchange.retry import Kept
from exchange.store.database import Database, Tx


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


async def names_kept(tx: Tx, names: Sequence[str], at: datetime) -> frozenset[str]:
    """Those of these names that stand for an answer; what is older than its day is gone by then."""
    await tx.run("DELETE FROM kept_answer WHERE kept_until <= ?", (stamp(at),))
    rows = await tx.run("SELECT name FROM kept_answer WHERE name IN ?*", (list(names),))
    return frozenset(name for (name,) in rows)


async def keep(tx: Tx, answers: Sequence[Kept]) -> None:
    await tx.many(
        "INSERT INTO kept_answer (name, ask, kept_until, box, entries) VALUES (?, ?, ?, ?, ?)",
        [(each.name, each.ask, stamp(each.until), each.box, json.dumps(each.entries)) for each in answers],
    )
