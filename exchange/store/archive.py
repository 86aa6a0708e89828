"""What of the log is archived: which segments, and what of them the live log goes on from.

INVARIANT: what leaves the log leaves it in the transaction that seals LOG_ARCHIVE, with the digest of a segment that
was verified and is on the disk; what is archived is always the whole beginning of the log, and never all of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from exchange.audit import START, Head, Link, stamp
from exchange.change import Change, Statement
from exchange.segment import Beginning
from exchange.store.database import Database
from exchange.store.tree import Tree

_PAGE = 500
_BOUNDARY = "SELECT coalesce(max(sequence), 0) FROM log_archive"
_ADD = "INSERT INTO log_archive (sequence, first, hash, note, digest, archived_at) VALUES (?, ?, ?, ?, ?, ?)"
_IDS = "INSERT INTO log_archived (id, sequence) SELECT id, sequence FROM log WHERE sequence <= ?"
_PEOPLE = """
    INSERT INTO log_person_archived (person, count, hash)
    SELECT mine.person, mine.count, log.hash FROM log_person AS mine JOIN log ON log.sequence = mine.sequence
    WHERE mine.sequence = (
        SELECT max(other.sequence) FROM log_person AS other WHERE other.person = mine.person AND other.sequence <= ?
    )
    ON CONFLICT (person) DO UPDATE SET count = excluded.count, hash = excluded.hash
"""


@dataclass(frozen=True, slots=True)
class Archived:
    """One segment that the log was relieved of."""

    first: int
    last: Head
    note: str
    """The signed checkpoint of the log up to its end."""
    digest: str
    """SHA-256 of the segment's file."""

    @property
    def name(self) -> str:
        return name_of(self.first, self.last.sequence)


def name_of(first: int, last: int) -> str:
    """How a segment's file is called."""
    return f"segment-{first}-{last}.log"


class Archive:
    """Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self) -> Head:
        """The last entry that is archived; START where none is."""
        rows = await self._database.read("SELECT sequence, hash FROM log_archive ORDER BY sequence DESC LIMIT 1")
        return Head(*rows[0]) if rows else START

    async def beginning(self, tree: Tree) -> Beginning:
        """Where the live log begins."""
        head = await self.head()
        return Beginning(head, await tree.peaks_of(head.sequence))

    async def segments(self) -> list[Archived]:
        """The first one first."""
        rows = await self._database.read(
            "SELECT first, sequence, hash, note, digest FROM log_archive ORDER BY sequence"
        )
        return [Archived(first, Head(sequence, hash_), note, digest) for first, sequence, hash_, note, digest in rows]

    async def holding(self, sequence: int) -> Archived | None:
        """The segment that an entry went to, or None where it is in the live log."""
        rows = await self._database.read(
            "SELECT first, sequence, hash, note, digest FROM log_archive WHERE sequence >= ? ORDER BY sequence LIMIT 1",
            (sequence,),
        )
        return Archived(rows[0][0], Head(*rows[0][1:3]), *rows[0][3:]) if rows else None

    async def place(self, id: str) -> int | None:
        """Sequence of an archived disclosure."""
        rows = await self._database.read("SELECT sequence FROM log_archived WHERE id = ?", (id,))
        return rows[0][0] if rows else None

    async def before(self, person: str) -> Head:
        """How many of a person's entries are archived, and the hash of the last; START where none is."""
        rows = await self._database.read("SELECT count, hash FROM log_person_archived WHERE person = ?", (person,))
        return Head(*rows[0]) if rows else START

    async def leaving(self, after: int, until: int) -> AsyncIterator[tuple[bytes, list[Link]]]:
        """Entries after `after` up to sequence `until`, each with what opens its commitments."""
        entries = "SELECT sequence, entry, hash FROM log WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?"
        links = """
            SELECT mine.sequence, mine.person, mine.count, mine.salt, coalesce(log.hash, gone.hash)
            FROM log_person AS mine
            LEFT JOIN log_person AS before ON before.person = mine.person AND before.sequence = (
                SELECT max(other.sequence) FROM log_person AS other
                WHERE other.person = mine.person AND other.sequence < mine.sequence
            )
            LEFT JOIN log ON log.sequence = before.sequence
            LEFT JOIN log_person_archived AS gone ON gone.person = mine.person
            WHERE mine.sequence > ? AND mine.sequence <= ? ORDER BY mine.sequence, mine.person
        """
        while rows := await self._database.read(entries, (after, until, _PAGE)):
            upto = rows[-1][0]
            found: dict[int, list[Link]] = {}
            for sequence, person, count, salt, previous in await self._database.read(links, (after, upto)):
                found.setdefault(sequence, []).append(Link(person, count, previous or START.hash, bytes(salt)))
            for sequence, text, _ in rows:
                yield bytes(text), found.get(sequence, [])
            after = upto

    def archiving(self, first: int, last: Head, note: str, digest: str, at: datetime) -> Change:
        """What the entry LOG_ARCHIVE carries. If two archive at once, one gets nothing (CHANGED_MEANWHILE)."""
        return Change(
            Statement(_BOUNDARY),
            [(first - 1,)],
            (
                Statement(_ADD, (last.sequence, first, last.hash, note, digest, stamp(at))),
                Statement(_IDS, (last.sequence,)),
                Statement(_PEOPLE, (last.sequence,)),
                Statement("DELETE FROM log_person WHERE sequence <= ?", (last.sequence,)),
                Statement("DELETE FROM log_index WHERE sequence <= ?", (last.sequence,)),
                Statement("DELETE FROM log_exposed WHERE sequence <= ?", (last.sequence,)),
                Statement("DELETE FROM log WHERE sequence <= ?", (last.sequence,)),
            ),
        )
