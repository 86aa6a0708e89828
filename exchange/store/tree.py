"""The tree's nodes in the store: written in the entry's own transaction, read in O(log n) for a root or a proof.

INVARIANT: the log's `n` entries and the nodes over exactly those `n` leaves become visible together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from exchange import tree
from exchange.change import Statement
from exchange.store.database import Database, Insert, Row
from exchange.tree import Hashing, Node

_T = TypeVar("_T")
_AT_ONCE = 400
"""Nodes in one statement: SQLite takes no expression that is deeper than 1,000."""
Place = tuple[int, int]
"""(level, position)."""
Read = Callable[[str, Sequence[Any]], Awaitable[list[Row]]]


ADD = Insert("log_node", (("level", "bigint"), ("position", "bigint"), ("hash", "bytea")))
HASHING = Statement("SELECT hash FROM log_tree")
"""The hash that this log's tree was begun with."""
_LEVELS = ", ".join(f"({level})" for level in range(48))
PEAKS = Statement(
    "SELECT node.level, node.position, node.hash FROM"  # noqa: S608
    " (SELECT coalesce(max(sequence), 0) AS size FROM log) AS whole"
    f" CROSS JOIN (VALUES {_LEVELS}) AS each_level"
    " JOIN log_node AS node ON node.level = each_level.column1"
    " AND node.position = (whole.size >> each_level.column1) - 1"
    " WHERE ((whole.size >> each_level.column1) & 1) = 1"
)
"""The perfect subtrees over the log as it is: one for each set bit of its size."""


def _peaks(size: int) -> list[Place]:
    """The smallest first."""
    return [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]


async def _nodes(read: Read, places: Sequence[Place]) -> dict[Place, bytes]:
    """Those that are there, in one statement for every 400."""
    found: dict[Place, bytes] = {}
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE]
        each = " OR ".join(["level = ? AND position = ?"] * len(some))
        rows = await read(f"SELECT level, position, hash FROM log_node WHERE {each}", [n for at in some for n in at])  # noqa: S608
        found |= {(level, position): hash_ for level, position, hash_ in rows}
    return found


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

    async def leaf(self, sequence: int) -> bytes:
        """The hash of the entry at `sequence` (from 1) in the tree, also of an archived one."""
        place = (0, sequence - 1)
        return (await _nodes(self._database.read, [place])).get(place, bytes(32))

    async def root(self, size: int) -> bytes:
        hashing = await self.hashing()
        return await self._over(lambda node: tree.root(size, node, hashing))

    async def peaks_of(self, size: int) -> tuple[bytes, ...]:
        """Roots of the perfect subtrees over the first `size` leaves, the largest first."""
        places = _peaks(size)
        found = await _nodes(self._database.read, places)
        return tuple(found.get(place, bytes(32)) for place in reversed(places))

    async def inclusion(self, sequence: int, size: int) -> list[bytes]:
        """The path of the entry at `sequence` (from 1). Raises ValueError where it is not among `size`."""
        hashing = await self.hashing()
        return await self._over(lambda node: tree.inclusion(sequence - 1, size, node, hashing))

    async def inclusions(self, sequences: Sequence[int], size: int) -> list[list[bytes]]:
        """The paths of several entries, in few statements: most of what they need is the same."""
        hashing = await self.hashing()
        return await self._over(lambda node: [tree.inclusion(each - 1, size, node, hashing) for each in sequences])

    async def consistency(self, old: int, new: int) -> list[bytes]:
        hashing = await self.hashing()
        return await self._over(lambda node: tree.consistency(old, new, node, hashing))

    async def _over(self, computed: Callable[[Node], _T]) -> _T:
        """Compute twice: which nodes are needed depends on no hash, so the first run only names them.

        A node that is missing, in a store that somebody wrote to, is one that fits nothing.
        """
        nodes: dict[Place, bytes] = {}

        def node(level: int, position: int) -> bytes:
            return nodes.setdefault((level, position), bytes(32))

        computed(node)
        nodes |= await _nodes(self._database.read, list(nodes))
        return computed(node)
