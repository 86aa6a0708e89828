"""A client that signs for itself (`private_key_jwt`, RFC 7523 §3), with a key whose public half it has left with us."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from exchange.refusals import TokenInvalid
from gateway import jwks, token

KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST = timedelta(minutes=5)
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_MOST_USED = 10_000


class _Assertion(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str | list[str]
    exp: int
    jti: str
    iat: int | None = None
    nbf: int | None = None


class Assertions:
    """`FOLDER/<client id>.json` is the client's JWKS. Each assertion is good once."""

    def __init__(self, folder: Path, audience: str, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._audience = audience
        self._clock = clock
        self._used: dict[tuple[str, str], int] = {}

    def client(self, text: str) -> str | None:
        """Whose assertion it is, or None where it proves nothing."""
        try:
            presented = token.read(text, _Assertion)
        except TokenInvalid:
            return None
        said = presented.claims
        keys = self._keys(said.sub)
        key = keys.get(presented.kid)
        if key is None or not key.verifies(presented.algorithm, presented.signed, presented.signature):
            return None
        audiences = [said.aud] if isinstance(said.aud, str) else said.aud
        now = int(self._clock().timestamp())
        if said.iss != said.sub or self._audience not in audiences or not said.jti:
            return None
        if not now < said.exp <= now + _LONGEST.total_seconds() or max(said.nbf or 0, said.iat or 0) > now:
            return None
        return said.sub if self._first((said.sub, said.jti), said.exp, now) else None

    def _keys(self, id: str) -> dict[str, jwks.VerifyingKey]:
        """Read every time: a key may be left with us or taken back while the demo runs."""
        if not _ID.fullmatch(id):
            return {}
        try:
            return jwks.parsed((self._folder / f"{id}.json").read_bytes(), id)
        except (OSError, jwks.KeysFaulty):
            return {}

    def _first(self, name: tuple[str, str], exp: int, now: int) -> bool:
        """Whether it was not used before. Expired ones are forgotten; where too many others are kept, it is refused."""
        self._used = {used: until for used, until in self._used.items() if until > now}
        if name in self._used or len(self._used) >= _MOST_USED:
            return False
        self._used[name] = exp
        return True
