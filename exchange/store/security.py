"""The security log: what nobody in particular sent us, counted and bounded, so that junk cannot fill a disk.

One JSON line for each (code, second) with a count and keyed digests of a few senders: `{"time", "code", "count",
"peers"}`. No input and no address. It is no evidence and not durable: where it cannot keep up, it forgets.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from exchange.digests import Digests

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_OTHER = "OTHER"
_CODES = 64
_PEERS = 8


@dataclass(slots=True)
class _Count:
    count: int = 0
    peers: set[str] = field(default_factory=set)


class SecurityLog:
    """`note` only counts; a thread of its own writes once a second. Two files: `path`, and before it `path.1`."""

    def __init__(
        self,
        path: Path,
        digests: Digests,
        *,
        limit_bytes: int = 4 << 20,
        every_s: float = 1.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._digests = digests
        self._limit_bytes = limit_bytes
        self._every_s = every_s
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[tuple[int, str], _Count] = {}
        self._stop = threading.Event()
        self._writer = threading.Thread(target=self._run, name="security-log", daemon=True)
        self._writer.start()

    def note(self, code: str, peer: str | None = None) -> None:
        """Count one. Takes microseconds, waits for no disk, never raises."""
        second = int(self._clock())
        with self._lock:
            key = (second, code if _CODE.fullmatch(code) else _OTHER)
            if key not in self._counts and len(self._counts) >= _CODES:
                return  # the disk hangs: forget rather than grow
            found = self._counts.setdefault(key, _Count())
            found.count += 1
            if peer and len(found.peers) < _PEERS:
                found.peers.add(self._digests.peer(peer))

    def flush(self) -> None:
        """Write what was counted. What cannot be written is forgotten: nothing waits for this log."""
        with self._lock:
            counts, self._counts = self._counts, {}
        if counts:
            with suppress(OSError):
                self._append("".join(_line(second, code, each) for (second, code), each in counts.items()).encode())

    def close(self) -> None:
        self._stop.set()
        self._writer.join(self._every_s + 1)
        self.flush()

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self.flush()

    def _append(self, lines: bytes) -> None:
        if self._path.exists() and self._path.stat().st_size + len(lines) > self._limit_bytes:
            self._path.replace(self._path.with_name(self._path.name + ".1"))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, lines)
        finally:
            os.close(file)


def _line(second: int, code: str, found: _Count) -> str:
    at = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = {"time": at, "code": code, "count": found.count, "peers": sorted(found.peers)}
    return json.dumps(line, separators=(",", ":")) + "\n"
