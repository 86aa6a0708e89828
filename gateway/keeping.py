"""Keeps what decides: no entry names a revision whose text is not in the store.

INVARIANT: a revision decides only after it is kept and its own entry (POLICY_IN_FORCE) is sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from exchange.catalogue import Catalogue
from exchange.refusals import ChangedMeanwhile
from exchange.store.log import Log
from exchange.store.revision import Revisions
from gateway.console import Console
from gateway.founding import STARTED
from policies.engine import Engine
from policies.revision import gathered

ACT = "POLICY_IN_FORCE"


@dataclass(frozen=True, slots=True)
class Keeping:
    revisions: Revisions
    log: Log
    folder: Path
    catalogue: Catalogue
    standard: Mapping[str, bytes]
    """Its files as they were read at the start."""
    clock: Callable[[], datetime]

    async def keep(self, engine: Engine) -> None:
        """Nothing where it is kept already, from an earlier start or by another process.

        Raises PolicyFaulty where the folder holds another revision by now, ActNotPermitted where these policies do not
        let the gateway keep them, AuditUnavailable, StoreUnavailable.
        """
        if await self.revisions.kept(engine.revision):
            return
        revision = gathered(engine, self.folder, self.catalogue, self.standard)
        console = Console(self.log, engine, self.catalogue.version, self.clock, STARTED)
        change = self.revisions.keeping(revision, console.at)
        try:
            await console.lay_down(ACT, f"policy:{revision.id}", change, revision.digest)
        except ChangedMeanwhile:
            return  # another process keeps it at the same time
