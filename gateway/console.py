"""Acts from the gateway's own console: whoever may run commands on its store. They are sealed like everybody's.

Nobody is authenticated here: who can run a command could write the store itself. The person gives his or her name
(`by`), which the entry keeps; that two persons act is held to by name, here as over GraphQL.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from exchange.change import Change
from exchange.disclosure import Administrative, Disclosure
from exchange.refusals import ActNotPermitted, AuditUnavailable, Refusal
from exchange.requester import Requester
from exchange.store.log import Log
from exchange.store.registrar import Decided
from policies.engine import Engine

ROLE = "operator"
_T = TypeVar("_T")


class Console:
    def __init__(self, log: Log, engine: Engine, standard: str, clock: Callable[[], datetime], by: str) -> None:
        self.by = by
        self.at = clock()
        self._log = log
        self._engine = engine
        self._standard = standard

    async def act(
        self, act: str, object: str, decide: Callable[[], Awaitable[Decided]], *, reason: str = ""
    ) -> Decided:
        """Decide, write, and seal both the same. A refusal is sealed in its place, and raised."""
        said = Administrative(act, object, reason)
        try:
            self._permit(act)
            decided = await decide()
            said = replace(said, digest=decided.digest, changed=decided.change is not None)
            await self._seal(said, decided.change)
        except AuditUnavailable:
            raise
        except Refusal as refusal:
            await self._seal(said, code=refusal.code)
            raise
        return decided

    async def lay_down(self, act: str, object: str, change: Change, digest: str) -> None:
        """The same for what was decided already."""
        self._permit(act)
        await self._seal(Administrative(act, object, digest=digest), change)

    async def read(self, act: str, object: str, digest: str) -> None:
        """Seal that the log was looked into, before what was found is shown. Raises ActNotPermitted, sealed too."""
        said = Administrative(act, object, digest=digest, changed=False)
        try:
            self._permit(act)
        except Refusal as refusal:
            await self._seal(said, code=refusal.code)
            raise
        await self._seal(said)

    def _permit(self, act: str) -> None:
        if not self._engine.may(ROLE, act):
            raise ActNotPermitted(rule=f"act {act}")

    async def _seal(self, said: Administrative, change: Change | None = None, code: str | None = None) -> None:
        disclosure = Disclosure(
            secrets.token_hex(16),
            self.at,
            Requester("gateway", "console", self.by, ROLE),
            policy=self._engine.revision,
            standard=self._standard,
            administrative=said,
            changes=() if change is None else (change,),
            code=code,
        )
        await self._log.seal([disclosure], None)
