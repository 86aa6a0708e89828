"""Checkpoints: what the log signs about itself, as C2SP signed notes (c2sp.org/signed-note, tlog-checkpoint).

A checkpoint is `origin`, size and root, one a line, and an Ed25519 signature line. Whoever keeps one can see for ever
whether the log that it spoke of is still the beginning of the log that is shown. A hash other than SHA-256 is named
by an extension line, `hash sm3`, under the signature like the rest.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from exchange.tree import HASHES

_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]{1,128}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_PRIVATE = "PRIVATE+KEY+"
_LONGEST = 16_384
"""Characters of a note; more is no checkpoint."""


class CheckpointFaulty(ValueError):
    """No checkpoint of this log: malformed, or not signed by its key. Says which, never what it holds."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes
    hash: str = "sha256"

    @property
    def body(self) -> str:
        """The text that is signed."""
        extension = "" if self.hash == "sha256" else f"hash {self.hash}\n"
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n{extension}"


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half: `name+hash+base64`, as it is published and pinned."""

    name: str
    key: Ed25519PublicKey

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Raises CheckpointFaulty."""
        name, mark, key = _key_parts(text.strip())
        verifier = cls(name, Ed25519PublicKey.from_public_bytes(key))
        if verifier.mark.hex() != mark:
            raise CheckpointFaulty("the key's own hash does not fit it")
        return verifier

    @property
    def mark(self) -> bytes:
        """Four bytes that name the key in a signature line."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.key.public_bytes_raw()).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.mark.hex()}+{encoded(_ED25519 + self.key.public_bytes_raw())}"

    def text(self, note: str) -> str:
        """The signed text of a note. Raises CheckpointFaulty unless this key signed it; others may have signed too."""
        body, gap, lines = note.rpartition("\n\n")
        signatures = lines.split("\n")
        if not gap or len(note) > _LONGEST or signatures.pop() or not signatures:
            raise CheckpointFaulty("not a signed note")
        found = False
        for line in signatures:
            dash, name, signature = [*line.split(" "), "", ""][:3]
            blob = decoded(signature)
            if dash != "—" or line.count(" ") != 2 or not _NAME.fullmatch(name) or len(blob) < 5:
                raise CheckpointFaulty("not a signed note")
            if (name, blob[:4]) == (self.name, self.mark):
                try:
                    self.key.verify(blob[4:], f"{body}\n".encode())
                except InvalidSignature:
                    raise CheckpointFaulty("the signature does not fit") from None
                found = True
        if not found:
            raise CheckpointFaulty("not signed by this key")
        return body + "\n"

    def checkpoint(self, note: str) -> Checkpoint:
        """Read a note that this key signed for the log of its own name. Raises CheckpointFaulty."""
        origin, size, root, *extensions = [*self.text(note).split("\n")[:-1], "", "", ""][:7]
        extension = next((line for line in extensions if line), "")
        hash_ = extension.removeprefix("hash ") if extension else "sha256"
        if not _SIZE.fullmatch(size) or hash_ not in HASHES:
            raise CheckpointFaulty("not a checkpoint")
        made = Checkpoint(origin, int(size), decoded(root), hash_)
        if origin != self.name or len(made.root) != 32 or made.body != self.text(note):
            raise CheckpointFaulty("not a checkpoint of this log")
        return made


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """The private half; its name is the log's origin."""

    name: str
    key: Ed25519PrivateKey

    @classmethod
    def make(cls, name: str) -> Signer:
        """A new key. Raises CheckpointFaulty for a name with blanks or `+`."""
        if not _NAME.fullmatch(name):
            raise CheckpointFaulty("a log's name has no blanks and no '+'")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read `PRIVATE+KEY+name+hash+base64`. Raises CheckpointFaulty, without the text."""
        text = text.strip()
        if not text.startswith(_PRIVATE):
            raise CheckpointFaulty("not a signing key")
        name, mark, key = _key_parts(text.removeprefix(_PRIVATE))
        signer = cls(name, Ed25519PrivateKey.from_private_bytes(key))
        if signer.verifier.mark.hex() != mark:
            raise CheckpointFaulty("the key's own hash does not fit it")
        return signer

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.key.public_key())

    def secret(self) -> str:
        """As `parse` reads it: for a file that only its owner reads."""
        return f"{_PRIVATE}{self.name}+{self.verifier.mark.hex()}+{encoded(_ED25519 + self.key.private_bytes_raw())}"

    def signed(self, text: str) -> str:
        """The note of `text`, which ends with a newline."""
        return f"{text}\n— {self.name} {encoded(self.verifier.mark + self.key.sign(text.encode()))}\n"

    def checkpoint(self, size: int, root: bytes, hash: str = "sha256") -> str:
        return self.signed(Checkpoint(self.name, size, root, hash).body)

    def __repr__(self) -> str:
        return "Signer(…)"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def decoded(text: str) -> bytes:
    """Base 64 in its only canonical form; else b"", so that no two texts mean the same bytes."""
    try:
        data = base64.b64decode(text.encode(), validate=True)
    except (ValueError, binascii.Error):
        return b""
    return data if encoded(data) == text else b""


def _key_parts(text: str) -> tuple[str, str, bytes]:
    name, _, rest = text.partition("+")
    mark, _, key = rest.partition("+")
    blob = decoded(key)
    if not _NAME.fullmatch(name) or len(blob) != 33 or blob[:1] != _ED25519:
        raise CheckpointFaulty("not a key for Ed25519")
    return name, mark, blob[1:]
