"""The bank's register as an HTTP service in a process of its own; arguments: its port, and the SQLite file.

A file `answer` beside the SQLite file, `status,retry-after,once|always`, is answered instead.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.mapping import DEPARTMENTS, read
from exchange.standard.load import load
from gateway.demo.service import department_app

ANSWER = "answer"


class Told:
    """Does what the file says, as long as there is one."""

    def __init__(self, app: ASGIApp, file: Path) -> None:
        self._app = app
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, retry_after, how_often = self._file.read_text().split(",")
        except FileNotFoundError:
            await self._app(scope, receive, send)
            return
        if how_often == "once":
            self._file.unlink()
        headers = {"retry-after": retry_after} if retry_after else {}
        await Response(status_code=int(status), headers=headers)(scope, receive, send)


if __name__ == "__main__":
    port, database = int(sys.argv[1]), Path(sys.argv[2])
    catalogue = load(approval=Path("gateway/demo/approval.yaml"))
    environ = {f"GATEWAY_{code}_URL": "sqlite:///x.db" for code in catalogue.departments}
    place = read(DEPARTMENTS, catalogue, environ, date(2026, 11, 24))["PBC"].sources[0]
    app = Told(department_app(place, database), database.parent / ANSWER)
    uvicorn.run(app, port=port, log_level="critical", lifespan="off")
