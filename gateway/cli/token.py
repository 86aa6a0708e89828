"""`gateway token`: a bearer token of the demo's own issuer."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

from cyclopts import App, Parameter, validators

from exchange.client import Client
from exchange.digests import Digests
from exchange.person import PersonId
from exchange.registration import Kind
from exchange.store.database import Database
from exchange.store.register import Register
from gateway.app import now
from gateway.auth import names_operator
from gateway.cli.where import HERE, UNABLE, USAGE, Where, ended, engine, faults_shown, standard
from gateway.clients import Clients
from gateway.demo.issuer import PERSON, Issuer
from gateway.founding import words
from gateway.settings import Settings

app = App(name="token", help="Print a bearer token of the demo's issuer.")


@app.default
def show(
    client: str,
    *,
    id: str | None = None,
    operator: str | None = None,
    ttl: Annotated[
        int,
        Parameter(help="Seconds until it expires, at most a day.", validator=validators.Number(gte=1, lte=86_400)),
    ] = 3600,
    where: Where = HERE,
) -> None:
    """Print a bearer token of the demo's issuer, and nothing else.

    Parameters
    ----------
    client
        A registered client: bank-system, bank-officer, auditor, person, …
    id
        Id number, for the client `person`.
    operator
        The natural person at the client on whose behalf it asks.
    """
    if operator is not None and not names_operator(operator):
        ended(USAGE, "--operator takes a short name without blanks, never an id number.")
    settings = where.settings()
    if settings.demo_issuer is None:
        ended(
            UNABLE, "There is no demo in this data folder: start 'gateway demo' first, or name its folder with --data."
        )
    with faults_shown():
        clients = asyncio.run(registered(settings))
        found = clients.get(client)
        if found is None:
            ended(USAGE, "There is no such client. Known: " + ", ".join(clients) + ".")
        if (client == PERSON) != (id is not None):
            ended(USAGE, "The client 'person', and no other, needs --id <id number>.")
        digests = Digests(settings.key(), settings.digest_algorithm)
        person = digests.person(PersonId.parse(id)) if id else None
        issuer = Issuer.open(settings.demo_issuer, issuer=settings.issuer, audience=settings.audience)
    print(issuer.token(client, found, at=now(), lasts=timedelta(seconds=ttl), operator=operator, person=person))


async def registered(settings: Settings) -> dict[str, Client]:
    """The clients by id; before the gateway's first start, those that its register will begin with."""
    database = await Database.open(settings.store_url)
    try:
        registered = await Register(database).all(Kind.CLIENT)
    finally:
        await database.close()
    if not registered and settings.clients is not None:
        catalogue = standard(settings)
        return Clients.read(settings.clients, words(engine(settings, catalogue), catalogue)).clients
    return {one.id: one.content for one in registered if isinstance(one.content, Client)}
