"""`gateway department new`: a draft of a mapping file, from the live database."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress

from connectors.kinds import KINDS
from connectors.sql.connector import runner_for
from connectors.sql.runner import SourceFailed
from exchange.catalogue import Catalogue
from gateway.cli.where import HERE, UNABLE, USAGE, Where, ended, faults_shown, standard

if TYPE_CHECKING:
    from connectors.drafting import Draft

_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}|\$?([A-Z][A-Z0-9_]*)")


def new(
    url: Annotated[str, Parameter(help="Of the department's database, or the name of the variable that holds it.")],
    *,
    department: Annotated[
        str | None, Parameter(help="Code of the department (default: the one that fits best).")
    ] = None,
    out: Annotated[Path | None, Parameter(help="File to write (default: standard output).")] = None,
    where: Where = HERE,
) -> None:
    """Draft a mapping from a live database: which table and column may hold which item, each with a reason.

    Reads only names, types, comments and counts; no value is read out of the database, and none is printed. The draft
    holds `${GATEWAY_<DEPARTMENT>_URL}` for the URL. What could not be told is marked OPEN, and `gateway department
    check` names it with its line.

    A URL on the command line may be seen by others on the machine: put it into the environment (or secrets.env) and
    give its name, as in `gateway department new GATEWAY_HPF_URL`.
    """
    settings = where.settings()
    catalogue = standard(settings)
    with faults_shown():
        environ = settings.environment(os.environ)
    if named := _VARIABLE.fullmatch(url):
        name = named[1] or named[2]
        url = environ.get(name) or ended(USAGE, f"The variable {name} is not set; it holds the URL of the database.")
    if fault := KINDS["sql"].url_fault(url):
        ended(USAGE, f"This is no URL of a database that can be inspected: {fault}.")
    if department is not None and department not in catalogue.departments:
        ended(USAGE, f"The standard has no such department; it has {', '.join(catalogue.departments)}.")
    if out and out.exists():
        ended(USAGE, f"{out} is there already, and is left as it is; name another file.")
    try:
        found = asyncio.run(_draft(url, catalogue, department))
    except SourceFailed as failed:
        ended(
            UNABLE,
            f"The database cannot be inspected ({failed.why}). Are host, port, name, user and password right?"
            " May the user read the tables?",
        )
    _told(found, out)


async def _draft(url: str, catalogue: Catalogue, department: str | None) -> Draft:
    from connectors.drafting import draft  # brings a dictionary of 40,000 characters: only where it is needed
    from connectors.inspecting import Inspector, unmapped

    runner = runner_for(unmapped(url))
    try:
        screen = Console(stderr=True)
        with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
            task = bar.add_task("Inspecting", total=None)
            return await draft(
                Inspector(runner),
                catalogue,
                department,
                lambda done, total, what: bar.update(task, completed=done, total=total, description=what),
            )
    finally:
        await runner.close()


def _told(found: Draft, out: Path | None) -> None:
    if not found.records:
        ended(UNABLE, "No table of this database is like a record type of the standard: is it the right one?")
    if out:
        try:
            out.write_text(found.text, "utf-8")
        except OSError as error:
            ended(UNABLE, f"{out}: cannot be written ({type(error).__name__}).")
        print(
            f"{out}: a draft for {found.department}; {found.records} record types, {found.items} items have a column."
        )
        print(f"{found.open} points are open. Next: gateway department check names each with its line.")
    else:
        sys.stdout.write(found.text)
    if found.left_out:
        print(
            f"{found.left_out} tables or columns cannot be read, or have names no mapping can write: ask for views.",
            file=sys.stderr,
        )
