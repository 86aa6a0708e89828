"""The demo's own issuer of tokens. Its keys are made on first start and stay in the data folder."""

from __future__ import annotations

import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from joserfc import jwt
from joserfc.jwk import OKPKey

from exchange.checkpoint import Signer
from exchange.client import Client

PRIVATE, PUBLIC = "private.json", "jwks.json"
PERSON = "person"
LONGEST = timedelta(days=1)
_ID_TOKEN_S = 300


class Issuer:
    """Signs what it is asked to sign, for clients of the demo only: that is why no city may run it."""

    def __init__(self, key: OKPKey, issuer: str, audience: str) -> None:
        self._key = key
        self.name = issuer
        self._audience = audience

    @classmethod
    def open(cls, folder: Path, *, issuer: str, audience: str) -> Issuer:
        """Raises FileNotFoundError where the demo has not been started yet."""
        return cls(OKPKey.import_key(orjson.loads((folder / PRIVATE).read_bytes())), issuer, audience)

    def token(
        self,
        id: str,
        client: Client,
        *,
        at: datetime,
        lasts: timedelta,
        operator: str | None = None,
        person: str | None = None,
        certificate: str | None = None,
    ) -> str:
        """`person`: keyed digest of the id number, for the client `person` and no other.

        `certificate`: what the token is bound to (RFC 8705), as `x5t#S256`.
        """
        now = int(at.timestamp())
        claims: dict[str, object] = {
            "iss": self.name,
            "aud": self._audience,
            "iat": now,
            "nbf": now,
            "exp": now + int(min(lasts, LONGEST).total_seconds()),
            "jti": secrets.token_hex(16),
            "sub": operator or ("self" if person else f"demo@{id}"),
            "client_id": id,
            "role": client.roles[0],
            "org": client.organisation,
            "districts": list(client.districts),
        }
        if person:
            claims["person"] = person
        if certificate:
            claims["cnf"] = {"x5t#S256": certificate}
        header = {"alg": "Ed25519", "typ": "JWT", "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=["Ed25519"])

    def id_token(self, subject: str, client: str, *, at: datetime, **claims: str) -> str:
        """For whoever signed in at the demo's provider: says who it is, and opens nothing at the gateway."""
        now = int(at.timestamp())
        said = {"iss": self.name, "sub": subject, "aud": client, "iat": now, "exp": now + _ID_TOKEN_S, **claims}
        header = {"alg": "Ed25519", "typ": "JWT", "kid": self._key.kid}
        return jwt.encode(header, said, self._key, algorithms=["Ed25519"])


def make_keys(folder: Path) -> None:
    """The private key (0600) and the public JWKS, unless they are there already."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / PRIVATE).exists():
        key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"}, auto_kid=True)
        (folder / PUBLIC).write_bytes(orjson.dumps({"keys": [key.as_dict(private=False)]}))
        # Last, so that a start which died before leaves nothing that looks whole.
        write_secret(folder / PRIVATE, orjson.dumps(key.as_dict(private=True)).decode())


def make_digest_key(path: Path) -> None:
    """256 random bits for the keyed digests, unless they are there already: every digest in the store rests on it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(path, secrets.token_hex(32))


def make_log_key(path: Path) -> None:
    """The key that signs the log's checkpoints, unless it is there already: kept checkpoints rest on it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(path, Signer.make("log.demo.invalid").secret())


def write_secret(path: Path, text: str) -> None:
    """Whole or not at all, readable by the owner alone."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write(text)
    beside.replace(path)
