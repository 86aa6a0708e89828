"""The chain of each person's entries, and the openings of what the log commits to about it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from exchange.audit import START, Link
from exchange.store.tree import Read

_PAGE = 500
_LAST = """
    SELECT log_person.count, log.hash FROM log_person JOIN log USING (sequence)
    WHERE person = ? AND log_person.sequence < ? ORDER BY log_person.sequence DESC LIMIT 1
"""
_NO_END = 1 << 62


@dataclass(frozen=True, slots=True)
class Opened:
    """One of a person's entries, with what opens its commitment."""

    sequence: int
    entry: bytes
    hash: str
    count: int
    salt: bytes
    """b"" where the entry is older than the commitments."""


def last(connection: sqlite3.Connection, person: str, before: int = _NO_END) -> tuple[int, str]:
    """How many entries before sequence `before` are about this person, and the hash of the last of them."""
    row = connection.execute(_LAST, (person, before)).fetchone()
    return row or (0, START.hash)


def link(connection: sqlite3.Connection, person: str, sequence: int) -> Link:
    """What an entry that stands commits to about this person, as it was made; fits nothing where it is not there."""
    row = connection.execute(
        "SELECT count, salt FROM log_person WHERE person = ? AND sequence = ?", (person, sequence)
    ).fetchone()
    count, salt = row or (0, b"")
    return Link(person, count, last(connection, person, sequence)[1], salt)


def entries(read: Read, person: str, until: int) -> Iterator[Opened]:
    """A person's entries in order, up to sequence `until`. Raises StoreUnavailable."""
    sql = """
        SELECT sequence, entry, hash, count, salt FROM log_person JOIN log USING (sequence)
        WHERE person = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?
    """
    after = 0
    while rows := read(sql, (person, after, until, _PAGE)):
        yield from (Opened(*row) for row in rows)
        after = rows[-1][0]


def broken(read: Read, until: int) -> int | None:
    """Sequence of an entry, up to `until`, that does not fit the chain of a person. Raises StoreUnavailable."""
    sql = """
        SELECT person, sequence, entry, hash, count, salt FROM log_person JOIN log USING (sequence)
        WHERE (person, sequence) > (?, ?) AND sequence <= ? ORDER BY person, sequence LIMIT ?
    """
    place: tuple[str, int] = ("", 0)
    whose, count, previous = "", 0, START.hash
    while rows := read(sql, (*place, until, _PAGE)):
        for person, *fields in rows:
            opened = Opened(*fields)
            if person != whose:
                whose, count, previous = person, 0, START.hash
            if opened.count != count + 1 or not commits(opened, Link(person, opened.count, previous, opened.salt)):
                return opened.sequence
            count, previous = opened.count, opened.hash
        place = (rows[-1][0], rows[-1][1])
    return None


def commits(opened: Opened, link: Link) -> bool:
    """Whether the entry holds this commitment; one of version 1 holds none."""
    found = json.loads(opened.entry)
    return found["version"] == 1 or link.commitment() in found["personal"]
