"""`gateway token`: a bearer token of the demo's own issuer."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from cyclopts import App, Parameter, validators

from exchange.digests import Digests
from exchange.person import PersonId
from gateway.app import now
from gateway.auth import names_operator
from gateway.cli.where import HERE, UNABLE, USAGE, Where, ended, engine, faults_shown, standard
from gateway.clients import Clients
from gateway.demo.issuer import PERSON, Issuer

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
        A client of the clients file: bank-system, bank-officer, auditor, person, …
    id
        Id number, for the client `person`.
    operator
        The natural person at the client on whose behalf it asks.
    """
    if operator is not None and not names_operator(operator):
        ended(USAGE, "--operator takes a short name without blanks, never an id number.")
    settings = where.settings()
    if settings.demo_issuer is None or settings.clients is None:
        ended(
            UNABLE, "There is no demo in this data folder: start 'gateway demo' first, or name its folder with --data."
        )
    with faults_shown():
        clients = Clients.read(settings.clients, engine(settings, standard(settings)).roles)
        found = clients.find(client)
        if found is None:
            ended(USAGE, "There is no such client. Known: " + ", ".join(name for name, _ in clients) + ".")
        if (client == PERSON) != (id is not None):
            ended(USAGE, "The client 'person', and no other, needs --id <id number>.")
        digests = Digests(settings.key(), settings.digest_algorithm)
        person = digests.person(PersonId.parse(id)) if id else None
        issuer = Issuer.open(settings.demo_issuer, issuer=settings.issuer, audience=settings.audience)
    print(issuer.token(client, found, at=now(), lasts=timedelta(seconds=ttl), operator=operator, person=person))
