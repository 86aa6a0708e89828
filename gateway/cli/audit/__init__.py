"""`gateway audit`: the sealed log."""

from __future__ import annotations

from gateway.cli.audit.log import app
from gateway.cli.audit.oversight import exposure, find
from gateway.cli.audit.replay import replay

app.command(replay)
app.command(find)
app.command(exposure)
