"""`gateway consent`: the consents in the store, for its operator."""

from __future__ import annotations

import asyncio
import json as _json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated, Literal

from cyclopts import App, Parameter

from exchange.audit import stamp
from exchange.catalogue import Catalogue
from exchange.consent import Act, Consent
from exchange.consenting import Party, acted
from exchange.disclosure import Administrative, Disclosure
from exchange.receipt import Receipt, mode, receipt
from exchange.refusals import ConsentUnknown, Refusal
from exchange.requester import Requester
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.log import Log
from gateway.app import now
from gateway.auth import names_operator
from gateway.cli.where import HERE, USAGE, Where, ended, engine, faults_shown, standard, store
from policies.engine import Engine

_HELP = """Consents: what people agreed to, in the gateway's own store. Persons stand there as keyed digests.

The person gives and revokes consents over GraphQL. What is done here is the exception: a complaint that was upheld, an
order of the credit office. It is sealed in the log, and the person reads it among his or her entries.

```
gateway consent list --organisation bank-a
gateway consent show consent-bank-a-clean-loan
gateway consent revoke consent-bank-a-clean-loan --reason COMPLAINT --by li.wei
```
"""

app = App(name="consent", help=_HELP, help_format="markdown")
Reason = Literal["COMPLAINT", "ORDER", "FORGED", "MISTAKE"]


@app.command(name="list")
def show_all(*, organisation: str, json: bool = False, where: Where = HERE) -> None:
    """List the consents given to an organisation or asked for by it, newest first; at most 1,000.

    Parameters
    ----------
    organisation
        Its id.
    json
        One JSON object a line, and nothing else.
    """

    async def listed() -> None:
        async with _opened(where) as database:
            found = await Consents(database).to(organisation)
        catalogue, policies = _words(where)
        for consent in found:
            print(_receipt(consent, catalogue, policies).body.decode() if json else _line(consent))

    asyncio.run(listed())


@app.command
def show(id: str, /, *, where: Where = HERE) -> None:
    """Show one consent as its receipt tells it, as JSON."""

    async def shown() -> None:
        async with _opened(where) as database:
            consent = await Consents(database).named(id)
        if consent is None:
            raise ConsentUnknown()
        body = _receipt(consent, *_words(where)).body
        print(_json.dumps(_json.loads(body), indent=2, ensure_ascii=False))

    with faults_shown():
        asyncio.run(shown())


@app.command
def revoke(
    id: str,
    /,
    *,
    reason: Reason,
    by: Annotated[str, Parameter(help="Your name, as it shall stand in the log: no blanks, never an id number.")],
    where: Where = HERE,
) -> None:
    """Revoke a consent for good, from the next request on in every process; sealed under your name.

    Parameters
    ----------
    id
        As 'gateway consent list' shows it.
    reason
        COMPLAINT (upheld), ORDER (of the credit office), FORGED (never given), MISTAKE (recorded wrongly).
    """
    if not names_operator(by):
        ended(USAGE, "--by is your name: at most 64 letters, digits and .@-, and no id number.")

    async def revoked() -> Consent:
        async with _opened(where) as database:
            log = Log(database)
            try:
                return await _revoke(database, log, id, reason, by, *_words(where))
            finally:
                log.close()

    with faults_shown():
        print(_line(asyncio.run(revoked())))


async def _revoke(
    database: Database, log: Log, id: str, reason: str, by: str, catalogue: Catalogue, policies: Engine
) -> Consent:
    """Raises the refusal of the act, having sealed it."""
    at, consents = now(), Consents(database)
    before = await consents.named(id)
    said = Administrative("CONSENT_REVOKE", f"consent:{id}" if before else "consent", reason)
    sealed = Disclosure(
        secrets.token_hex(16),
        at,
        Requester("gateway", "console", by, "operator"),
        people=(before.person,) if before else (),
        policy=policies.revision,
        standard=catalogue.version,
        administrative=said,
    )
    try:
        if before is None:
            raise ConsentUnknown()
        after = acted(before, Act.REVOKE, Party.OFFICE, at)
    except Refusal as refusal:
        await log.seal([replace(sealed, code=refusal.code)], None)
        raise
    changes = () if after is before else (consents.changing(before, after),)
    digest = _receipt(after, catalogue, policies).digest if changes else ""
    said = replace(said, digest=digest, changed=bool(changes))
    await log.seal([replace(sealed, administrative=said, changes=changes)], None)
    return after


@asynccontextmanager
async def _opened(where: Where) -> AsyncIterator[Database]:
    async with store(where.settings()) as database:
        yield database


def _words(where: Where) -> tuple[Catalogue, Engine]:
    settings = where.settings()
    catalogue = standard(settings)
    return catalogue, engine(settings, catalogue)


def _receipt(consent: Consent, catalogue: Catalogue, policies: Engine) -> Receipt:
    return receipt(consent, now(), catalogue, policies.purposes)


def _line(consent: Consent) -> str:
    state, until = consent.state_at(now()), stamp(consent.valid_until)[:10]
    purposes = ",".join(sorted(consent.purposes))
    return f"{consent.id}  {state}  {consent.organisation}  {purposes}  {mode(consent)}  until {until}"
