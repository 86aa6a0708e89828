"""`gateway audit find` and `gateway audit exposure`: the log looked into at the console; each read is sealed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import orjson
from cyclopts import Parameter

from exchange.digests import Digests
from exchange.sought import Sought, sought
from exchange.store.log import Log
from gateway.app import now
from gateway.auth import names_operator
from gateway.cli.where import HERE, USAGE, Where, ended, engine, faults_shown, standard, store
from gateway.console import Console

By = Annotated[str, Parameter(help="Your name, as it shall stand in the log: no blanks, never an id number.")]
_PAGE = 100


def find(
    *,
    by: By,
    client: str | None = None,
    organisation: str | None = None,
    purpose: str | None = None,
    role: str | None = None,
    rule: str | None = None,
    code: str | None = None,
    event: str | None = None,
    item: str | None = None,
    since: str | None = None,
    until: str | None = None,
    first: int = 100,
    where: Where = HERE,
) -> None:
    """Find entries that hold all of this, newest first, as canonical JSON, one a line; the read is sealed.

    Times are RFC 3339 with their zone; --until is not included. At most --first entries, up to 1,000.
    """
    if not 0 <= first <= 1000:
        ended(USAGE, "--first takes 0 to 1000.")
    with faults_shown():
        wanted = sought(
            client=client,
            organisation=organisation,
            purpose=purpose,
            role=role,
            rule=rule,
            code=code,
            event=event,
            item=item,
            since=since,
            until=until,
        )

    async def found() -> list[bytes]:
        async with _desk(where, by) as (log, console, digests):
            entries = [each.entry for each in await log.index.find(wanted, first)]
            await console.read("LOG_READ", f"entries:{len(entries)}", _digest(digests, wanted))
            return entries

    for entry in asyncio.run(found()):
        print(entry.decode())


def exposure(client: str, /, *, by: By, since: str, until: str, where: Where = HERE) -> None:
    """Who was exposed through a client, and what: one person a line, as JSON, by keyed digest; the read is sealed.

    Parameters
    ----------
    client
        The client's id.
    """
    with faults_shown():
        wanted = sought(client=client, since=since, until=until)
    window = (client, wanted.since or "", wanted.until or "")

    async def found() -> list[bytes]:
        async with _desk(where, by) as (log, console, digests):
            people, after, more = list[bytes](), "", True
            while more:
                page, more = await log.index.exposure(*window, _PAGE, after)
                people += [orjson.dumps(each) for each in page]
                after = page[-1].person if page else ""
            await console.read("LOG_EXPOSURE", f"people:{len(people)}", _digest(digests, wanted))
            return people

    for person in asyncio.run(found()):
        print(person.decode())


def _digest(digests: Digests, wanted: Sought) -> str:
    return digests.document(wanted.canonical().decode())


@asynccontextmanager
async def _desk(where: Where, by: str) -> AsyncIterator[tuple[Log, Console, Digests]]:
    settings = where.settings()
    if not names_operator(by):
        ended(USAGE, "--by takes a name as the log keeps it: no blanks, never an id number.")
    catalogue = standard(settings)
    decides = engine(settings, catalogue)
    with faults_shown():
        digests = Digests(settings.key(), settings.digest_algorithm)
    async with store(settings) as database:
        log = Log(database)
        try:
            yield log, Console(log, decides, catalogue.version, now, by), digests
        finally:
            log.close()
