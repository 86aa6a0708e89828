"""`gateway department`: mappings and the databases behind them."""

from __future__ import annotations

import asyncio
import os

from cyclopts import App

from connectors.check import check as findings_of
from exchange.retention import civil_day
from gateway.app import now
from gateway.cli.where import FAULTY, HERE, Where, ended, faults_shown, standard

app = App(name="department", help="The departments: their mappings, and whether they answer.")


@app.command
def check(*, where: Where = HERE) -> None:
    """Check every mapping against the standard and its database: reach, shape, agreement. Exit 1 if one is at fault."""
    settings = where.settings()
    catalogue = standard(settings)
    with faults_shown():
        environ = settings.environment(os.environ)
    found = asyncio.run(findings_of(settings.departments, catalogue, environ, civil_day(now())))
    for each in found:
        if each.department:
            state = "answers" if each.reachable else "does not answer"
            print(f"{each.department} {state}, {len(each.faults)} faults")
    faults = [fault for each in found for fault in each.faults]
    if faults or not all(each.reachable for each in found):
        ended(FAULTY, *faults)
