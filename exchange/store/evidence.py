"""What the store can prove of its log: its checkpoint of now, one entry's proof, one person's entries with openings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from exchange.audit import START
from exchange.evidence import Proof, heading, line, opened_line
from exchange.store.log import Log
from exchange.store.personal import Opened

_PAGE = 500


class SignsCheckpoints(Protocol):
    """See `exchange.checkpoint.Signer`."""

    def checkpoint(self, size: int, root: bytes, hash: str = "sha256") -> str: ...


@dataclass(frozen=True, slots=True)
class Proven:
    """One of a person's entries, with all that shows that it is in the log and stands at its place among that
    person's."""

    opened: Opened
    previous: str
    """Hash of this person's entry before; that of `exchange.audit.START` in the first."""
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ProvenPage:
    """Some of a person's entries, newest first, under the checkpoint of when they were read."""

    entries: tuple[Proven, ...]
    more: bool
    """Whether older ones are there."""
    note: str | None
    """The signed checkpoint; None where the log has no key."""


class Evidence:
    """Every method raises StoreUnavailable."""

    def __init__(self, log: Log, signer: SignsCheckpoints | None) -> None:
        """`signer`: None where the log has no key; then nothing is signed."""
        self._log = log
        self._signer = signer

    async def checkpoint(self) -> tuple[int, str | None]:
        """The log's size now, and the note that signs it."""
        tree = self._log.tree
        size = await tree.size()
        if self._signer is None:
            return size, None
        return size, self._signer.checkpoint(size, await tree.root(size), (await tree.hashing()).name)

    async def archived(self) -> int:
        """How many entries have left for the archive."""
        return (await self._log.archive.head()).sequence

    async def prove(self, id: str, *, entry: bytes = b"") -> Proof | None:
        """The proof of one disclosure's entry under the checkpoint of now; None where there is no such entry or key."""
        place = await self._log.place(id)
        if place is None:
            return None
        size, note = await self.checkpoint()
        if note is None:
            return None
        return Proof(place - 1, tuple(await self._log.tree.inclusion(place, size)), note, entry)

    async def page(self, person: str, first: int, before: int | None = None) -> ProvenPage:
        """A person's last `first` entries, or the last before sequence `before`, in few statements however many."""
        size, note = await self.checkpoint()
        until = size if before is None else min(before - 1, size)
        # One more than is shown: its hash is what the oldest one shown is chained to.
        found = await self._log.latest_about(person, until, first + 1)
        reaches = found and len(found) <= first and found[-1].count > 1
        archived = await self._log.archive.before(person) if reaches else START
        shown, older = found[:first], [*(each.hash for each in found[1:]), archived.hash]
        paths = await self._log.tree.inclusions([each.sequence for each in shown], size)
        proven = map(Proven, shown, older, map(tuple, paths))
        return ProvenPage(tuple(proven), len(found) > first, note)

    async def count(self, person: str) -> int:
        """How many entries are about this person."""
        found = await self._log.latest_about(person, await self._log.tree.size(), 1)
        return found[0].count if found else (await self._log.archive.before(person)).sequence

    async def whole(self) -> AsyncIterator[bytes]:
        """The export of all entries that are not archived, in pieces; nothing where the log has no key."""
        size, note = await self.checkpoint()
        if note is None:
            return
        yield heading(note, await self._log.archive.beginning(self._log.tree))
        async for entry in self._log.pages(size):
            yield line(entry)

    async def lines(self, person: str) -> AsyncIterator[bytes]:
        """The export of one person's entries that are not archived, in pieces (`exchange.evidence`); nothing where the
        log has no key."""
        size, note = await self.checkpoint()
        if note is None:
            return
        yield heading(note)
        previous, some = (await self._log.archive.before(person)).hash, list[Opened]()
        async for opened in self._log.about(person, size):
            some.append(opened)
            if len(some) == _PAGE:
                async for each in self._opened(some, previous, size):
                    yield each
                previous, some = some[-1].hash, []
        async for each in self._opened(some, previous, size):
            yield each

    async def _opened(self, some: Sequence[Opened], previous: str, size: int) -> AsyncIterator[bytes]:
        for opened, path in zip(
            some, await self._log.tree.inclusions([each.sequence for each in some], size), strict=True
        ):
            yield line(opened_line(opened, previous, path))
            previous = opened.hash
