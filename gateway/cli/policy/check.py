"""`gateway policy check`: every fault of the policies at once, and what is odd about them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from gateway.cli.policy.columns import columns
from gateway.cli.where import FAULTY, HERE, Policies, Where, ended, standard
from policies.check import check as examined


def check(
    *,
    policies: Policies = None,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object, and nothing else.")] = False,
    where: Where = HERE,
) -> None:
    """List every fault of the policies and their cases at once, with file and line; exit 1 if there is one.

    What is odd only (dead and shadowed rules, wide words) is listed too, and faults nothing.
    """
    settings = where.settings(policies=policies)
    found = examined(settings.policies, standard(settings))
    if json_:
        told = {
            "revision": found.engine.revision if found.engine else None,
            "faults": [asdict(fault) for fault in found.faults],
            "oddities": [asdict(oddity) for oddity in found.oddities],
        }
        json.dump(told, sys.stdout, ensure_ascii=False)
        print()
    elif found.engine:
        book = found.engine.book
        print(
            f"{len(book.permits)} permits, {len(book.forbids)} forbids, {len(book.roles.leaves)} roles, "
            f"{len(book.purposes.purposes)} purposes; policy {found.engine.revision}"
        )
        if found.oddities:
            table = columns("odd", "what")
            for oddity in found.oddities:
                table.add_row(f"{oddity.file}:{oddity.line}", oddity.message)
            Console().print(table)
        print(f"{len(found.faults) or 'no'} faults, {len(found.oddities) or 'nothing'} odd")
    if found.faults:
        ended(FAULTY, *map(str, found.faults), f"{len(found.faults)} faults.")
