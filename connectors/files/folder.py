"""What lies in a department's folder, told apart by more than its name; and a private copy of it, taken whole."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from connectors.dates import date_format
from connectors.files.drop import Drop, Drops
from exchange.retention import civil_day

MOST_BYTES = 4 << 30
"""Of one file."""
_MOST_FILES = 100_000
_CHUNK = 1 << 20
_MANIFEST = 1 << 20
_LINE = re.compile(r"(?P<digest>[0-9a-fA-F]{64})\s+\*?(?P<file>.+)")


class DropRefused(Exception):
    """A drop cannot be taken: which, and what to do. Nothing of a row, no path."""

    def __init__(self, drop: str, text: str, why: str = "FAILED", passing: bool = False) -> None:
        super().__init__(text)
        self.drop = drop
        self.text = text
        self.why = why
        self.passing = passing
        """Whether the same files may be taken at another time."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """One file as it lies there. The change time is the kernel's own: no writer sets it."""

    file: str
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, file: str, found: os.stat_result) -> Stamp:
        return cls(file, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def day(self, drop: Drop) -> str | None:
        """For which the file vouches, ISO; None where its name does not tell."""
        if drop.as_of is None:
            return civil_day(datetime.fromtimestamp(self.modified_ns / 1e9, UTC)).isoformat()
        shape = date_format(drop.as_of)
        starts = range(len(self.file) - shape.width + 1)
        return next((day for at in starts if (day := shape.read(self.file[at : at + shape.width]))), None)


Seen = Mapping[str, Stamp]
"""By name of the drop; under "" the file `complete`."""


def look(folder: Path, drops: Drops) -> Seen:
    """The file of each drop. Raises DropRefused where one is not there."""
    try:
        with os.scandir(folder) as entries:
            files = {entry.name: entry for _, entry in zip(range(_MOST_FILES), entries, strict=False)}
        found: dict[str, Stamp] = {}
        for drop in drops.drops.values():
            names = [name for name in files if fnmatchcase(name, drop.file)]
            names = [name for name in names if files[name].is_file(follow_symlinks=False)]
            if not names:
                raise DropRefused(drop.name, "no such file is in the folder", "UNREACHABLE")
            found[drop.name] = Stamp.of(max(names), files[max(names)].stat(follow_symlinks=False))
        if drops.complete is not None:
            if drops.complete not in files:
                raise DropRefused("", "the file that completes the drops is not there", "UNREACHABLE", passing=True)
            found[""] = Stamp.of(drops.complete, files[drops.complete].stat(follow_symlinks=False))
            if any(stamp.changed_ns > found[""].changed_ns for stamp in found.values()):
                raise DropRefused("", "a drop is newer than the file that completes it", passing=True)
    except OSError:
        raise DropRefused("", "the folder cannot be read", "UNREACHABLE", passing=True) from None
    return found


def copied(folder: Path, stamp: Stamp, drop: str, to: Path, stop: threading.Event) -> str:
    """A private copy of exactly what the stamp says; its SHA-256. Raises DropRefused."""
    changed = DropRefused(drop, "changed while it was being read", passing=True)
    digest, left = hashlib.sha256(), stamp.size
    if stamp.size > MOST_BYTES:
        raise DropRefused(drop, f"is larger than {MOST_BYTES >> 30} GiB")
    try:
        source = os.open(folder / stamp.file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(source, "rb", buffering=0) as file, open(to, "xb", opener=_private) as copy:
            if not stat.S_ISREG(os.fstat(source).st_mode) or Stamp.of(stamp.file, os.fstat(source)) != stamp:
                raise changed
            while piece := file.read(_CHUNK):
                left -= len(piece)
                if left < 0 or stop.is_set():
                    raise changed
                digest.update(piece)
                copy.write(piece)
            if left or Stamp.of(stamp.file, os.fstat(source)) != stamp:
                raise changed
    except OSError:
        raise DropRefused(drop, "cannot be copied", "UNREACHABLE", passing=True) from None
    return digest.hexdigest()


def check_manifest(path: Path, seen: Seen, digests: Mapping[str, str]) -> None:
    """An empty manifest says by its time alone that the drops are whole; one with lines of `sha256sum` must name each
    drop with its digest. Raises DropRefused."""
    with path.open("rb") as file:
        lines = file.read(_MANIFEST).decode("utf-8", "replace").split("\n")
    named = {found["file"].strip(): found["digest"].lower() for line in lines if (found := _LINE.match(line.strip()))}
    if not any(line.strip() for line in lines):
        return
    for drop, digest in digests.items():
        if drop and named.get(seen[drop].file) != digest:
            raise DropRefused(drop, "is not what the file that completes it says", passing=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
