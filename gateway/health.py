"""Health: alive, and ready to disclose. No credentials needed, and nothing in it about anybody."""

from __future__ import annotations

import asyncio
from typing import Any

from connectors.directory import Directory
from exchange.catalogue import Catalogue
from exchange.store.log import Log
from policies.engine import Engine

READY = 200
NOT_READY = 503


async def readiness(catalogue: Catalogue, engine: Engine, log: Log, directory: Directory) -> tuple[dict[str, Any], int]:
    """503 while the log cannot be written, since nothing is disclosed then. A department that is down degrades
    answers and stops nobody: it is named, and the gateway stays ready."""
    writable = await asyncio.to_thread(log.health)
    found = {
        "status": "ready" if writable else "log-unavailable",
        "standard": {"version": catalogue.version, "state": catalogue.state, "revision": catalogue.revision},
        "policy": engine.revision,
        "log": writable,
        "departments": {state.department: state.state for state in directory.states()},
    }
    return found, READY if writable else NOT_READY
