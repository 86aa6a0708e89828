"""Tokens for tests: an issuer with a key of its own, in a folder of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from exchange.client import Words
from exchange.registration import Kind, Registration, State
from exchange.store.register import Served
from gateway import jwks
from gateway.auth import Authenticator
from gateway.clients import Clients
from gateway.demo.issuer import Issuer, make_keys
from gateway.issuers import Issuer as Accepted
from gateway.jwks import VerifyingKey

ISSUER, AUDIENCE = "https://issuer.test.invalid", "gateway-under-test"
CLIENTS = Path(__file__).parents[2] / "gateway/demo/clients.yaml"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


class Every(frozenset[str]):
    def __contains__(self, word: object) -> bool:
        return True


class Registered(Clients):
    """A register that holds what the file says, all of it active but what a test says otherwise."""

    def __init__(self, *said: Any) -> None:
        super().__init__(*said)
        self.states: dict[str, State] = {}

    async def served(self, client: str) -> Served | None:
        found = self.find(client)
        if found is None:
            return None
        organisation = self.organisations[found.organisation]
        return Served(
            Registration(Kind.CLIENT, client, found, self.states.get(client, State.ACTIVE)),
            Registration(Kind.ORGANISATION, found.organisation, organisation, State.ACTIVE),
        )


def clients() -> Registered:
    return Registered.read(CLIENTS, Words(Every(), Every(), Every()))


def issuer(folder: Path) -> Issuer:
    make_keys(folder)
    return Issuer.open(folder, issuer=ISSUER, audience=AUDIENCE)


def private_key(folder: Path) -> OKPKey:
    return OKPKey.import_key(json.loads((folder / "private.json").read_text()))


class Pinned:
    """Keys that change only when a test changes them."""

    def __init__(self, keys: dict[str, VerifyingKey]) -> None:
        self.keys = keys
        self.asked: list[str] = []

    async def find(self, kid: str) -> VerifyingKey | None:
        self.asked.append(kid)
        return self.keys.get(kid)

    def holds(self, key: VerifyingKey) -> bool:
        return self.keys.get(key.kid) == key


def pinned(folder: Path) -> Pinned:
    return Pinned(jwks.parsed((folder / "jwks.json").read_bytes(), "jwks.json"))


def accepted(keys: Pinned, **options: Any) -> dict[str, Accepted]:
    return {ISSUER: Accepted("test", ISSUER, AUDIENCE, keys, **options)}


def authenticator(folder: Path, clock=lambda: NOW, **options: Any) -> Authenticator:
    return Authenticator(accepted(pinned(folder)), clients(), clock=clock, **{"skew_s": 0, **options})


def token(folder: Path, client: str = "bank-system", *, at: datetime = NOW, person: str | None = None) -> str:
    found = clients().find(client)
    assert found
    return issuer(folder).token(client, found, at=at, lasts=timedelta(hours=1), person=person)


def claims(**changed: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    plain = {
        "iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 600, "jti": "j", "sub": "li.wei",
        "client_id": "bank-system", "role": "bank-system", "org": "bank-a", "districts": [],
    } | changed  # fmt: skip
    return {name: value for name, value in plain.items() if value is not ...}


def signed(key: OKPKey, content: dict[str, Any], **header: Any) -> str:
    named = {"alg": "Ed25519", "kid": key.kid, **header}
    return jwt.encode({k: v for k, v in named.items() if v is not None}, content, key, algorithms=["Ed25519"])
