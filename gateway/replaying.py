"""Entries replayed with what is kept in the store: their revision and their consent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.catalogue import Catalogue
from exchange.consent import Consent
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.revision import RevisionDamaged, Revisions
from policies.engine import Engine
from policies.replay import Outcome, Replayed, replay
from policies.revision import RevisionUnreadable, restored

Restored = tuple[Engine, Catalogue]


class Replaying:
    """Restores each revision once. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._consents = Consents(database)
        self._revisions = Revisions(database)
        self._restored: dict[str, Restored | str] = {}
        """By revision; a text says why it is not there."""

    async def of(self, entry: Mapping[str, Any]) -> Replayed:
        found = await self.restored(entry["policy"])
        if isinstance(found, str):
            return Replayed(Outcome.UNKNOWN, why=found)
        engine, catalogue = found
        if entry["standard"] != catalogue.version:
            return Replayed(Outcome.UNKNOWN, why="the entry names another version of the standard than its revision")
        return replay(entry, engine, catalogue, await self.consent(entry))

    async def consent(self, entry: Mapping[str, Any]) -> Consent | None:
        """The one that carried the ask, as it is kept."""
        name = entry["ground"]["consent"]
        return await self._consents.named(name) if name else None

    async def restored(self, revision: str) -> Restored | str:
        if revision not in self._restored:
            self._restored[revision] = await self._restore(revision)
        return self._restored[revision]

    async def _restore(self, revision: str) -> Restored | str:
        try:
            kept = await self._revisions.find(revision)
            return "the policies of that time are not kept" if kept is None else restored(kept)
        except RevisionDamaged:
            return "the policies of that time are not what they were kept as"
        except RevisionUnreadable:
            return "this version of the gateway cannot read the policies of that time"
