"""Reads of asks that come at the same time, in one statement.

INVARIANT: the statement that answers an ask began after the ask came: what was revoked before it holds for it. What is
asked for while a statement is under way waits for the next one, which answers all that wait; where none is, nobody
waits for anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from exchange.refusals import StoreUnavailable
from exchange.store.database import Database, Row

MOST = 400
"""Keys in one statement, with those of the ask that reaches it."""

K = TypeVar("K", bound=Hashable)
Read = Callable[[Sequence[K]], Awaitable[Mapping[K, Sequence[Row]]]]
"""Keys → the rows of each; one without a row may be left out. Raises StoreUnavailable."""


@dataclass(slots=True)
class _Line(Generic[K]):
    """Those who ask on one event loop."""

    waiting: list[tuple[tuple[K, ...], asyncio.Future[Mapping[K, Sequence[Row]]]]] = field(default_factory=list)
    reading: asyncio.Task[None] | None = None


class Together(Generic[K]):
    def __init__(self, database: Database, read: Read[K]) -> None:
        self._remote = database.remote
        self._read = read
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line[K]] = WeakKeyDictionary()

    async def rows(self, keys: Iterable[K]) -> Mapping[K, Sequence[Row]]:
        """At least these keys' rows. They are others' too: look up only your own. Raises StoreUnavailable."""
        wanted = tuple(dict.fromkeys(keys))
        if not wanted:
            return {}
        if not self._remote:
            return await self._read(wanted)
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = _Line()
        answer: asyncio.Future[Mapping[K, Sequence[Row]]] = loop.create_future()
        line.waiting.append((wanted, answer))
        if line.reading is None:
            # Begins once this turn of the loop is over: who asks in the same turn comes along.
            line.reading = loop.create_task(self._all(line))
        return await answer

    async def _all(self, line: _Line[K]) -> None:
        try:
            while line.waiting:
                await self._some(line)
        finally:
            line.reading = None

    async def _some(self, line: _Line[K]) -> None:
        keys: dict[K, None] = {}
        asked = []
        while line.waiting and len(keys) < MOST:
            its, answer = line.waiting.pop(0)
            if not answer.done():  # who has left needs nothing
                keys.update(dict.fromkeys(its))
                asked.append(answer)
        if not asked:
            return
        try:
            found = await self._read(list(keys))
        except Exception as error:
            for answer in asked:
                if not answer.done():
                    answer.set_exception(StoreUnavailable() if isinstance(error, StoreUnavailable) else error)
        except BaseException:
            for answer in (*asked, *(answer for _, answer in line.waiting)):
                answer.cancel()
            line.waiting.clear()
            raise
        else:
            for answer in asked:
                if not answer.done():
                    answer.set_result(found)


def by(rows: Iterable[Row], *columns: int) -> dict[Any, list[Row]]:
    """Rows by what stands in these columns (alone, or as a tuple), in their order."""
    found: dict[Any, list[Row]] = {}
    key = itemgetter(*columns)
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
