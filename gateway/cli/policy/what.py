"""`gateway policy what`: what a role can see, for what, on what ground, which rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from gateway.cli.policy.columns import columns
from gateway.cli.policy.openings import as_json, ground_of, rows_of
from gateway.cli.where import HERE, USAGE, Policies, Where, ended, engine, standard
from policies.backwards import Opening
from policies.backwards import what as open_to
from policies.explain import WordUnknown


def what(
    *,
    role: Annotated[str, Parameter(help="A role, such as bank-officer.")],
    policies: Policies = None,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object, and nothing else.")] = False,
    where: Where = HERE,
) -> None:
    """List what a role can see: for each purpose the items, how precisely, in which rows, on what ground."""
    settings = where.settings(policies=policies)
    catalogue = standard(settings)
    loaded = engine(settings, catalogue)
    try:
        openings = open_to(loaded, catalogue, role)
    except WordUnknown as unknown:
        ended(USAGE, f"{unknown}.")
    if json_:
        found = {"role": role, "revision": loaded.revision, "openings": [as_json(opening) for opening in openings]}
        json.dump(found, sys.stdout, ensure_ascii=False)
        print()
        return
    table = columns("purpose", "ground", "treatment", "rows", "rule", "items")
    for (purpose, ground, treatment, rows, rule), items in _by_rule(openings).items():
        table.add_row(purpose, ground, treatment, rows, rule, _listed(items))
    print(f"{role}; policy {loaded.revision}")
    Console().print(table if openings else "Nothing, for no purpose.")


def _by_rule(openings: Iterable[Opening]) -> dict[tuple[str, ...], list[str]]:
    """Items that one rule opens alike stand in one line."""
    found: dict[tuple[str, ...], list[str]] = {}
    for o in openings:
        found.setdefault((o.purpose, ground_of(o), o.treatment.value, rows_of(o), o.rule), []).append(o.item)
    return found


def _listed(items: Iterable[str]) -> str:
    """`PBC03: balance, opened_on; PBC04: balance`."""
    records: dict[str, list[str]] = {}
    for item in items:
        record, _, name = item.partition(".")
        records.setdefault(record, []).append(name)
    return "; ".join(f"{record}: {', '.join(names)}" for record, names in records.items())
