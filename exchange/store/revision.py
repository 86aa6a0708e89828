"""Where the revisions are kept that ever decided: each content once, under its digest. Only ever added to."""

from __future__ import annotations

import json
from datetime import datetime

from exchange.audit import stamp
from exchange.change import Change, Statement
from exchange.revision import Revision, digest_of
from exchange.store.database import Database

_STANDS = "SELECT id FROM revision WHERE id = ?"
_SOURCE = "INSERT INTO revision_source (digest, content) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING"
_REVISION = "INSERT INTO revision (id, standard, files, kept_at) VALUES (?, ?, ?, ?)"


class RevisionDamaged(ValueError):
    """What is kept of this revision is not what it was kept as."""


class Revisions:
    """Every method that reads raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def kept(self, id: str) -> bool:
        return bool(await self._database.read(_STANDS, (id,)))

    async def find(self, id: str) -> Revision | None:
        """Raises RevisionDamaged where a content is missing or has another digest than its name says."""
        rows = await self._database.read("SELECT standard, files FROM revision WHERE id = ?", (id,))
        if not rows:
            return None
        standard, files = rows[0]
        named: dict[str, str] = json.loads(files)
        found = await self._database.read(
            "SELECT digest, content FROM revision_source WHERE digest IN ?*", (sorted(set(named.values())),)
        )
        contents = {digest: bytes(content) for digest, content in found if digest_of(bytes(content)) == digest}
        if not contents.keys() >= set(named.values()):
            raise RevisionDamaged(id)
        return Revision(id, standard, {name: contents[digest] for name, digest in named.items()})

    def keeping(self, revision: Revision, at: datetime) -> Change:
        """What the entry POLICY_IN_FORCE carries; of two processes that begin with it at once, one keeps it."""
        sources = [Statement(_SOURCE, (digest_of(content), content)) for content in revision.files.values()]
        files = json.dumps(revision.named, sort_keys=True)
        row = Statement(_REVISION, (revision.id, revision.standard, files, stamp(at)))
        return Change(Statement(_STANDS, (revision.id,)), [], (*sources, row))
