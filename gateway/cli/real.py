"""`gateway real`: a real bank's tables through a mapping file alone."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from gateway.cli.where import FAULTY, UNABLE, ended
from gateway.demo.cluster import PostgresMissing, cluster
from gateway.real.borrower import counted, profile
from gateway.real.tables import TablesMissing, load

app = App(name="real", help="Serve a real bank's tables through a mapping file alone.")


@app.default
def show(
    *,
    tables: Annotated[
        Path, Parameter(help="Folder of client.tsv, disp.tsv, account.tsv, loan.tsv, card.tsv, order.tsv.")
    ] = Path("../shared/data/berka"),
    database: Annotated[
        str | None,
        Parameter(help="postgresql://… database to load them into (default: a server of its own, then gone)."),
    ] = None,
) -> None:
    """Load the tables as they are into PostgreSQL, print one borrower as a bank sees him or her, and compare counts."""
    say = Console(stderr=True)
    try:
        with ExitStack() as stack:
            url = database or stack.enter_context(cluster()) + "/postgres"
            found = asyncio.run(load(tables, url))
            say.print(f"Loaded as they are: {', '.join(f'{n} {name}' for name, n in found.counts.items())} rows.")
            with tempfile.TemporaryDirectory() as store:
                body = asyncio.run(profile(url, Path(store)))
            json.dump(body, sys.stdout, ensure_ascii=False, indent=2)
            print()
            seen = asyncio.run(counted(url))
    except (TablesMissing, PostgresMissing) as missing:
        ended(UNABLE, str(missing))
    say.print(
        f"Through the mapping: {seen.loans} of {found.counts['loan']} loans, "
        f"{seen.cards} of {found.counts['card']} cards."
    )
    if (seen.loans, seen.cards) != (found.counts["loan"], found.counts["card"]):
        ended(FAULTY, "The mapping does not find every loan and card.")
