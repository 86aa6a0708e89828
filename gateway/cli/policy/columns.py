"""A table whose cells are broken over lines where the terminal is narrow, and never cut: a rule's name is an answer."""

from __future__ import annotations

from rich.table import Table


def columns(*names: str) -> Table:
    table = Table()
    for name in names:
        table.add_column(name, overflow="fold")
    return table
