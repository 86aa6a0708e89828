"""Reads of asks that come at the same time, in one statement, whatever each of them reads.

INVARIANT: the statement that answers an ask began after the ask came: what was revoked before it holds for it. What is
asked for while a statement is under way waits for the next one, which answers all that wait; where none is, nobody
waits for anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from exchange.change import Statement
from exchange.refusals import StoreUnavailable
from exchange.store.database import Database, Row

MOST = 400
"""Keys of one kind in one statement, with those of the ask that reaches it."""

K = TypeVar("K", bound=Hashable)
Found = Mapping[K, Sequence[Row]]


@dataclass(eq=False, slots=True)
class _Wish:
    kind: Together[Any]
    keys: tuple[Any, ...]
    answer: asyncio.Future[Found[Any]]


@dataclass(slots=True)
class _Line:
    """Those who ask one store on one event loop."""

    waiting: list[_Wish] = field(default_factory=list)
    reading: asyncio.Task[None] | None = None


_LINES: WeakKeyDictionary[Database, WeakKeyDictionary[asyncio.AbstractEventLoop, _Line]] = WeakKeyDictionary()


class Together(Generic[K]):
    """One kind of read."""

    def __init__(
        self,
        database: Database,
        statement: Callable[[Sequence[K]], Statement],
        sorted_: Callable[[Sequence[Row]], Found[K]],
    ) -> None:
        """`statement`: reads all of these keys; `sorted_`: its rows by key, one without a row may be left out."""
        self._database = database
        self.statement = statement
        self.sorted = sorted_

    def rows(self, keys: Iterable[K]) -> Awaitable[Found[K]]:
        """At least these keys' rows. They are others' too: look up only your own. Raises StoreUnavailable.

        Begun as it is called; who never waits for it has asked in vain, and no more.
        """
        wanted = tuple(dict.fromkeys(keys))
        if not wanted or not self._database.remote:
            return _Alone(self, wanted)
        loop = asyncio.get_running_loop()
        lines = _LINES.get(self._database)
        if lines is None:
            lines = _LINES[self._database] = WeakKeyDictionary()
        line = lines.get(loop)
        if line is None:
            line = lines[loop] = _Line()
        answer: asyncio.Future[Found[K]] = loop.create_future()
        line.waiting.append(_Wish(self, wanted, answer))
        if line.reading is None:
            # Begins once this turn of the loop is over: who asks in the same turn comes along.
            line.reading = loop.create_task(_all(self._database, line))
        return answer

    async def alone(self, keys: Sequence[K]) -> Found[K]:
        if not keys:
            return {}
        statement = self.statement(keys)
        return self.sorted(await self._database.read(statement.sql, statement.parameters))


@dataclass(eq=False, slots=True)
class _Alone(Awaitable[Found[K]]):
    """Where a read is no round trip it is made when it is waited for."""

    kind: Together[K]
    keys: Sequence[K]

    def __await__(self) -> Generator[Any, None, Found[K]]:
        return self.kind.alone(self.keys).__await__()


async def _all(database: Database, line: _Line) -> None:
    try:
        while line.waiting:
            await _some(database, line)
    finally:
        line.reading = None


async def _some(database: Database, line: _Line) -> None:
    wishes, keys = _taken(line)
    if not wishes:
        return
    # In one order, whoever came first: so there are few statements, and the server knows each.
    asked = sorted(((kind.statement(list(its)), kind) for kind, its in keys.items()), key=lambda each: each[0].sql)
    try:
        rows = await database.read_all([statement for statement, _ in asked])
        found = {kind: kind.sorted(its) for (_, kind), its in zip(asked, rows, strict=True)}
    except Exception as error:
        for wish in wishes:
            if not wish.answer.done():
                wish.answer.set_exception(StoreUnavailable() if isinstance(error, StoreUnavailable) else error)
                wish.answer.exception()  # is nobody's fault where nobody waits
    except BaseException:
        for wish in (*wishes, *line.waiting):
            wish.answer.cancel()
        line.waiting.clear()
        raise
    else:
        for wish in wishes:
            if not wish.answer.done():
                wish.answer.set_result(found[wish.kind])


def _taken(line: _Line) -> tuple[list[_Wish], dict[Together[Any], dict[Any, None]]]:
    """From the front, until one kind has enough; who has left needs nothing."""
    wishes: list[_Wish] = []
    keys: dict[Together[Any], dict[Any, None]] = {}
    taken = 0
    for wish in line.waiting:
        its = keys.get(wish.kind, {})
        if len(its) >= MOST:
            break
        taken += 1
        if not wish.answer.done():
            its.update(dict.fromkeys(wish.keys))
            keys[wish.kind] = its
            wishes.append(wish)
    del line.waiting[:taken]
    return wishes, keys


def by(rows: Iterable[Row], *columns: int) -> dict[Any, list[Row]]:
    """Rows by what stands in these columns (alone, or as a tuple), in their order."""
    found: dict[Any, list[Row]] = {}
    key = itemgetter(*columns)
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
