"""The tree of commands."""

from __future__ import annotations

import os
import sys

from cyclopts import App, CycloptsError, CycloptsPanel
from rich.panel import Panel

from gateway.cli import (
    audit,
    catalogue,
    client,
    consent,
    db,
    demo,
    department,
    policy,
    real,
    schema,
    serve,
    settings,
    token,
)
from gateway.settings import masked

_HELP = """Exchange of a city's personal-credit information: one GraphQL endpoint before the departments' own databases.

Start with `gateway demo`: it makes a synthetic city, serves it and prints three queries to paste. In another terminal,
`gateway token bank-system` prints a token, and `gateway audit list` shows who has seen what.
"""
_EPILOGUE = "Exit codes: 0 done; 1 what was checked is faulty; 2 usage or settings; 3 something needed is missing."


def _told(error: CycloptsError) -> Panel:
    """What is wrong with the command line; a URL in it keeps its password to itself."""
    return CycloptsPanel(masked(str(error)))


app = App(
    name="gateway",
    help=_HELP,
    help_format="markdown",
    help_epilogue=_EPILOGUE,
    result_action="return_none",
    error_formatter=_told,
)
for _command in (
    demo.app,
    serve.app,
    token.app,
    schema.app,
    catalogue.app,
    department.app,
    policy.app,
    audit.app,
    client.app,
    consent.app,
    db.app,
    real.app,
    settings.app,
):
    app.command(_command)


def main() -> None:
    try:
        app()
    except BrokenPipeError:  # whoever read the answer has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
