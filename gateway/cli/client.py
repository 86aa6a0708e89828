"""`gateway client`: the register of organisations and clients (market access)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import orjson
import yaml
from cyclopts import App, Parameter

from exchange.client import Client
from exchange.organisation import Organisation
from exchange.refusals import RegistrationUnknown
from exchange.registration import Kind, Reason
from exchange.store.database import Database
from exchange.store.log import Log
from exchange.store.register import AnyProposal, AnyRegistration, Register
from exchange.store.registrar import Decided, Registrar
from gateway.app import now
from gateway.auth import names_operator
from gateway.cli.where import FAULTY, HERE, USAGE, Where, ended, engine, faults_shown, standard
from gateway.clients import Clients
from gateway.console import Console
from gateway.founding import found, words

_HELP = """The register of market access: which organisations are served, and each of their clients.

One person proposes and another approves: what begins, widens or resumes access waits for the second. What narrows,
suspends or closes holds at once. Every act is sealed in the log under the name that --by gives.

```
gateway client list
gateway client propose bank-system desk.yaml --by li.wei     # a YAML file with the fields of 'gateway client show'
gateway client approve PROPOSAL --by zhang.min
gateway client suspend bank-system --reason BREACH --by li.wei
gateway client suspend bank-a --organisation --reason LICENCE_ENDED --by li.wei
```
"""

app = App(name="client", help=_HELP, help_format="markdown")

By = Annotated[str, Parameter(help="Your name, as it shall stand in the log: no blanks, never an id number.")]
OfOrganisation = Annotated[
    bool, Parameter(name="--organisation", help="The id is an organisation's, not a client's.", negative="")
]
Json = Annotated[bool, Parameter(help="JSON, one record a line, and nothing else.", negative="")]


@dataclass(frozen=True, slots=True)
class _Desk:
    register: Register
    registrar: Registrar
    console: Console
    known: Any


@app.command(name="list")
def show_all(*, organisation: OfOrganisation = False, json: Json = False, where: Where = HERE) -> None:
    """List clients, or organisations, with their states; proposals that wait are told below."""

    async def listed() -> None:
        async with _desk(where) as desk:
            found = await desk.register.all(_kind(organisation))
            waiting = await desk.register.proposals()
        for one in found:
            print(_json(one) if json else _line(one))
        for proposal in waiting if not json else ():
            print(_waits(proposal))

    _run(listed())


@app.command
def show(id: str, /, *, organisation: OfOrganisation = False, json: Json = False, where: Where = HERE) -> None:
    """Show one client, or organisation, as it stands; and what is proposed on it."""

    async def shown() -> None:
        async with _desk(where) as desk:
            one = await desk.register.find(_kind(organisation), id)
            waiting = await desk.register.waiting(_kind(organisation), id)
        if one is None:
            raise RegistrationUnknown()
        if json:
            print(_json(one))
            return
        print(f"# {one.kind} {one.id}: {one.state}, version {one.version}")
        print(_yaml(one.content), end="")
        if waiting:
            print(f"\n# {_waits(waiting)}")
            print(_yaml(waiting.content), end="")

    _run(shown())


@app.command
def propose(id: str, file: Path, /, *, by: By, organisation: OfOrganisation = False, where: Where = HERE) -> None:
    """Propose what shall stand under an id: a new one, or a change. What only narrows holds at once.

    Parameters
    ----------
    id
        Small letters, digits and '-'.
    file
        YAML with the fields that 'gateway client show' prints.
    """
    kind = _kind(organisation)
    content = _content(file, Organisation if organisation else Client)
    _act(
        where,
        by,
        "CLIENT_PROPOSE",
        f"{kind}:{id}",
        lambda desk: desk.registrar.propose(kind, id, content, id=secrets.token_hex(16), by=by, at=desk.console.at),
    )


@app.command
def approve(proposal: str, /, *, by: By, where: Where = HERE) -> None:
    """Approve what somebody else proposed; 'gateway client list' names the proposals."""

    async def approved(desk: _Desk) -> Decided:
        return await desk.registrar.approve(await desk.registrar.proposal(proposal), by=by, at=desk.console.at)

    _act(where, by, "CLIENT_APPROVE", f"proposal:{proposal}", approved)


@app.command
def decline(proposal: str, /, *, by: By, where: Where = HERE) -> None:
    """Decline a proposal, or withdraw your own."""

    async def declined(desk: _Desk) -> Decided:
        return await desk.registrar.decline(await desk.registrar.proposal(proposal), by=by, at=desk.console.at)

    _act(where, by, "CLIENT_APPROVE", f"proposal:{proposal}", declined)


@app.command
def suspend(id: str, /, *, reason: Reason, by: By, organisation: OfOrganisation = False, where: Where = HERE) -> None:
    """Serve a client, or all clients of an organisation, no more: from the next request on, in every process."""
    kind = _kind(organisation)
    _act(
        where,
        by,
        "CLIENT_SUSPEND",
        f"{kind}:{id}",
        lambda desk: desk.registrar.suspend(kind, id, at=desk.console.at),
        reason,
    )


@app.command
def resume(id: str, /, *, by: By, organisation: OfOrganisation = False, where: Where = HERE) -> None:
    """Propose to serve a suspended one again; a second person approves."""
    kind = _kind(organisation)
    _act(
        where,
        by,
        "CLIENT_PROPOSE",
        f"{kind}:{id}",
        lambda desk: desk.registrar.resume(kind, id, id=secrets.token_hex(16), by=by, at=desk.console.at),
    )


@app.command
def close(id: str, /, *, reason: Reason, by: By, organisation: OfOrganisation = False, where: Where = HERE) -> None:
    """Close for good: it is never served again, and its id never used again."""
    kind = _kind(organisation)
    _act(
        where,
        by,
        "CLIENT_CLOSE",
        f"{kind}:{id}",
        lambda desk: desk.registrar.close(kind, id, at=desk.console.at),
        reason,
    )


@app.command(name="import")
def take_over(file: Path, /, *, by: By, where: Where = HERE) -> None:
    """Read organisations and clients from a YAML file.

    Into an empty register they come as they are, active. Later, what differs from the register is proposed, and a
    second person approves; what stands only in the register stays.

    Parameters
    ----------
    file
        A file of `organisations:` and `clients:`, as the setting `clients` names one.
    """

    async def taken() -> None:
        async with _desk(where, by) as desk:
            if await found(file, desk.known, desk.register, desk.console):
                print("The register was empty, and begins with this file.")
                return
            said = Clients.read(file, desk.known)
            for kind, contents in ((Kind.ORGANISATION, said.organisations), (Kind.CLIENT, said.clients)):
                for id, content in contents.items():
                    stands = await desk.register.find(kind, id)
                    if stands is None or stands.content != content:
                        print(_done(await _proposed(desk, kind, id, content)))

    _run(taken())


def _proposed(desk: _Desk, kind: Kind, id: str, content: Client | Organisation) -> Any:
    return desk.console.act(
        "CLIENT_PROPOSE",
        f"{kind}:{id}",
        lambda: desk.registrar.propose(
            kind, id, content, id=secrets.token_hex(16), by=desk.console.by, at=desk.console.at
        ),
    )


def _act(where: Where, by: str, act: str, object: str, decide: Any, reason: Reason | None = None) -> None:
    async def done() -> None:
        async with _desk(where, by) as desk:
            print(
                _done(await desk.console.act(act, object, lambda: decide(desk), reason=reason.value if reason else ""))
            )

    _run(done())


def _run(work: Any) -> None:
    with faults_shown():
        asyncio.run(work)


@asynccontextmanager
async def _desk(where: Where, by: str = "reader") -> AsyncIterator[_Desk]:
    if not names_operator(by):
        ended(USAGE, "--by takes a short name without blanks, never an id number.")
    settings = where.settings()
    catalogue = standard(settings)
    policies = engine(settings, catalogue)
    known = words(policies, catalogue)
    database = await Database.open(settings.store_url)
    log = Log(database, budget_s=settings.seal_budget_s)
    try:
        register = Register(database)
        console = Console(log, policies, catalogue.version, now, by)
        yield _Desk(register, Registrar(register, known), console, known)
    finally:
        log.close()
        await database.close()


def _kind(organisation: bool) -> Kind:
    return Kind.ORGANISATION if organisation else Kind.CLIENT


def _content(file: Path, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(yaml.safe_load(file.read_text("utf-8")), kind)
    except OSError as error:
        ended(USAGE, f"{file}: cannot be read ({type(error).__name__}).")
    except (yaml.YAMLError, ValueError) as error:
        ended(FAULTY, f"{file}: {' '.join(str(error).split())}.")


def _done(done: Decided) -> str:
    stands = f"{done.registration.kind} {done.registration.id}: {done.registration.state}"
    if done.change is None:
        return f"{stands}. It stood so already." + (f" {_waits(done.waiting)}" if done.waiting else "")
    return f"{stands}. {_waits(done.waiting)}" if done.waiting else f"{stands}, version {done.registration.version}."


def _waits(proposal: AnyProposal) -> str:
    return (
        f"Proposal {proposal.id} ({proposal.step} of {proposal.kind} {proposal.subject}, by {proposal.by})"
        " waits for a second person."
    )


def _line(one: AnyRegistration) -> str:
    content = one.content
    more = ", ".join(content.roles) if isinstance(content, Client) else content.kind
    whose = f"  {content.organisation}" if isinstance(content, Client) else ""
    return f"{one.id:24} {one.state:10}{whose}  {more}  {content.title}"


def _json(one: AnyRegistration) -> str:
    said = {"id": one.id, "state": one.state, "version": one.version, **msgspec.to_builtins(one.content)}
    return orjson.dumps(said).decode()


def _yaml(content: Client | Organisation) -> str:
    return yaml.safe_dump(msgspec.to_builtins(content), allow_unicode=True, sort_keys=False)
