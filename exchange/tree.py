"""The Merkle tree over the log's entries (RFC 9162, section 2.1): its growth, its proofs and their verification.

Pure. Whoever keeps the nodes gives a `Node`: the hash of the perfect subtree of 2^level leaves that is the
`position`-th of its level, from 0. Such a node never changes once its leaves are there, so a proof for any earlier
size can be made at any later time, with O(log n) look-ups.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Node = Callable[[int, int], bytes]
HASHES = ("sha256", "sm3")


@dataclass(frozen=True, slots=True)
class Hashing:
    """Leaves and nodes are hashed apart (0x00, 0x01), so that none can pass for the other. 32 bytes each."""

    name: str = "sha256"
    """One of HASHES."""

    def leaf(self, entry: bytes) -> bytes:
        return self.digest(b"\0" + entry)

    def node(self, left: bytes, right: bytes) -> bytes:
        return self.digest(b"\1" + left + right)

    @property
    def empty(self) -> bytes:
        """The root of no leaves."""
        return self.digest(b"")

    def digest(self, data: bytes) -> bytes:
        return hashlib.sha256(data).digest() if self.name == "sha256" else hashlib.new(self.name, data).digest()


SHA256 = Hashing()


def grown(index: int, leaf: bytes, node: Node, hashing: Hashing = SHA256) -> list[tuple[int, int, bytes]]:
    """The nodes (level, position, hash) that stand once leaf `index` (from 0) is there: it and what it completes."""
    level, position, digest = 0, index, leaf
    made = [(level, position, digest)]
    while position & 1:
        digest = hashing.node(node(level, position - 1), digest)
        level, position = level + 1, position >> 1
        made.append((level, position, digest))
    return made


def root(size: int, node: Node, hashing: Hashing = SHA256) -> bytes:
    """The root of the first `size` leaves."""
    return _subtree(0, size, node, hashing) if size else hashing.empty


def inclusion(index: int, size: int, node: Node, hashing: Hashing = SHA256) -> list[bytes]:
    """The path from leaf `index` (from 0) to the root of `size` leaves. Raises ValueError for one beyond."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_subtree(middle, end, node, hashing))
            end = middle
        else:
            path.append(_subtree(start, middle, node, hashing))
            start = middle
    return path[::-1]


def consistency(old: int, new: int, node: Node, hashing: Hashing = SHA256) -> list[bytes]:
    """Proof that the tree of `old` leaves is the beginning of that of `new`; empty where there is nothing to prove.

    Raises ValueError unless 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError("a tree does not shrink")
    if old in (0, new):
        return []
    path, start, end, whole = [], 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_subtree(middle, end, node, hashing))
            end = middle
        else:
            path.append(_subtree(start, middle, node, hashing))
            start, whole = middle, False
    if not whole:
        path.append(_subtree(start, end, node, hashing))
    return path[::-1]


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes, hashing: Hashing = SHA256) -> bool:
    """Whether `path` proves that `leaf` is number `index` (from 0) of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, digest = index, size - 1, leaf
    for step in path:
        if last == 0 or len(step) != len(root):
            return False
        if place & 1 or place == last:
            digest = hashing.node(step, digest)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            digest = hashing.node(digest, step)
        place, last = place >> 1, last >> 1
    return last == 0 and digest == root


def consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes], hashing: Hashing = SHA256
) -> bool:
    """Whether `path` proves that the old tree is the beginning of the new one (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == hashing.empty and new > 0
    if not 0 < old < new or not path or any(len(step) != len(new_root) for step in path):
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = hashing.node(step, before), hashing.node(step, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = hashing.node(after, step)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


@dataclass(slots=True)
class Growing:
    """The root of leaves that come one after another, in O(log n) memory: for a verifier, which keeps no nodes."""

    hashing: Hashing = SHA256
    size: int = 0
    _peaks: list[bytes] = field(default_factory=list)
    """Roots of the perfect subtrees, the largest first: one for each set bit of `size`."""

    def add(self, entry: bytes) -> None:
        digest, rest = self.hashing.leaf(entry), self.size
        while rest & 1:
            digest, rest = self.hashing.node(self._peaks.pop(), digest), rest >> 1
        self._peaks.append(digest)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return self.hashing.empty
        digest = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            digest = self.hashing.node(peak, digest)
        return digest


def _subtree(start: int, end: int, node: Node, hashing: Hashing) -> bytes:
    """The root of leaves [start, end); `start` is where RFC 9162's own splitting puts it, so whole parts are nodes."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(width)
    return hashing.node(_subtree(start, middle, node, hashing), _subtree(middle, end, node, hashing))


def _split(width: int) -> int:
    """The largest power of two that is smaller than `width` (> 1)."""
    return 1 << ((width - 1).bit_length() - 1)
