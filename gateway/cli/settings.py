"""`gateway settings`: every setting, its value, where that comes from, and what it is for."""

from __future__ import annotations

import json
import sys
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from gateway.cli.where import HERE, Where
from gateway.settings import described, shown

app = App(name="settings", help="Show every setting: value, source, default, meaning. Secrets are hidden.")


@app.default
def show(*, json_: Annotated[bool, Parameter(name="--json")] = False, where: Where = HERE) -> None:
    """Show every setting: value, source, default, meaning. Secrets are hidden.

    Parameters
    ----------
    json_
        One JSON object instead of a table.
    """
    loaded = where.loaded()
    meanings = described()
    rows = [
        {
            "name": name,
            "value": shown(name, getattr(loaded.settings, name)),
            "source": source,
            "meaning": meanings[name],
        }
        for name, source in loaded.sources.items()
    ]
    if json_:
        json.dump(rows, sys.stdout, ensure_ascii=False)
        print()
        return
    table = Table("setting", "value", "from", "meaning")
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)
