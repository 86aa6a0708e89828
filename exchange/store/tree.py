"""The tree's nodes in the store: written in the entry's own transaction, read in O(log n) for a root or a proof.

INVARIANT: the log's `n` entries and the nodes over exactly those `n` leaves become visible together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from exchange import tree
from exchange.tree import Hashing

Read = Callable[..., list[tuple[Any, ...]]]
"""`Database.read`."""

_NODE = "SELECT hash FROM log_node WHERE level = ? AND position = ?"


def hashing_of(connection: sqlite3.Connection) -> Hashing:
    """The hash that this log's tree was begun with."""
    return Hashing(connection.execute("SELECT hash FROM log_tree").fetchone()[0])


def append(connection: sqlite3.Connection, hashing: Hashing, sequence: int, entry: bytes) -> None:
    """Add the nodes of one entry; `sequence` is from 1."""

    def node(level: int, position: int) -> bytes:
        return connection.execute(_NODE, (level, position)).fetchone()[0]

    made = tree.grown(sequence - 1, hashing.leaf(entry), node, hashing)
    connection.executemany("INSERT INTO log_node VALUES (?, ?, ?)", made)


def build(connection: sqlite3.Connection) -> None:
    """The tree over the entries that are there: a step of the migration, within its transaction."""
    hashing = hashing_of(connection)
    for sequence, entry in connection.execute("SELECT sequence, entry FROM log ORDER BY sequence"):
        append(connection, hashing, sequence, entry)


class Tree:
    """Roots and proofs of a store's log. Every method raises StoreUnavailable."""

    def __init__(self, read: Read) -> None:
        self._read = read

    @property
    def hashing(self) -> Hashing:
        return Hashing(self._read("SELECT hash FROM log_tree")[0][0])

    def size(self) -> int:
        return self._read("SELECT coalesce(max(sequence), 0) FROM log")[0][0]

    def root(self, size: int) -> bytes:
        return tree.root(size, self._node, self.hashing)

    def inclusion(self, sequence: int, size: int) -> list[bytes]:
        """The path of the entry at `sequence` (from 1). Raises ValueError where it is not among `size`."""
        return tree.inclusion(sequence - 1, size, self._node, self.hashing)

    def consistency(self, old: int, new: int) -> list[bytes]:
        return tree.consistency(old, new, self._node, self.hashing)

    def _node(self, level: int, position: int) -> bytes:
        """A node that is missing, in a store that somebody wrote to, is one that fits nothing."""
        rows = self._read(_NODE, (level, position))
        return rows[0][0] if rows else bytes(32)
