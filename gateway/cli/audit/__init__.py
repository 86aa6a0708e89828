"""`gateway audit`: the sealed log."""

from __future__ import annotations

from gateway.cli.audit.archive import archive
from gateway.cli.audit.log import app
from gateway.cli.audit.oversight import exposure, find
from gateway.cli.audit.replay import replay

for _command in (replay, find, exposure, archive):
    app.command(_command)
