"""An answer at the deadline, come what may."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.contract import Connector
from connectors.guards.guard import Guard
from exchange.person import PersonId
from exchange.records import Givens, Outcome, Unavailable, Wanted


class Deadline(Guard):
    """Answers at the deadline even if the source neither answers nor lets itself be cancelled.

    The source has `seconds` of its own, within what the request has left.
    """

    def __init__(self, inner: Connector, seconds: float) -> None:
        super().__init__(inner)
        self._seconds = seconds

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        now = asyncio.get_running_loop().time()
        deadline = min(deadline, now + self._seconds)
        if deadline <= now:
            return Unavailable(datetime.now(UTC), "TIMEOUT")
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._inner.fetch(wanted, people, given, deadline))
        over = loop.create_future()
        task.add_done_callback(lambda _: over.done() or over.set_result(None))
        timer = loop.call_at(deadline, lambda: over.done() or over.set_result(None))
        try:
            await over
        except asyncio.CancelledError:
            _leave(task)
            raise
        finally:
            timer.cancel()
        if task.done():
            return task.result()
        _leave(task)
        return Unavailable(datetime.now(UTC), "TIMEOUT")


def _leave(task: asyncio.Future[Outcome]) -> None:
    """Cancels without waiting; what the task still says is heard by nobody."""
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    task.cancel()


def deadline(inner: Connector, seconds: float = 60.0) -> Connector:
    return Deadline(inner, seconds)
