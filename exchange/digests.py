"""Keyed digests: how persons, documents and answers are named where no id number may stand.

A plain hash of an id number can be tried out (10^9 to 10^11 candidates), so every digest here is an HMAC under a key
that never leaves the gateway. The algorithm is SHA-256, or SM3 where the national profile is set.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

from exchange.person import PersonId


@dataclass(frozen=True, slots=True, repr=False)
class Digests:
    key: bytes
    algorithm: str = "sha256"

    def person(self, person: PersonId) -> str:
        """32 hexadecimal characters, stable under one key."""
        return self._digest("person", person.number.encode())[:16].hex()

    def document(self, text: str) -> str:
        return self._digest("document", text.encode("utf-8", "surrogatepass"))[:16].hex()

    def answer(self, body: bytes) -> str:
        return self._digest("answer", body).hex()

    def peer(self, address: str) -> str:
        """For the security log: tells one sender of junk from another, and names none."""
        return self._digest("peer", address.encode("utf-8", "surrogatepass"))[:8].hex()

    def counter(self, *parts: str) -> str:
        """For the keys of counters, which may stand on a server that others see."""
        return self._digest("counter", "\0".join(parts).encode("utf-8", "surrogatepass"))[:12].hex()

    def retry(self, *parts: str) -> str:
        """Names a kept answer, and what was asked."""
        return self._digest("retry", "\0".join(parts).encode("utf-8", "surrogatepass"))[:16].hex()

    def box(self, name: str) -> bytes:
        """The gateway's part of the key of the box that holds a kept answer."""
        return self._digest("box", name.encode())

    def consent(self, terms: bytes) -> str:
        """The name of a consent by its terms: 26 letters and digits, of which few are digits in a row."""
        return base64.b32encode(self._digest("consent", terms)[:16]).decode().rstrip("=").lower()

    def pseudonym(self, organisation: str, value: str) -> str:
        """Eight characters of base 32, stable for one organisation and different between organisations."""
        digest = self._digest("pseudonym", f"{organisation}\0{value}".encode())
        return base64.b32encode(digest[:5]).decode().lower()

    def _digest(self, domain: str, data: bytes) -> bytes:
        return hmac.new(self.key, domain.encode() + b"\0" + data, self.algorithm).digest()

    def __repr__(self) -> str:
        return "Digests(…)"
