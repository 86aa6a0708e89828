"""What the demo's clients show at the token endpoint: a random secret each, made when it is first asked for."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

import msgspec

from gateway.demo.issuer import write_secret

_FILE = "secrets.json"


class Secrets:
    """Client id → secret, in a file of the issuer's folder that only its owner can read; read every time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE

    def make(self, client: str) -> str:
        """256 random bits; a client that has a secret keeps it."""
        known = self._read()
        if client not in known:
            known[client] = secrets.token_urlsafe(32)
            write_secret(self._path, msgspec.json.encode(known).decode())
        return known[client]

    def fit(self, client: str, secret: str) -> bool:
        """In a time that does not tell how much of it was right."""
        known = self._read().get(client)
        return known is not None and hmac.compare_digest(known.encode(), secret.encode())

    def _read(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        except FileNotFoundError:
            return {}
