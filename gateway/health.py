"""Health: alive, and ready to disclose. No credentials needed, and nothing in it about anybody."""

from __future__ import annotations

from typing import Any

from connectors.directory import Directory
from exchange.catalogue import Catalogue
from exchange.store.counters import Counters
from exchange.store.log import Log
from gateway.renewal import Refused, Renewal

READY = 200
NOT_READY = 503


async def readiness(
    catalogue: Catalogue, policies: Renewal, log: Log, directory: Directory, counters: Counters
) -> tuple[dict[str, Any], int]:
    """503 while the log cannot be written, since nothing is disclosed then. A department that is down degrades
    answers and stops nobody: it is named, and the gateway stays ready. So it does where a change of the policies was
    refused, since those before it decide, and where the shared counters are away: within their grace asks are
    answered, and after it refused (LIMITS_UNAVAILABLE). It is by an ask that they are found to be back, so a gateway
    that no ask comes to any more would never know."""
    writable = await log.health()
    found = {
        "status": "ready" if writable else "log-unavailable",
        "standard": {"version": catalogue.version, "state": catalogue.state, "revision": catalogue.revision},
        "policy": {
            "revision": policies.current.engine.revision,
            "refused": policies.refused and _shown(policies.refused),
        },
        "log": writable,
        "counters": counters.state,
        "departments": {state.department: state.state for state in directory.states()},
    }
    return found, READY if writable else NOT_READY


def _shown(refused: Refused) -> dict[str, Any]:
    """How many faults; which ones, the operational log tells: this page is for whoever asks."""
    return {
        "revision": refused.revision,
        "at": refused.at.isoformat(),
        "code": refused.code,
        "faults": refused.faults,
        "standing": refused.standing,
    }
