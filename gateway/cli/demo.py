"""`gateway demo`: a synthetic city, served, with a tour."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from gateway.app import now
from gateway.cli.serve import run
from gateway.cli.where import Where
from gateway.demo.consents import demo_consents
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.start import prepare
from gateway.demo.tour import tour

app = App(name="demo", help="Make a synthetic city, serve it, and print a tour.")


@app.default
def start(
    *,
    people: Annotated[int, Parameter(help="How many people the city has, beside the published test people.")] = 2000,
    port: Annotated[int | None, Parameter(help="Port to listen on (default: 8000).")] = None,
    host: Annotated[str | None, Parameter(help="Address to listen on (default: 127.0.0.1).")] = None,
    database: Annotated[
        str | None, Parameter(help="postgresql://… server for the ten department databases (default: SQLite files).")
    ] = None,
    data: Annotated[Path | None, Parameter(help="Folder for all that the demo makes (default: ./demo-data).")] = None,
) -> None:
    """Make a synthetic city, serve it, and print a tour. A second start uses what is there."""
    where = Where(data=data)
    settings = where.settings(host=host, port=port)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        prepare(settings.data, people=people, database=database, at=now(), progress=_shown_on(bar))
    settings = where.settings(host=host, port=port)
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
    for consent in demo_consents(now().date()):
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
