"""`gateway policy`: who may see what, for which purpose, by which rule. One file for each command."""

from __future__ import annotations

from cyclopts import App

from gateway.cli.policy.check import check
from gateway.cli.policy.diff import diff
from gateway.cli.policy.explain import explain
from gateway.cli.policy.mutate import mutate
from gateway.cli.policy.prove import prove
from gateway.cli.policy.replay import replay
from gateway.cli.policy.test import test
from gateway.cli.policy.what import what
from gateway.cli.policy.who import who

app = App(name="policy", help="The policies: who may see what, for which purpose, by which rule.")
for _command in (check, test, mutate, prove, explain, who, what, diff, replay):
    app.command(_command)
