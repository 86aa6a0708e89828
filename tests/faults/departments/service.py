"""The bank's register as an HTTP service in a process of its own; arguments: its port, and the SQLite file."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import uvicorn

from connectors.mapping import DEPARTMENTS, read
from exchange.standard.load import load
from gateway.demo.service import department_app

if __name__ == "__main__":
    port, database = int(sys.argv[1]), Path(sys.argv[2])
    catalogue = load(approval=Path("gateway/demo/approval.yaml"))
    environ = {f"GATEWAY_{code}_URL": "sqlite:///x.db" for code in catalogue.departments}
    place = read(DEPARTMENTS, catalogue, environ, date(2026, 11, 24))["PBC"].sources[0]
    uvicorn.run(department_app(place, database), port=port, log_level="critical", lifespan="off")
