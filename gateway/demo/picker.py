"""What GraphiQL's picker needs in the demo: who may be played, and a token for whoever is chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.contract import Connector
from exchange.client import Client
from exchange.digests import Digests
from exchange.organisation import Organisation
from exchange.person import PersonId
from exchange.refusals import BodyInvalid, IdNumberInvalid, Refusal
from exchange.registration import Kind, State
from exchange.store.register import Register
from gateway.demo.faults import SourceDownFor
from gateway.demo.issuer import PERSON, Issuer
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.posted import posted
from gateway.demo.references import reference_for
from gateway.endpoint import refused
from gateway.settings import Settings
from policies.current import Current
from policies.engine import Engine

Clock = Callable[[], datetime]

_DOWN = "HPF"
_DOWN_TAG = "source-down"
_LASTS = timedelta(hours=8)


class _Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    client: str
    id_number: str | None = None


class Picker:
    """Hands a token to whoever asks: it exists only where the demo's own issuer does."""

    def __init__(self, issuer: Issuer, register: Register, policies: Current, digests: Digests, clock: Clock) -> None:
        self._issuer = issuer
        self._register = register
        self._policies = policies
        self._digests = digests
        self._clock = clock
        self._down = frozenset(PersonId.parse(p.id_number) for p in TEST_PEOPLE if _DOWN_TAG in p.tags)

    def wrap(self, connector: Connector) -> Connector:
        """One department of the demo is down for one test person."""
        return SourceDownFor(connector, self._down) if connector.department == _DOWN else connector

    async def choices(self) -> Response:
        engine = self._policies.engine
        try:
            registered = await self._register.all(Kind.CLIENT)
        except Refusal as refusal:
            return refused(refusal)
        clients = [
            {
                "id": one.id,
                "title": client.title,
                "title_zh": client.title_zh,
                "role": client.roles[0],
                "organisation": client.organisation,
                "purposes": [
                    p
                    for p in engine.purposes
                    if engine.permitted(client.roles[0], p) and (client.purposes is None or p in client.purposes)
                ],
            }
            for one in sorted(registered, key=lambda one: _place(engine, one.content))
            if one.state is State.ACTIVE and isinstance(client := one.content, Client)
        ]
        people = [
            {"id_number": p.id_number, "tags": list(p.tags), "name": p.name, "story": p.story} for p in TEST_PEOPLE
        ]
        references = {code: number for code, p in engine.purposes.items() if (number := reference_for(p))}
        found = {"clients": clients, "people": people, "references": references}
        return JSONResponse(found, headers={"Cache-Control": "no-store"})

    async def token(self, request: Request) -> Response:
        try:
            chosen, client = await self._chosen(request)
            person = self._digests.person(PersonId.parse(chosen.id_number)) if chosen.client == PERSON else None
        except Refusal as refusal:
            return refused(refusal)
        token = self._issuer.token(chosen.client, client, at=self._clock(), lasts=_LASTS, person=person)
        return JSONResponse({"token": token}, headers={"Cache-Control": "no-store"})

    async def _chosen(self, request: Request) -> tuple[_Chosen, Client]:
        body = await posted(request)
        try:
            chosen = msgspec.json.decode(body, type=_Chosen)
        except msgspec.DecodeError:
            raise BodyInvalid() from None
        found = await self._register.find(Kind.CLIENT, chosen.client)
        if found is None or not isinstance(client := found.content, Client):
            raise BodyInvalid()
        if chosen.client == PERSON and chosen.id_number is None:
            raise IdNumberInvalid()
        return chosen, client

    @classmethod
    def open(cls, settings: Settings, register: Register, policies: Current, digests: Digests, clock: Clock) -> Picker:
        assert settings.demo_issuer
        issuer = Issuer.open(settings.demo_issuer, issuer=settings.issuer, audience=settings.audience)
        return cls(issuer, register, policies, digests, clock)


def _place(engine: Engine, content: Client | Organisation) -> tuple[int, str]:
    """Banks first, as the policies list the roles; of two with one role by their organisations."""
    leaves = engine.book.roles.leaves
    role, organisation = (content.roles[0], content.organisation) if isinstance(content, Client) else ("", "")
    return (leaves.index(role) if role in leaves else len(leaves)), organisation
