"""`gateway policy`: who may see what, for which purpose, by which rule. One file for each command."""

from __future__ import annotations

from cyclopts import App

from gateway.cli.policy.explain import explain

app = App(name="policy", help="The policies: who may see what, for which purpose, by which rule.")
for _command in (explain,):
    app.command(_command)
