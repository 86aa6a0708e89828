"""Refusals that come too fast to be told one by one: what the log has of a flood.

Who asks more than its rate is refused before a byte of its body is read. If each such refusal were an entry, a client
could fill the log as fast as it can send. So of those of one requester and code the first is an entry of its own, and
those that follow within a window are counted in one entry when the window ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, replace

import structlog

from exchange.disclosure import Disclosure
from exchange.refusals import Refusal
from exchange.store.log import Log
from gateway.telemetry import fault
from resolvers.context import new_id

_log = structlog.get_logger()
_MOST = 10_000
"""Windows that are open at once; what comes beyond has an entry of its own."""


@dataclass(slots=True)
class _Window:
    last: Disclosure
    missed: int = 0
    """Refusals that no entry tells of yet."""


class Repeats:
    """INVARIANT: the log tells of every such refusal, by itself or in a count. If we die, the counts of the windows
    that are open are lost: refusals, of which nothing was disclosed."""

    def __init__(self, log: Log, window_s: float = 60.0) -> None:
        self._log = log
        self._window_s = window_s
        self._windows: dict[Hashable, _Window] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    def counts(self, refused: Disclosure) -> bool:
        """Whether this refusal is counted: one of its kind began a window. Else it is to be sealed by itself."""
        window = self._windows.get(_kind(refused))
        if window is None:
            if len(self._windows) < _MOST and not self._closed:
                self._begin(refused)
            return False
        window.last, window.missed = refused, window.missed + 1
        return True

    def not_sealed(self, refused: Disclosure) -> None:
        """The first of a window, where the log could not be written: it is counted like those that follow."""
        window = self._windows.get(_kind(refused))
        if window is not None:
            window.missed += 1

    async def close(self) -> None:
        """Seal what is counted."""
        self._closed = True
        for task in list(self._ending):
            task.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)
        for kind in list(self._windows):
            await self._end(kind)

    def _begin(self, refused: Disclosure) -> None:
        kind = _kind(refused)
        self._windows[kind] = _Window(refused)
        task = asyncio.create_task(self._wait(kind))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _wait(self, kind: Hashable) -> None:
        """The window goes on while something is counted in it, and ends with the first quiet one."""
        while kind in self._windows:
            await asyncio.sleep(self._window_s)
            await asyncio.shield(self._end(kind))

    async def _end(self, kind: Hashable) -> None:
        window = self._windows.get(kind)
        if window is None:
            return
        if not window.missed:
            del self._windows[kind]
            return
        told, window.missed = window.missed, 0
        try:
            await self._log.seal([replace(window.last, id=new_id(), times=told)], None)
        except Refusal:
            window.missed += told  # the log is away: told when it is back
        except Exception as error:
            _log.error("repeats_not_sealed", **fault(error))


def _kind(refused: Disclosure) -> Hashable:
    requester = refused.requester
    return requester.client, requester.operator, requester.role, requester.person, refused.code
