"""The whole gateway is killed again and again under mixed asks: what a client received stands in the log as it was."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from exchange.digests import Digests
from exchange.person import PersonId
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.log import Log
from gateway.clients import Clients
from gateway.demo.issuer import Issuer
from gateway.demo.start import prepare
from gateway.founding import words
from gateway.settings import Settings, load
from policies.engine import Engine
from tests.acceptance.in_process import CATALOGUE, PEOPLE, REFERENCE
from tests.acceptance.running import clean_environ, free_port
from tests.nursery import Process
from tests.often import often

KILLS = {"sqlite": often(8, proof=20), "postgresql": 6}
"""Each takes a start of the whole gateway."""
AT_ONCE = 8
SINGLE_USES = 4000
QUERY = (
    "query A($id: IdNumber!, $purpose: Purpose!, $consent: ID, $reference: String) {"
    " person(idNumber: $id, purpose: $purpose, consent: $consent, reference: $reference)"
    " { financial { loanAccounts { balance accountStatus } } disclosure { id } } }"
)


@dataclass
class Client:
    """Asks without end, and keeps what it received whole."""

    http: httpx.AsyncClient
    tokens: dict[str, str]
    received: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    """Disclosure id → the answer's bytes, and the consent that it named."""
    refused: Counter[str] = field(default_factory=Counter)
    consents: int = 0

    def next(self, turn: int) -> tuple[str, dict[str, Any]]:
        """Client, and variables: a single-use consent, a portfolio's purpose, one's own report, and no consent."""
        match turn % 4:
            case 0:
                self.consents += 1
                ask = ("consent-single-use", "LOAN_APPROVAL", {"consent": f"kill-{self.consents}"})
            case 1:
                ask = ("clean", "POST_LOAN", {})
            case 2:
                ask = ("clean", "SELF_QUERY", {})
            case _:
                ask = ("no-consent", "LOAN_APPROVAL", {})
        tag, purpose, more = ask
        client = "person" if purpose == "SELF_QUERY" else "bank-system"
        return client, {"id": PEOPLE[tag], "purpose": purpose, **REFERENCE.get(purpose, {}), **more}

    async def ask(self, port: int, turn: int) -> None:
        client, variables = self.next(turn)
        response = await self.http.post(
            f"http://127.0.0.1:{port}/graphql",
            json={"query": QUERY, "variables": variables},
            headers={"Authorization": f"Bearer {self.tokens[client]}"},
        )
        answer = response.json()
        if answer.get("errors"):
            self.refused[answer["errors"][0]["extensions"]["code"]] += 1
        else:
            id = answer["data"]["person"]["disclosure"]["id"]
            self.received[id] = (response.content, variables.get("consent", ""))


def started(data: Path, store: str, port: int) -> Process:
    environ = clean_environ() | {"GATEWAY_STORE": store, "GATEWAY_LIMITS": "memory"}
    with (data / "serve.log").open("ab") as log:
        return Process(["serve", "--data", data, "--port", port], environ, log)


async def ready(http: httpx.AsyncClient, port: int, process: Process, data: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, (data / "serve.log").read_text()
        try:
            if (await http.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.05)
    raise AssertionError((data / "serve.log").read_text())


def tokens(settings: Settings, digests: Digests) -> dict[str, str]:
    assert settings.demo_issuer
    assert settings.clients
    issuer = Issuer.open(settings.demo_issuer, issuer=settings.issuer, audience=settings.audience)
    known = Clients.read(settings.clients, words(Engine.load(None, CATALOGUE), CATALOGUE))
    own = {"person": digests.person(PersonId.parse(PEOPLE["clean"]))}
    made = {}
    for name in ("bank-system", "person"):
        client = known.find(name)
        assert client
        at = datetime.now(UTC)
        made[name] = issuer.token(name, client, at=at, lasts=timedelta(hours=1), person=own.get(name))
    return made


@pytest.fixture
async def city(tmp_path: Path, store_url: str) -> tuple[Path, Settings]:
    """A small demo on this store, with many consents for a single use."""
    data = tmp_path / "data"
    await asyncio.to_thread(prepare, data, people=20, database=None, at=datetime.now(UTC), store=store_url)
    database = await Database.open(store_url)
    consents = Consents(database)
    first = await consents.named("consent-single-use-1")
    assert first
    await consents.add(replace(first, id=f"kill-{number}") for number in range(1, SINGLE_USES + 1))
    await database.close()
    return data, load({}, None, data=data, store=store_url).settings


@pytest.mark.slow
async def test_every_answer_received_has_its_entry_and_no_consent_is_consumed_without_one(
    city: tuple[Path, Settings], store_url: str
) -> None:
    data, settings = city
    digests = Digests(settings.key(), settings.digest_algorithm)
    port, chance = free_port(), secrets.SystemRandom()
    async with httpx.AsyncClient(timeout=10) as http:
        client, turns = Client(http, tokens(settings, digests)), itertools.count()

        async def asking() -> None:
            for turn in turns:
                try:
                    await client.ask(port, turn)
                except (httpx.TransportError, json.JSONDecodeError):
                    return  # killed

        kills = KILLS[store_url.partition(":")[0]]
        for kill in range(kills):
            process = started(data, store_url, port)
            try:
                await ready(http, port, process, data)
                before = len(client.received)
                asks = asyncio.gather(*(asking() for _ in range(AT_ONCE)))
                while len(client.received) < before + 5:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                await asyncio.sleep(chance.uniform(0, 0.15))
            finally:
                process.kill()
                process.wait()
            await asks
            assert client.consents < SINGLE_USES, kill
    database = await Database.open(store_url)
    log = Log(database)
    try:
        assert (await log.verify()).sound
        entries = [json.loads(text) async for text in log.pages(await log.tree.size())]
        by_id = {entry["id"]: entry for entry in entries}
        assert len(by_id) == len(entries)
        assert len(client.received) >= 5 * kills
        for id, (content, consent) in client.received.items():
            assert (by_id[id]["event"], by_id[id]["answer"]) == ("disclosure", digests.answer(content))
            assert not consent or by_id[id]["ground"]["consent"] == consent
        sealed = Counter(entry["code"] for entry in entries if entry["code"])
        assert client.refused
        assert all(sealed[code] >= count for code, count in client.refused.items())
        # Consents and entries fit each other, both ways; one use, one entry.
        used = Counter(e["ground"]["consent"] for e in entries if e["ground"]["consent"].startswith("kill-"))
        assert set(used.values()) == {1}
        consumed = await database.read("SELECT id FROM consent WHERE state = 'consumed' AND id LIKE 'kill-%'")
        assert {id for (id,) in consumed} == set(used)
        uses = await database.read("SELECT consent, sequence FROM consent_use WHERE consent LIKE 'kill-%'")
        assert {(c, entries[sequence - 1]["ground"]["consent"]) for c, sequence in uses} == {(c, c) for c in used}
    finally:
        log.close()
        await database.close()
