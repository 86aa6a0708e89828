"""The sealed log: append to it, read it, and check it from first to last."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from exchange.audit import (
    START,
    Chain,
    Fault,
    Head,
    Verdict,
    displaced,
    entry_hash,
    is_due,
)
from exchange.checkpoint import encoded
from exchange.disclosure import Disclosure
from exchange.retry import Kept
from exchange.store import index, personal
from exchange.store.archive import Archive, Archived
from exchange.store.database import Database
from exchange.store.sealer import Sealer
from exchange.store.tree import Tree

_PAGE = 1000


class Log:
    def __init__(self, database: Database, *, budget_s: float = 2.0) -> None:
        """`budget_s`: how long a seal may take before nothing is disclosed."""
        self._database = database
        self.tree = Tree(database)
        self.archive = Archive(database)
        self.index = index.Index(database)
        self._sealer = Sealer(database, budget_s)

    async def seal(self, disclosures: Sequence[Disclosure], answer: str | None, keep: Kept | None = None) -> None:
        """Append one entry for each, all or none; `answer` is the keyed digest of the body that they belong to.

        Each consent that a disclosure rests on is read again and, if for a single use, consumed in the same
        transaction; one answer is one use. Raises the consent's refusal, AuditUnavailable, or Internal for what
        may not stand in the log: then nothing of it is written, except that after AuditUnavailable a whole entry may
        yet appear (its commit outlived the wait): the log may tell of more than what left, never of less.
        `keep`: the answer itself, for a retry; kept in the same transaction. Raises ChangedMeanwhile where one is kept
        under its name already.
        An id that is in the log already, with the same content or as a refusal, is not written twice.
        """
        if disclosures:
            await self._sealer.seal(disclosures, answer, keep)

    async def entries(self, after: int = 0, limit: int = _PAGE) -> list[bytes]:
        """Canonical entries in order, from the one that follows sequence `after`. Raises StoreUnavailable."""
        sql = "SELECT entry FROM log WHERE sequence > ? ORDER BY sequence LIMIT ?"
        return [row[0] for row in await self._database.read(sql, (after, limit))]

    async def head(self) -> Head:
        """Raises StoreUnavailable."""
        rows = await self._database.read("SELECT sequence, hash FROM log ORDER BY sequence DESC LIMIT 1")
        return Head(*rows[0]) if rows else START

    async def find(self, id: str) -> bytes | None:
        """The canonical entry of one disclosure. Raises StoreUnavailable."""
        rows = await self._database.read("SELECT entry FROM log WHERE id = ?", (id,))
        return rows[0][0] if rows else None

    async def place(self, id: str) -> int | None:
        """Sequence of one disclosure's entry, also of an archived one. Raises StoreUnavailable."""
        rows = await self._database.read("SELECT sequence FROM log WHERE id = ?", (id,))
        return rows[0][0] if rows else await self.archive.place(id)

    async def pages(self, until: int) -> AsyncIterator[bytes]:
        """Every entry that is not archived, up to sequence `until`, read page by page. Raises StoreUnavailable."""
        sql = "SELECT entry, sequence FROM log WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?"
        after = 0
        while rows := await self._database.read(sql, (after, until, _PAGE)):
            for row in rows:
                yield row[0]
            after = rows[-1][1]

    def about(self, person: str, until: int) -> AsyncIterator[personal.Opened]:
        """A person's entries up to sequence `until`, with their openings. Raises StoreUnavailable."""
        return personal.entries(self._database, person, until)

    async def latest_about(self, person: str, until: int, most: int) -> list[personal.Opened]:
        """The newest of them first, from sequence `until` down. Raises StoreUnavailable."""
        return await personal.latest(self._database, person, until, most)

    async def verify(self, known: Head = START) -> Verdict:
        """The whole table, page by page: each entry, and the sequence and hash that stand beside it.

        The tree's nodes must be those over these entries, each person's openings fit the chain of that person, and the
        index say what the entries say. Where the log's beginning is archived, it goes on from there: from the chain's
        head, and the tree's root that was signed. `known`: a head noted earlier, elsewhere; without it a cut-off end
        cannot be seen. Raises StoreUnavailable.
        """
        while True:
            archived = await self.archive.segments()
            verdict = await self._verified(known, archived[-1] if archived else None)
            if verdict.sound or await self.archive.segments() == archived:
                return verdict  # else entries left for the archive meanwhile

    async def _verified(self, known: Head, archived: Archived | None) -> Verdict:
        beginning, hashing = await self.archive.beginning(self.tree), await self.tree.hashing()
        growing = beginning.growing(hashing)
        if archived is not None and not await self._goes_on(archived, growing.root(), known):
            return Verdict(archived.last, Fault.FORKED, archived.last.sequence)
        chain = Chain(known, beginning.head, hashing)
        gap: Verdict | None = None
        async for sequence, text, stored in self._rows():
            if gap is not None:
                if is_due(gap, text):
                    return displaced(gap)
                continue
            if entry_hash(text, hashing) != stored:
                return Verdict(chain.head, Fault.EDITED, sequence)
            growing.add(text)
            gap = chain.add(text)
            if gap is not None and gap.fault is not Fault.GAP:
                return gap
        verdict = gap or chain.end()
        if verdict.sound and growing.root() != await self.tree.root(growing.size):
            return Verdict(verdict.head, Fault.FORKED, growing.size)
        if verdict.sound and (broken := await personal.broken(self._database, growing.size, hashing)):
            return Verdict(verdict.head, Fault.PERSONAL, broken)
        if verdict.sound and (strange := await index.broken(self._database, growing.size)) is not None:
            return Verdict(verdict.head, Fault.INDEX, strange or None)
        return verdict

    async def _goes_on(self, archived: Archived, root: bytes, known: Head) -> bool:
        """Whether the stored tree is that of the archived entries, as it was signed, and of the head that is known."""
        _, size, signed, *_ = archived.note.split("\n")
        if (size, signed) != (str(archived.last.sequence), encoded(root)):
            return False
        if not 0 < known.sequence <= archived.last.sequence:
            return True
        return (await self.tree.leaf(known.sequence)).hex() == known.hash  # the chain's hash is the leaf's

    async def _rows(self) -> AsyncIterator[tuple[int, bytes, str]]:
        sql = "SELECT sequence, entry, hash FROM log WHERE sequence > ? ORDER BY sequence LIMIT ?"
        after = 0
        while rows := await self._database.read(sql, (after, _PAGE)):
            for sequence, text, stored in rows:
                yield sequence, text, stored
            after = rows[-1][0]

    async def health(self) -> bool:
        """Whether the log can be written now: its last write was good and not long ago, or a small one succeeds."""
        return await self._sealer.health()

    def close(self) -> None:
        """Write what waits, then stop; later seals are refused."""
        self._sealer.close()
