"""The whole application in the tests' own process, with every statement watched, and what can be checked of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from starlette.applications import Starlette

from connectors.mapping import DEPARTMENTS, read
from connectors.recorder import Recorder
from exchange.digests import Digests
from exchange.person import PersonId
from exchange.standard.load import load
from gateway.app import Gateway, build, now
from gateway.clients import Clients
from gateway.demo.issuer import Issuer
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.references import reference_for
from gateway.demo.start import prepare
from gateway.founding import words
from gateway.settings import load as load_settings
from policies.engine import Engine

CATALOGUE = load(approval=Path("gateway/demo/approval.yaml"))
PLACES = read(
    DEPARTMENTS, CATALOGUE, {f"GATEWAY_{code}_URL": "sqlite:///x.db" for code in CATALOGUE.departments}, now().date()
)
PEOPLE = {tag: person.id_number for person in TEST_PEOPLE for tag in person.tags}
REFERENCE = {
    code: {"reference": reference}
    for code, purpose in Engine.load(None, CATALOGUE).purposes.items()
    if (reference := reference_for(purpose))
}
"""By purpose: the number that an ask for it must name, where it must name one."""
RELEASED = ("FULL", "MASKED", "BANDED")
_WORDS = words(Engine.load(None, CATALOGUE), CATALOGUE)
_HOUR = timedelta(hours=1)


@dataclass
class Asked:
    """The application, and everything needed to ask it."""

    app: Starlette
    recorder: Recorder
    http: httpx.AsyncClient
    issuer: Issuer
    clients: Clients
    digests: Digests

    @property
    def gateway(self) -> Gateway:
        return self.app.state.gateway

    def token(self, client: str, person: str | None = None) -> str:
        found = self.clients.find(client)
        assert found
        digest = self.digests.person(PersonId.parse(person)) if person else None
        return self.issuer.token(client, found, at=now(), lasts=_HOUR, person=digest)

    async def post(self, client: str, query: str, variables: Mapping[str, Any], person: str | None = None):
        return await self.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.token(client, person)}"},
        )

    async def ask(
        self, client: str, purpose: str, number: str, selection: str, own: bool = False, **arguments: str
    ) -> tuple[dict[str, Any], Recorder]:
        self.recorder.clear()
        arguments = REFERENCE.get(purpose, {}) | arguments
        more = "".join(f", {name}: {json.dumps(value)}" for name, value in arguments.items())
        query = f"query($id: IdNumber!) {{ person(idNumber: $id, purpose: {purpose}{more}) {{ {selection} }} }}"
        answer = await self.post(client, query, {"id": number}, number if own else None)
        return orjson.loads(answer.content), self.recorder

    async def last_entry(self) -> dict[str, Any]:
        """The newest entry of the sealed log."""
        head = await self.gateway.log.head()
        (text,) = await self.gateway.log.entries(head.sequence - 1)
        return json.loads(text)


def made(data: Path) -> None:
    """The demo's city and keys, as `gateway demo` makes them; not to be called from a running event loop."""
    prepare(data, people=30, database=None, at=datetime.now(UTC))


@asynccontextmanager
async def serving(data: Path, **given: object) -> AsyncIterator[Asked]:
    """The application over a city that is there or is made now; `given` are settings."""
    await asyncio.to_thread(made, data)
    async with opened(data, {}, **given) as asked:
        yield asked


@asynccontextmanager
async def opened(data: Path, environ: Mapping[str, str], **given: object) -> AsyncIterator[Asked]:
    """The application over what was made in `data`; `environ` may name other databases for the departments."""
    settings = load_settings({}, None, data=data, **given).settings
    recorder = Recorder()
    app = build(settings, environ=environ, recorder=recorder)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as http,
    ):
        assert settings.demo_issuer
        assert settings.clients
        issuer = Issuer.open(settings.demo_issuer, issuer=settings.issuer, audience=settings.audience)
        clients = Clients.read(settings.clients, _WORDS)
        yield Asked(app, recorder, http, issuer, clients, Digests(settings.key(), settings.digest_algorithm))


def _everything() -> str:
    """Every item of every record type, the yes/no questions apart."""

    def camel(name: str) -> str:
        head, *tail = name.split("_")
        return head + "".join(part.capitalize() for part in tail)

    sections = []
    for department in CATALOGUE.departments.values():
        records = [f"{r.list_name} {{ {' '.join(map(camel, r.items))} }}" for r in department.records.values()]
        sections.append(f"{department.section} {{ {' '.join(records)} }}")
    return " ".join(sections)


EVERYTHING = _everything()


def disclosure_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    return answer["extensions"]["disclosure"]["person"]


def released(answer: Mapping[str, Any]) -> set[str]:
    """Keys of the items whose values may stand in this answer."""
    return {key for key, treatment in disclosure_of(answer)["treatments"].items() if treatment in RELEASED}


def read_beyond(answer_released: set[str], recorder: Recorder) -> set[tuple[str, str]]:
    """(record type, column) of all that was returned by a department without being released."""
    beyond = set()
    for plan in recorder.plans:
        for one in plan.reads:
            place = PLACES[plan.department].sources[0].records[one.record]
            allowed = {where.reads for name, where in place.items.items() if f"{one.record}.{name}" in answer_released}
            allowed |= {place.as_of.reads} if place.as_of else set()
            beyond |= {(one.record, column) for column in set(one.returned) - allowed}
    return beyond
