"""`gateway department`: draft a mapping, prove it, look at one test person through it."""

from __future__ import annotations

from cyclopts import App

from gateway.cli.department.check import check
from gateway.cli.department.new import new
from gateway.cli.department.sample import sample

_HELP = """The departments: their mappings, and the databases behind them.

A new department in three steps: `new` drafts its mapping file from the live database; `check` names what is open or
does not fit, each with its line, until nothing is left; `sample` shows one test person.
"""

app = App(name="department", help=_HELP)
app.command(new)
app.command(check)
app.command(sample)
