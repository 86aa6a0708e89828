"""Work that is done once however many wait for it, and goes on when they have waited long enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from exchange.refusals import CountsPending, StoreUnavailable


class Pending:
    """One piece of work at a time. Belongs to one event loop."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None

    async def done(self, work: Callable[[], Coroutine[Any, Any, Any]], wait_s: float | None) -> None:
        """When `work` has run, begun after whatever is under way.

        Raises CountsPending after `wait_s`, while it goes on, and what the work raises."""
        loop = asyncio.get_running_loop()
        until = None if wait_s is None else loop.time() + wait_s
        mine: asyncio.Task[Any] | None = None
        while mine is None or not mine.done():
            if self._task is None or self._task.done():
                mine = self._task = asyncio.create_task(work())
            left = None if until is None else until - loop.time()
            finished, _ = await asyncio.wait({self._task}, timeout=left)
            if not finished:
                raise CountsPending()
        mine.result()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, StoreUnavailable):
                await self._task
