"""The private folder of one process for copies and snapshots: 0700, and gone with the process at the latest when the
next one starts."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path

from connectors.files.folder import DropRefused


class Shelf:
    """A folder that is locked as long as it is used. If we die, the lock dies with us, and the next to open a shelf
    deletes what we left."""

    def __init__(self, base: Path) -> None:
        """Raises DropRefused where no private folder can be had."""
        try:
            base.mkdir(mode=0o700, exist_ok=True)
            found = base.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
                raise PermissionError
            whole = _locked(base)
            try:
                _sweep(base)
                self.folder = Path(tempfile.mkdtemp(dir=base))
                self._lock = _locked(self.folder)
            finally:
                os.close(whole)
        except OSError:
            raise DropRefused("", "no private temporary folder can be made", "UNREACHABLE", passing=True) from None
        self._made = 0

    def path(self, suffix: str) -> Path:
        """A name that was not given before."""
        self._made += 1
        return self.folder / f"{self._made}{suffix}"

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def default_base() -> Path:
    return Path(tempfile.gettempdir()) / f"gateway-drops-{os.getuid()}"


def _locked(folder: Path, how: int = fcntl.LOCK_EX) -> int:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, how)
    except OSError:
        os.close(opened)
        raise
    return opened


def _sweep(base: Path) -> None:
    for folder in base.iterdir():
        try:
            lock = _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue  # in use
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
