"""The tree's nodes in the store: written in the entry's own transaction, read in O(log n) for a root or a proof.

INVARIANT: the log's `n` entries and the nodes over exactly those `n` leaves become visible together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from exchange import tree
from exchange.store.database import Database, Tx
from exchange.tree import Hashing, Node

_T = TypeVar("_T")
_NODE = "SELECT hash FROM log_node WHERE level = ? AND position = ?"


async def hashing_of(tx: Tx) -> Hashing:
    """The hash that this log's tree was begun with."""
    return Hashing((await tx.run("SELECT hash FROM log_tree"))[0][0])


async def peaks(tx: Tx, size: int) -> dict[tuple[int, int], bytes]:
    """(level, position) → hash of the perfect subtrees over `size` leaves: one for each set bit."""
    places = [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]
    return {place: (await tx.run(_NODE, place))[0][0] for place in places}


class Tree:
    """Roots and proofs of a store's log. Every method raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hashing: Hashing | None = None

    async def hashing(self) -> Hashing:
        if self._hashing is None:
            found = Hashing((await self._database.read("SELECT hash FROM log_tree"))[0][0])
            if not await self.size():
                return found  # it may yet be chosen
            self._hashing = found
        return self._hashing

    async def size(self) -> int:
        return (await self._database.read("SELECT coalesce(max(sequence), 0) FROM log"))[0][0]

    async def root(self, size: int) -> bytes:
        hashing = await self.hashing()
        return await self._over(lambda node: tree.root(size, node, hashing))

    async def inclusion(self, sequence: int, size: int) -> list[bytes]:
        """The path of the entry at `sequence` (from 1). Raises ValueError where it is not among `size`."""
        hashing = await self.hashing()
        return await self._over(lambda node: tree.inclusion(sequence - 1, size, node, hashing))

    async def consistency(self, old: int, new: int) -> list[bytes]:
        hashing = await self.hashing()
        return await self._over(lambda node: tree.consistency(old, new, node, hashing))

    async def _over(self, computed: Callable[[Node], _T]) -> _T:
        """Compute twice: which nodes are needed depends on no hash, so the first run only names them.

        A node that is missing, in a store that somebody wrote to, is one that fits nothing.
        """
        nodes: dict[tuple[int, int], bytes] = {}

        def named(level: int, position: int) -> bytes:
            return nodes.setdefault((level, position), bytes(32))

        computed(named)
        for place in list(nodes):
            rows = await self._database.read(_NODE, place)
            nodes[place] = rows[0][0] if rows else bytes(32)
        return computed(named)
