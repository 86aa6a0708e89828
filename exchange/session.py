"""A session of somebody who signed in at the dashboard, and the secret that only his or her browser holds.

INVARIANT: the store alone opens nothing. Of the secret it keeps a digest (the row's name), and what the session may
use is sealed (AES-256-GCM) under a key that only the secret gives.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_NONCE_BYTES = 12


class Kept(msgspec.Struct, frozen=True):
    """What is sealed in the row."""

    token: str
    """Access token of the gateway's own API."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """256 random bits in a cookie, as 43 characters of base64url; all else is derived from them."""

    text: str

    @classmethod
    def new(cls) -> Secret:
        return cls(secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str | None) -> Secret | None:
        return cls(text) if text is not None and _SECRET.fullmatch(text) else None

    @property
    def id(self) -> str:
        """Name of the row, 64 hexadecimal digits."""
        return self.derived("id").hex()

    @property
    def form_token(self) -> str:
        """What every form and every act of a page must bring: another site cannot know it, and neither can a page
        of another session."""
        return self.text_of("form")

    def text_of(self, use: str) -> str:
        """43 characters of base64url for one use; they tell nothing of the secret or of another use."""
        return base64.urlsafe_b64encode(self.derived(use)).rstrip(b"=").decode()

    def derived(self, use: str) -> bytes:
        """32 bytes."""
        return hmac.digest(self.text.encode(), use.encode(), hashlib.sha256)

    def seal(self, kept: Kept) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self.derived("key")).encrypt(nonce, msgspec.json.encode(kept), self.id.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str) -> Kept | None:
        """None for what was not sealed with this secret, or was changed since."""
        try:
            content = base64.b64decode(sealed, validate=True)
            nonce, rest = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
            return msgspec.json.decode(AESGCM(self.derived("key")).decrypt(nonce, rest, self.id.encode()), type=Kept)
        except (InvalidTag, ValueError):
            return None


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """One that is open still."""

    secret: Secret
    token: str
    began_at: datetime
    ends_at: datetime
    """The token's own end, or the longest that a session lasts."""
    idle_at: datetime
    """When it ends if nothing more is asked."""

    @property
    def form_token(self) -> str:
        return self.secret.form_token

    def is_of(self, form_token: str) -> bool:
        """Whether a form or an act of a page belongs to this session."""
        return hmac.compare_digest(form_token.encode("utf-8", "replace"), self.form_token.encode())


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long sessions last."""

    idle: timedelta
    most: timedelta
