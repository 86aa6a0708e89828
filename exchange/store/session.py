"""Where sessions of the dashboard are kept. What they are is said in `exchange.session`."""

from __future__ import annotations

from datetime import datetime, timedelta

from exchange.audit import stamp
from exchange.session import Kept, Lasting, Secret, Session
from exchange.store.database import Database

_TOUCHED_EVERY = timedelta(seconds=30)
"""A session in use is written about this often, not at every request."""


class Sessions:
    """Every method raises StoreUnavailable. Nothing is cached: what one process ended, no other goes on with."""

    def __init__(self, database: Database, lasting: Lasting) -> None:
        self._database = database
        self._lasting = lasting

    async def begin(self, token: str, until: datetime, at: datetime) -> Session:
        """A new one with a new secret; those that have run out are forgotten in the same transaction."""
        secret = Secret.new()
        ends = min(until, at + self._lasting.most)
        async with self._database.write() as tx:
            await tx.run(
                "DELETE FROM session WHERE ends_at <= ? OR seen_at <= ?", (stamp(at), stamp(at - self._lasting.idle))
            )
            await tx.run(
                "INSERT INTO session (id, sealed, began_at, seen_at, ends_at) VALUES (?, ?, ?, ?, ?)",
                (secret.id, secret.seal(Kept(token)), stamp(at), stamp(at), stamp(ends)),
            )
        return Session(secret, token, at, ends, min(ends, at + self._lasting.idle))

    async def find(self, secret: Secret, at: datetime, *, use: bool = True) -> Session | None:
        """`use`: whether this counts as being asked for something, which moves the end of an idle session."""
        rows = await self._database.read(
            "SELECT sealed, began_at, seen_at, ends_at FROM session WHERE id = ?", (secret.id,)
        )
        if not rows:
            return None
        sealed, began, seen, ends = rows[0]
        seen_at, ends_at = datetime.fromisoformat(seen), datetime.fromisoformat(ends)
        kept = secret.open(sealed)
        if kept is None or ends_at <= at or seen_at + self._lasting.idle <= at:
            await self.end(secret)
            return None
        if use and at - seen_at >= _TOUCHED_EVERY:
            async with self._database.write() as tx:
                await tx.run(
                    "UPDATE session SET seen_at = ? WHERE id = ? AND seen_at < ?", (stamp(at), secret.id, stamp(at))
                )
            seen_at = at
        return Session(
            secret, kept.token, datetime.fromisoformat(began), ends_at, min(ends_at, seen_at + self._lasting.idle)
        )

    async def end(self, secret: Secret) -> None:
        """Here and in every process, from the next request on."""
        async with self._database.write() as tx:
            await tx.run("DELETE FROM session WHERE id = ?", (secret.id,))
