"""Moves the oldest entries of the log into segments: written, flushed to the disk, verified from there, then removed.

If we die before the act is sealed, the log is whole and a file lies there that nobody needs; after it, the file holds
what the log no longer does.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from exchange.audit import Head, Verdict, entry_hash
from exchange.checkpoint import Signer
from exchange.segment import Segment, line, verify
from exchange.store.archive import Archived, name_of
from exchange.store.log import Log
from gateway.console import Console

ACT = "LOG_ARCHIVE"
SEGMENT = 10_000
"""Entries of one segment at most: the log's lock is held while they are removed."""
_CHUNK = 1 << 20


class SegmentUnsound(Exception):
    """A segment does not verify as it lies on the disk, so nothing was removed from the log."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class Archiving:
    log: Log
    signer: Signer
    console: Callable[[], Console]
    folder: Path
    at: datetime

    async def next(self, before: str, most: int = SEGMENT) -> Archived | None:
        """Archive the oldest entries of asks before the time `before` (as entries write it): one segment.

        None where there is none; the newest entry always stays. Raises SegmentUnsound, OSError, ChangedMeanwhile where
        somebody else archives at the same time, ActNotPermitted, AuditUnavailable, StoreUnavailable.
        """
        first, last = await self._range(before, most)
        if last is None:
            return None
        path = self.folder / name_of(first, last.sequence)
        segment = await self._segment(last)
        with _written(path) as stream:
            stream.write(segment.heading())
            async for text, links in self.log.archive.leaving(first - 1, last.sequence):
                stream.write(line(text, links))
        # Flushed with its name. If we die here: the log is whole, and the next run writes the file anew.
        digest = self._verified(path, last)
        change = self.log.archive.archiving(first, last, segment.note, digest, self.at)
        await self.console().lay_down(ACT, f"segment:{first}-{last.sequence}", change, digest)
        return Archived(first, last, segment.note, digest)

    async def _range(self, before: str, most: int) -> tuple[int, Head | None]:
        """The first sequence of the live log, and the last entry that may leave."""
        beginning, newest = await self.log.archive.head(), await self.log.head()
        hashing, last = await self.log.tree.hashing(), None
        async for text in self.log.pages(min(newest.sequence - 1, beginning.sequence + most)):
            entry = json.loads(text)
            if entry["time"] >= before:
                break
            last = Head(entry["sequence"], entry_hash(text, hashing))
        return beginning.sequence + 1, last

    async def _segment(self, last: Head) -> Segment:
        tree = self.log.tree
        hashing, size = await tree.hashing(), await tree.size()
        note = self.signer.checkpoint(last.sequence, await tree.root(last.sequence), hashing.name)
        present = self.signer.checkpoint(size, await tree.root(size), hashing.name)
        end = self.signer.verifier.checkpoint(note)
        path = tuple(await tree.consistency(last.sequence, size))
        return Segment(await self.log.archive.beginning(tree), end, note, present, path)

    def _verified(self, path: Path, last: Head) -> str:
        """The digest of the file as it lies there."""
        with path.open("rb") as stream:
            verdict = verify(stream, self.signer.verifier)
        if verdict.fault is not None or verdict.head != last:
            raise SegmentUnsound(verdict)
        return digest_of(path)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """Whole and on the disk, with its name, or not at all; for its owner alone."""
    beside = path.with_name(path.name + ".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
