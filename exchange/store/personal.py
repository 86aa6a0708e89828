"""The chains of the persons: which entries are about somebody, and what opens their commitments."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from exchange.audit import START, Link
from exchange.change import Statement
from exchange.store.database import Database, Insert, Tx
from exchange.tree import Hashing

_PAGE = 500
ADD = Insert("log_person", (("person", "text"), ("sequence", "bigint"), ("count", "bigint"), ("salt", "bytea")))
LAST = """
    SELECT newest.person, mine.count, log.hash FROM (
        SELECT listed.value AS person, (SELECT max(sequence) FROM log_person WHERE person = listed.value) AS sequence
        FROM EACH ?*
    ) AS newest
    JOIN log_person AS mine ON mine.person = newest.person AND mine.sequence = newest.sequence
    JOIN log ON log.sequence = newest.sequence
    UNION ALL
    SELECT gone.person, gone.count, gone.hash FROM log_person_archived AS gone
    WHERE gone.person IN ?* AND NOT EXISTS (SELECT 1 FROM log_person AS live WHERE live.person = gone.person)
"""
"""One step down an index for each person, however many entries are about him or her."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One of a person's entries, with what opens its commitment."""

    sequence: int
    entry: bytes
    hash: str
    count: int
    salt: bytes
    """b"" where the entry is older than the commitments."""


def last(people: Iterable[str]) -> Statement:
    """Reads of each how many entries are about him or her, and the hash of the last of them."""
    listed = sorted(people)
    return Statement(LAST, (listed, listed))


async def links(tx: Tx, sequence: int, people: Sequence[str]) -> dict[str, Link]:
    """What an entry that stands commits to about these people, as it was made."""
    found = {}
    for person, count, salt in await tx.run(
        "SELECT person, count, salt FROM log_person WHERE person IN ?* AND sequence = ?", (list(people), sequence)
    ):
        before = await tx.run(
            "SELECT log.hash FROM log_person AS mine JOIN log ON log.sequence = mine.sequence"
            " WHERE mine.person = ? AND mine.sequence < ? ORDER BY mine.sequence DESC LIMIT 1",
            (person, sequence),
        ) or await tx.run("SELECT hash FROM log_person_archived WHERE person = ?", (person,))
        found[person] = Link(person, count, before[0][0] if before else START.hash, salt)
    return found


async def entries(database: Database, person: str, until: int) -> AsyncIterator[Opened]:
    """A person's entries in order, up to sequence `until`. Raises StoreUnavailable."""
    sql = """
        SELECT log.sequence, entry, hash, count, salt
        FROM log_person JOIN log ON log.sequence = log_person.sequence
        WHERE person = ? AND log_person.sequence > ? AND log_person.sequence <= ? ORDER BY log.sequence LIMIT ?
    """
    after = 0
    while rows := await database.read(sql, (person, after, until, _PAGE)):
        for row in rows:
            yield Opened(*row)
        after = rows[-1][0]


async def latest(database: Database, person: str, until: int, most: int) -> list[Opened]:
    """The newest of them first, from sequence `until` down. Raises StoreUnavailable."""
    rows = await database.read(
        """
        SELECT log.sequence, entry, hash, count, salt
        FROM log_person JOIN log ON log.sequence = log_person.sequence
        WHERE person = ? AND log_person.sequence <= ? ORDER BY log_person.sequence DESC LIMIT ?
        """,
        (person, until, most),
    )
    return [Opened(*row) for row in rows]


async def broken(database: Database, until: int, hashing: Hashing) -> int | None:
    """Sequence of an entry, up to `until`, that does not fit the chain of a person. Raises StoreUnavailable."""
    sql = """
        SELECT mine.person, coalesce(gone.count, 0), coalesce(gone.hash, ''),
            log.sequence, entry, log.hash, mine.count, salt
        FROM log_person AS mine JOIN log ON log.sequence = mine.sequence
        LEFT JOIN log_person_archived AS gone ON gone.person = mine.person
        WHERE (mine.person, mine.sequence) > (?, ?) AND mine.sequence <= ?
        ORDER BY mine.person, mine.sequence LIMIT ?
    """
    place: tuple[str, int] = ("", 0)
    whose, count, previous = "", 0, START.hash
    while rows := await database.read(sql, (*place, until, _PAGE)):
        for person, archived, archived_hash, *fields in rows:
            opened = Opened(*fields)
            if person != whose:
                whose, count, previous = person, archived, archived_hash or START.hash
            if opened.count != count + 1 or not commits(
                opened, Link(person, opened.count, previous, opened.salt), hashing
            ):
                return opened.sequence
            count, previous = opened.count, opened.hash
        place = (rows[-1][0], rows[-1][3])
    return None


def commits(opened: Opened, link: Link, hashing: Hashing) -> bool:
    """Whether the entry holds this commitment; one of version 1 holds none."""
    found = json.loads(opened.entry)
    return found["version"] == 1 or link.commitment(hashing) in found["personal"]
