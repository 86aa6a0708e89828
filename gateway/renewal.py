"""Change of the policies in service: on SIGHUP, or when their files have changed and settled for a second.

A change that is refused is logged and counted; the policies before it go on deciding.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from exchange.catalogue import Catalogue
from exchange.refusals import Refusal
from gateway.telemetry import Metrics, fault
from policies import properties, source
from policies.current import Current, Prove, State, candidate, state
from policies.engine import Engine
from policies.faults import PolicyFaulty
from policies.rulebook import FILES, revision_of

_log = structlog.get_logger()
_EVERY_S = 1.0
_LOGGED = 20
_AWAY = 503

Keep = Callable[[Engine], Awaitable[None]]
"""Keeps a revision before it decides. Raises PolicyFaulty, or the refusal of its act."""


async def _unkept(_: Engine) -> None:
    """Where there is no store."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The last change that was not taken over."""

    at: datetime
    revision: str
    """Of the files as they stood then."""
    code: str
    faults: int
    standing: bool = True
    """Whether the folder still holds it."""


class Renewal:
    """Looks at the folder of the policies and renews what decides."""

    def __init__(
        self,
        current: Current,
        folder: Path,
        catalogue: Catalogue,
        seen: State,
        metrics: Metrics,
        clock: Callable[[], datetime],
        prove: Prove,
    ) -> None:
        self.current = current
        self.refused: Refused | None = None
        self._keep: Keep = _unkept
        self._folder = folder
        self._catalogue = catalogue
        self._seen = self._tried = seen
        self._metrics = metrics
        self._clock = clock
        self._prove = prove
        self._asked = asyncio.Event()

    @classmethod
    def open(
        cls,
        folder: Path,
        catalogue: Catalogue,
        metrics: Metrics,
        clock: Callable[[], datetime],
        prove: Prove = properties.prove,
    ) -> Renewal:
        """The policies of the folder as they stand. Raises PolicyFaulty: a start asks for no less than a change."""
        seen = state(folder)
        return cls(Current(candidate(folder, catalogue, prove)), folder, catalogue, seen, metrics, clock, prove)

    async def keep_by(self, keep: Keep) -> None:
        """Keep what decides now, and from here on whatever is to decide. Raises as `Keep` does."""
        await keep(self.current.engine)
        self._keep = keep

    def ask(self) -> None:
        """Look now, and read the files whether or not they seem to have changed."""
        self._asked.set()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Looks each second until the context ends."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY_S):
                    await self._asked.wait()
            asked = self._asked.is_set()
            self._asked.clear()
            await self.look(asked=asked)

    async def look(self, *, asked: bool = False) -> None:
        """One look: renews where asked to, or where the files differ from those last read and from one look to the
        next did not. A folder in the middle of being written is left alone. Never raises."""
        seen = await asyncio.to_thread(state, self._folder)
        settled, self._seen = seen == self._seen, seen
        if asked or (settled and seen != self._tried):
            self._tried = seen
            await self._renew()

    async def _renew(self) -> None:
        before = self.current.engine.revision
        try:
            engine = await asyncio.to_thread(candidate, self._folder, self._catalogue, self._prove)
            self.current.check(engine)
            await self._keep(engine)
            self.current.swap(engine)
        except PolicyFaulty as error:
            await self._refuse(error.code, list(map(str, error.faults)))
        except Refusal as refusal:  # what is not kept does not decide
            if refusal.status == _AWAY:
                self._tried = ()  # the store may be there at the next look
            await self._refuse(refusal.code, [])
        except Exception as error:  # the running policies are sound, whatever this is
            await self._refuse("POLICY_UNREADABLE", [], **fault(error))
        else:
            outcome = "unchanged" if engine.revision == before else "taken"
            self._metrics.policies.labels(outcome).inc()
            self.refused = self.refused and replace(self.refused, standing=False)
            _log.info(f"policy_{outcome}", revision=engine.revision, before=before)

    async def _refuse(self, code: str, faults: Sequence[str], **more: Any) -> None:
        contents = await asyncio.to_thread(source.contents, self._folder, FILES, [])
        revision = revision_of(contents, self._catalogue)
        self.refused = Refused(self._clock(), revision, code, len(faults))
        self._metrics.policies.labels(code).inc()
        serving = self.current.engine.revision
        shown = list(faults[:_LOGGED])
        _log.error("policy_refused", code=code, revision=revision, serving=serving, faults=shown, **more)
