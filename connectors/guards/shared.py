"""Asks that want the same of a department at the same time are one statement at it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.contract import Connector
from connectors.guards.guard import Guard
from exchange.person import PersonId
from exchange.records import Delivered, Givens, Outcome, Unavailable, Wanted

MOST_PEOPLE = 128
"""In one statement that several asks share."""
_GATHER_S = 0.002
"""How long an ask waits at most for a statement under way, to go with others in the next."""
_PERSONAL = frozenset({"FAILED", "TIMEOUT"})
"""What a department may answer because of one of the people; everything else it would answer to each."""


@dataclass(eq=False, slots=True)
class _Ask:
    people: Sequence[PersonId]
    deadline: float
    answered: asyncio.Future[Outcome]

    def settle(self, outcome: Outcome) -> None:
        if not self.answered.done():
            self.answered.set_result(outcome)


class _Line:
    """The groups that want the same columns under the same conditions."""

    def __init__(self, wanted: tuple[Wanted, ...]) -> None:
        self.wanted = wanted
        self.gathering: list[_Group] = []
        self.under_way = 0


class _Group:
    """Asks for the same columns under the same conditions and values: one allowed set."""

    def __init__(self, line: _Line, given: Givens) -> None:
        self.line = line
        self.wanted = line.wanted
        self.given = given
        self.asks: list[_Ask] = []
        self.people: dict[PersonId, None] = {}
        self.task: asyncio.Task[None] | None = None
        """Once it was sent."""

    def takes(self, people: Sequence[PersonId], given: Givens) -> bool:
        same = given is self.given or given == self.given
        return same and self.task is None and len(self.people) + len(people) <= MOST_PEOPLE

    def left(self, answered: asyncio.Future[Outcome]) -> None:
        """Nobody waits any more where the last one has gone."""
        if answered.cancelled() and self.task is not None and all(ask.answered.done() for ask in self.asks):
            self.task.cancel()

    def add(self, ask: _Ask) -> None:
        self.asks.append(ask)
        self.people.update(dict.fromkeys(ask.people))


class Shared(Guard):
    """INVARIANT: asks share a statement only where all that it says is the same: its questions, with their columns and
    conditions, and every value that these name. What it answers about one person reaches only who asked about him or
    her, and what goes wrong about one is asked again for each of the others alone.

    The first ask goes at once, with those of the same turn of the event loop; those that come while it is under way, or
    shortly after it, go together when it has ended, or after 2 ms.
    """

    def __init__(self, inner: Connector) -> None:
        super().__init__(inner)
        self._lines: dict[tuple[Wanted, ...], _Line] = {}
        self._sent_at = float("-inf")
        self._ending: set[asyncio.Task[None]] = set()

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        return await self.begun(wanted, people, given, deadline)

    def begun(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> asyncio.Future[Outcome]:
        """The same without a task of its own: of several departments all are begun before one is waited for."""
        loop = asyncio.get_running_loop()
        ask = _Ask(people, deadline, loop.create_future())
        line = self._lines.get(wanted)
        if line is None:
            line = self._lines[wanted] = _Line(wanted)
        for group in line.gathering:
            if group.takes(people, given):
                group.add(ask)
                break
        else:
            group = _Group(line, given)
            group.add(ask)
            line.gathering.append(group)
            if len(people) > MOST_PEOPLE // 2:
                loop.call_soon(self._send, group)
            elif line.under_way or loop.time() - self._sent_at < _GATHER_S:
                loop.call_later(_GATHER_S, self._send, group)
            else:
                loop.call_soon(self._send, group)
        ask.answered.add_done_callback(group.left)
        return ask.answered

    def _send(self, group: _Group) -> None:
        line = group.line
        if group not in line.gathering:  # it went with the end of a statement, before its own time came
            return
        line.gathering.remove(group)
        if all(ask.answered.done() for ask in group.asks):  # all of them have gone
            self._leave(line)
            return
        loop = asyncio.get_running_loop()
        self._sent_at = loop.time()
        line.under_way += 1
        group.task = loop.create_task(self._sent(group))

    def _leave(self, line: _Line) -> None:
        if not line.gathering and not line.under_way and self._lines.get(line.wanted) is line:
            del self._lines[line.wanted]

    async def _sent(self, group: _Group) -> None:
        try:
            if len(group.asks) == 1:
                await self._alone(group, group.asks[0])
            else:
                await self._together(group)
        except Exception as error:
            for ask in group.asks:
                if not ask.answered.done():
                    ask.answered.set_exception(error)
        finally:
            for ask in group.asks:
                ask.answered.cancel()  # we were cancelled
            group.line.under_way -= 1
            for waiting in list(group.line.gathering):
                self._send(waiting)
            self._leave(group.line)

    async def _alone(self, group: _Group, ask: _Ask) -> None:
        ask.settle(await self._inner.fetch(group.wanted, ask.people, group.given, ask.deadline))

    async def _together(self, group: _Group) -> None:
        """One of the people may be what takes so long: at half time each is asked about alone beside it."""
        loop = asyncio.get_running_loop()
        deadline = min(ask.deadline for ask in group.asks)
        whole = loop.create_task(self._inner.fetch(group.wanted, list(group.people), group.given, deadline))
        alone: list[asyncio.Task[None]] = []
        try:
            await asyncio.wait({whole}, timeout=(deadline - loop.time()) / 2)
            if not whole.done():
                alone = [loop.create_task(self._beside(group, ask)) for ask in group.asks]
                await asyncio.wait({whole})
                if isinstance(whole.result(), Unavailable):
                    # Its time is over, and so is theirs; but they run on to their own end, so that the breaker counts
                    # each as an ask that the department left unanswered.
                    for task in alone:
                        self._ending.add(task)
                        task.add_done_callback(self._ending.discard)
                    alone = []
            elif _personal(whole.result()):
                alone = [loop.create_task(self._alone(group, ask)) for ask in group.asks]
                await asyncio.gather(*alone)
            for ask in group.asks:
                ask.settle(_own(whole.result(), ask.people))
        finally:
            for task in (whole, *alone):
                task.cancel()

    async def _beside(self, group: _Group, ask: _Ask) -> None:
        outcome = await self._inner.fetch(group.wanted, ask.people, group.given, ask.deadline)
        if isinstance(outcome, Delivered):
            ask.settle(outcome)


def _personal(outcome: Outcome) -> bool:
    return isinstance(outcome, Unavailable) and outcome.why in _PERSONAL


def _own(outcome: Outcome, people: Sequence[PersonId]) -> Outcome:
    if isinstance(outcome, Unavailable):
        return outcome
    return replace(outcome, answers={person: outcome.answers[person] for person in people})


def shared(inner: Connector) -> Shared:
    return Shared(inner)
