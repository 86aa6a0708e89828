"""Authorisation codes of the demo's provider: files in its folder, so that any process of the gateway may redeem one,
and one process alone does."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from pathlib import Path

import msgspec

from gateway.demo.issuer import write_secret

LASTS_S = 60
MOST = 500
"""Codes that wait at a time: beyond it the oldest go, so that a flood of beginnings fills no disk and slows nobody."""


class Granted(msgspec.Struct, frozen=True):
    """What a code stands for."""

    user: str
    client: str
    redirect_uri: str
    nonce: str
    challenge: str
    until: int
    """Seconds since 1970."""


class Codes:
    def __init__(self, folder: Path) -> None:
        self._folder = folder / "codes"

    def give(self, granted: Granted, now: int) -> str:
        self._folder.mkdir(exist_ok=True, mode=0o700)
        self._forget(now)
        code = secrets.token_urlsafe(32)
        write_secret(self._file(code), msgspec.json.encode(granted).decode())
        return code

    def take(self, code: str, now: int) -> Granted | None:
        """Once: of two who come at a time, the one whose rename succeeds. None for what is unknown, used or too old."""
        file = self._file(code)
        taken = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        try:
            file.rename(taken)
            granted = msgspec.json.decode(taken.read_bytes(), type=Granted)
            taken.unlink()
        except (OSError, ValueError):
            return None
        return granted if now < granted.until else None

    def _file(self, code: str) -> Path:
        return self._folder / hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()

    def _forget(self, now: int) -> None:
        waiting: list[tuple[float, Path]] = []
        for file in self._folder.iterdir():
            with suppress(OSError):  # another process took it meanwhile
                waiting.append((file.stat().st_mtime, file))
        waiting.sort()
        fresh = [each for each in waiting if each[0] >= now - 10 * LASTS_S]
        for _, file in waiting[: len(waiting) - min(len(fresh), MOST - 1)]:
            with suppress(OSError):  # the same
                file.unlink()
