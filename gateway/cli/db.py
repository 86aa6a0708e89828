"""`gateway db`: the gateway's own store and the revision of its schema."""

from __future__ import annotations

import asyncio

from cyclopts import App

from exchange.store import schema
from gateway.cli.where import FAULTY, HERE, Where, ended, faults_shown
from gateway.settings import masked

app = App(
    name="db",
    help="The gateway's own store (consents, clients, the log): SQLite, or PostgreSQL by the setting `store`.",
)


@app.command
def upgrade(*, where: Where = HERE) -> None:
    """Bring the store's schema to this version, in one transaction; an empty database is filled.

    Stop the gateway first, and back the store up. A gateway does not start on a store of another version.
    """
    url = where.settings().store_url
    with faults_shown():
        before, after = asyncio.run(schema.upgrade(url))
    way = "" if before == after else f"{before or 'empty'} → "
    print(f"{masked(url)}: {way}{after}")


@app.command
def current(*, where: Where = HERE) -> None:
    """Print the revision of the store's schema; exit 1 unless it is this version's."""
    url = where.settings().store_url
    with faults_shown():
        revision = asyncio.run(schema.revision_of(url))
    print(f"{masked(url)}: {revision or 'empty'}; this version has {schema.revisions()[-1]}")
    if revision != schema.revisions()[-1]:
        ended(FAULTY, "Run 'gateway db upgrade'.")
