"""`gateway policy who`: who can see an item, for what, on what ground, which rows."""

from __future__ import annotations

import json
import sys
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from gateway.cli.policy.columns import columns
from gateway.cli.policy.openings import as_json, ground_of, rows_of
from gateway.cli.where import HERE, USAGE, Policies, Where, ended, engine, standard
from policies.backwards import who as seen_by
from policies.explain import WordUnknown


def who(
    *,
    item: Annotated[str, Parameter(help="An item, such as PBC03.balance.")],
    policies: Policies = None,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object, and nothing else.")] = False,
    where: Where = HERE,
) -> None:
    """List who can see an item: role, purpose, ground, how precisely, in which rows, by which rule."""
    settings = where.settings(policies=policies)
    catalogue = standard(settings)
    loaded = engine(settings, catalogue)
    try:
        openings = seen_by(loaded, catalogue, item)
    except WordUnknown as unknown:
        ended(USAGE, f"{unknown}.")
    if json_:
        found = {"item": item, "revision": loaded.revision, "openings": [as_json(opening) for opening in openings]}
        json.dump(found, sys.stdout, ensure_ascii=False)
        print()
        return
    table = columns("role", "purpose", "ground", "treatment", "rows", "rule")
    for o in openings:
        table.add_row(o.role, o.purpose, ground_of(o), o.treatment.value, rows_of(o), f"{o.rule} ({o.place})")
    print(f"{item} ({catalogue.items[item].name_zh}); policy {loaded.revision}")
    Console().print(table if openings else "Nobody, for no purpose.")
