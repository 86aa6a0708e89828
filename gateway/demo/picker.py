"""What GraphiQL's picker needs in the demo: who may be played, and a token for whoever is chosen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.contract import Connector
from exchange.digests import Digests
from exchange.person import PersonId
from exchange.refusals import BodyInvalid, BodyTooLarge, IdNumberInvalid, Refusal
from gateway.clients import Client, Clients
from gateway.demo.faults import SourceDownFor
from gateway.demo.issuer import PERSON, Issuer
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.references import reference_for
from gateway.endpoint import refused
from gateway.settings import Settings
from policies.current import Current

Clock = Callable[[], datetime]

_DOWN = "HPF"
_DOWN_TAG = "source-down"
_LASTS = timedelta(hours=8)
_LARGEST_BYTES = 4_096


class _Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    client: str
    id_number: str | None = None


class Picker:
    """Hands a token to whoever asks: it exists only where the demo's own issuer does."""

    def __init__(self, issuer: Issuer, clients: Clients, policies: Current, digests: Digests, clock: Clock) -> None:
        self._issuer = issuer
        self._clients = clients
        self._policies = policies
        self._digests = digests
        self._clock = clock
        self._down = frozenset(PersonId.parse(p.id_number) for p in TEST_PEOPLE if _DOWN_TAG in p.tags)

    def wrap(self, connector: Connector) -> Connector:
        """One department of the demo is down for one test person."""
        return SourceDownFor(connector, self._down) if connector.department == _DOWN else connector

    def choices(self) -> Response:
        engine = self._policies.engine
        clients = [
            {
                "id": id,
                "title": client.title,
                "title_zh": client.title_zh,
                "role": client.roles[0],
                "organisation": client.organisation,
                "purposes": [p for p in engine.purposes if engine.permitted(client.roles[0], p)],
            }
            for id, client in self._clients
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
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_BYTES:
                raise BodyTooLarge()
        try:
            chosen = msgspec.json.decode(bytes(body), type=_Chosen)
        except msgspec.DecodeError:
            raise BodyInvalid() from None
        client = self._clients.find(chosen.client)
        if client is None:
            raise BodyInvalid()
        if chosen.client == PERSON and chosen.id_number is None:
            raise IdNumberInvalid()
        return chosen, client

    @classmethod
    def open(cls, settings: Settings, clients: Clients, policies: Current, digests: Digests, clock: Clock) -> Picker:
        assert settings.demo_issuer
        issuer = Issuer.open(settings.demo_issuer, issuer=settings.issuer, audience=settings.audience)
        return cls(issuer, clients, policies, digests, clock)
