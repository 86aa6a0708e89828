"""When the log was last verified, and with what verdict: told to whoever supervises, no evidence by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from exchange.audit import Verdict, stamp
from exchange.store.database import Database


@dataclass(frozen=True, slots=True)
class Verified:
    at: str
    """As `exchange.audit.stamp` writes it."""
    entries: int
    """How many were found whole."""
    fault: str
    """"" = the log was whole."""
    sequence: int | None
    """Where the fault is, as far as that can be told."""


async def note(database: Database, at: datetime, verdict: Verdict) -> None:
    """Raises StoreUnavailable."""
    fault = verdict.fault.value if verdict.fault else ""
    row = (stamp(at), verdict.head.sequence, fault, verdict.at or 0)
    async with database.write() as tx:
        await tx.run(
            "INSERT INTO log_verified (at, entries, fault, sequence) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row
        )


async def last(database: Database) -> Verified | None:
    """None where it never was. Raises StoreUnavailable."""
    rows = await database.read("SELECT at, entries, fault, sequence FROM log_verified ORDER BY at DESC LIMIT 1")
    return Verified(rows[0][0], rows[0][1], rows[0][2], rows[0][3] or None) if rows else None
