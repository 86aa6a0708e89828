"""A retry is the same inquiry: one entry, one use of a consent, the same answer.

A client names its ask with a key of its own (`Idempotency-Key`). The answer is kept for a day in the transaction that
seals it, in a box that opens only with that key: the store alone shows nothing of it.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from exchange.digests import Digests
from exchange.person import bears_id_number
from exchange.refusals import RetryKeyInvalid
from exchange.requester import Requester

KEPT_FOR = timedelta(hours=24)
LARGEST = 4 * 1024 * 1024
"""Bytes of an answer that is kept; a larger one is answered once."""
_KEY = re.compile(r'"?([\x21\x23-\x7e]{8,128})"?')
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer, as it is kept."""

    name: str
    """Keyed digest of who asked and the key: another client's key is nothing to this one."""
    ask: str
    """Keyed digest of what was asked."""
    until: datetime
    box: bytes
    entries: tuple[str, ...] = ()
    """Ids of the entries that were sealed with it."""


@dataclass(frozen=True, slots=True, repr=False)
class RetryKey:
    """The key of one request, with who brings it and what is asked."""

    text: str
    name: str
    ask: str
    _secret: bytes

    @classmethod
    def of(cls, header: str, requester: Requester, ask: bytes, digests: Digests) -> RetryKey:
        """`header`: as it came. `ask`: the bytes of what is asked. Raises RetryKeyInvalid."""
        found = _KEY.fullmatch(header.strip())
        if found is None or header.strip().count('"') not in (0, 2) or bears_id_number(found[1]):
            raise RetryKeyInvalid()
        who = (requester.organisation, requester.client, requester.operator, requester.role, requester.person or "")
        name = digests.retry(*who, found[1])
        return cls(found[1], name, digests.retry(name, ask.hex()), digests.box(name))

    def kept(self, answer: bytes, at: datetime, entries: tuple[str, ...]) -> Kept:
        nonce = secrets.token_bytes(_NONCE)
        box = nonce + AESGCM(self._boxing()).encrypt(nonce, answer, self.ask.encode())
        return Kept(self.name, self.ask, at + KEPT_FOR, box, entries)

    def opened(self, kept: Kept) -> bytes | None:
        """The answer; None where the box was changed or is another's."""
        try:
            return AESGCM(self._boxing()).decrypt(kept.box[:_NONCE], kept.box[_NONCE:], self.ask.encode())
        except InvalidTag:
            return None

    def _boxing(self) -> bytes:
        return HKDF(SHA256(), 32, salt=self._secret, info=b"kept answer").derive(self.text.encode())
