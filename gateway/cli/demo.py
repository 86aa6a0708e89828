"""`gateway demo`: a synthetic city, served, with a tour."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from subprocess import CalledProcessError
from typing import Annotated

import asyncpg
from asyncmy.errors import MySQLError
from cyclopts import App, Parameter, validators
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from exchange.retention import civil_day
from gateway.app import now
from gateway.cli.serve import run
from gateway.cli.token import registered
from gateway.cli.where import HERE, UNABLE, USAGE, Where, ended, faults_shown
from gateway.demo.cluster import PostgresMissing
from gateway.demo.consents import demo_consents
from gateway.demo.database import database_fault, served
from gateway.demo.issuer import PERSON
from gateway.demo.mariadb_server import MariaDbMissing
from gateway.demo.past import lay_down
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.secrets import Secrets
from gateway.demo.start import prepare
from gateway.demo.tour import tour

_BROKEN = (asyncpg.PostgresError, asyncpg.InterfaceError, MySQLError)

app = App(name="demo", help="Make a synthetic city, serve it, and print a tour.")


@app.default
def start(
    *,
    people: Annotated[
        int,
        Parameter(
            help="How many people the city has, beside the published test people.",
            validator=validators.Number(gte=0, lte=1_000_000),
        ),
    ] = 2000,
    port: Annotated[int | None, Parameter(help="Port to listen on (default: 8000).")] = None,
    host: Annotated[str | None, Parameter(help="Address to listen on (default: 127.0.0.1).")] = None,
    database: Annotated[
        str | None,
        Parameter(
            help="Where the ten department databases stand: postgresql or mariadb for a server of the demo's own, which"
            " is gone when it stops; or the URL of one that is there, such as mariadb://user@127.0.0.1:3306 (default:"
            " SQLite files)."
        ),
    ] = None,
    data: Annotated[Path | None, Parameter(help="Folder for all that the demo makes (default: ./demo-data).")] = None,
    past: Annotated[
        int,
        Parameter(
            help="How many asks of the year before its log begins with; none where there is a log already.",
            validator=validators.Number(gte=0, lte=100_000),
        ),
    ] = 6000,
) -> None:
    """Make a synthetic city, serve it, and print a tour. A second start uses what is there."""
    where = Where(data=data)
    settings = where.settings(host=host, port=port)
    if database is not None and (fault := database_fault(database)):
        ended(USAGE, f"--database {fault}")
    _free(settings.host, settings.port)
    with ExitStack() as stack:
        try:
            server = stack.enter_context(served(database))
            with Progress(console=Console(stderr=True), transient=True) as bar:
                city = prepare(
                    settings.data,
                    people=people,
                    database=server,
                    at=now(),
                    store=settings.store,
                    progress=_shown_on(bar),
                )
            settings = where.settings(host=host, port=port)
            with faults_shown():
                asyncio.run(lay_down(settings, city, now(), past))
        except (PostgresMissing, MariaDbMissing) as missing:
            ended(UNABLE, str(missing))
        except (OSError, RuntimeError, CalledProcessError, *_BROKEN) as error:
            what = "the database server" if database and not isinstance(error, PermissionError) else "the data folder"
            ended(UNABLE, f"The demo's data could not be made: {what} cannot be used ({type(error).__name__}).")
        folder = f" --data {shlex.quote(str(data))}" if data else ""
        print(tour(f"http://{settings.host}:{settings.port}", _command(), folder), flush=True)
        run(settings)


@app.command(name="people")
def show_people(*, json_: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """List the published test people: id number, tags, story, and their consents.

    Parameters
    ----------
    json_
        A JSON list of objects, and nothing else.
    """
    consents: dict[str, list[str]] = {}
    for consent in demo_consents(civil_day(now())):
        consents.setdefault(consent.id_number, []).append(consent.id)
    people = [
        {
            "id_number": person.id_number,
            "tags": list(person.tags),
            "name": person.name,
            "story": person.story,
            "consents": consents.get(person.id_number, []),
        }
        for person in TEST_PEOPLE
    ]
    if json_:
        json.dump(people, sys.stdout, ensure_ascii=False)
        print()
        return
    table = Table("id number", "tags", "name", "story")
    for person in people:
        table.add_row(person["id_number"], " ".join(person["tags"]), person["name"], person["story"])
    Console().print(table)


@app.command(name="secret")
def show_secret(client: str, *, where: Where = HERE) -> None:
    """Print what a client shows at the demo's token endpoint (POST /demo/oauth/token), and nothing else.

    Parameters
    ----------
    client
        A registered client. Its secret is made when it is first asked for, and stays.
    """
    settings = where.settings()
    if settings.demo_issuer is None:
        ended(UNABLE, "There is no demo in this data folder: start it first, or name its folder with --data.")
    with faults_shown():
        clients = asyncio.run(registered(settings))
    if client not in clients or client == PERSON:
        ended(USAGE, "No such client has a secret. Known: " + ", ".join(sorted(clients.keys() - {PERSON})) + ".")
    print(Secrets(settings.demo_issuer).make(client))


def _free(host: str, port: int) -> None:
    """Before anything is made or promised."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            ended(UNABLE, f"Port {port} of {host} is not free: choose another with --port.")


def _command() -> str:
    """How the reader's shell starts this program: by name, or by its path where no environment is active."""
    return "gateway" if shutil.which("gateway") else shlex.quote(sys.argv[0])


def _shown_on(bar: Progress) -> Callable[[int, int, str], None]:
    tasks: dict[str, TaskID] = {}

    def progress(done: int, total: int, what: str) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    return progress
