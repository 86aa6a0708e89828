"""The watch on sealed answers: who asks about many people, is refused often, or asks in the order of id numbers.

It sees what was sealed, before the answer leaves, so that a suspension holds from the next request on. It keeps keyed
digests in the counters, and in its own memory the place of the last number of each operator; a failure of it is
logged and stops no answer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from exchange.alarm import Alarm, AlarmKind, AlarmRule, AlarmRules, Run, place_of
from exchange.digests import Digests
from exchange.disclosure import Disclosure
from exchange.once import Once
from exchange.person import PersonId
from exchange.requester import Requester
from exchange.store.counters import Counters
from gateway.telemetry import Metrics, fault
from resolvers.operation import Executed

_log = structlog.get_logger()
_OPERATORS = 10_000
"""How many runs are followed at once, and how many alarms are remembered as written."""


class Alarms(Protocol):
    """Where alarms are kept; see `exchange.store.alarm`."""

    async def keep(self, alarm: Alarm) -> None: ...


Suspend = Callable[[str, Alarm], Awaitable[None]]
"""Suspends a client, by id, on an alarm. One that is suspended already stays so."""


@dataclass(frozen=True, slots=True)
class _Names:
    """What one operator is counted under."""

    within: str
    """Of the client."""
    of: Mapping[AlarmKind, str]


class Watch:
    def __init__(
        self,
        rules: AlarmRules,
        counters: Counters,
        digests: Digests,
        alarms: Alarms,
        metrics: Metrics,
        suspend: Suspend | None = None,
    ) -> None:
        self._rules = rules
        self._counters = counters
        self._digests = digests
        self._alarms = alarms
        self._metrics = metrics
        self._suspend = suspend
        self._names = Once(self._named, _OPERATORS)
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._told: OrderedDict[str, int] = OrderedDict()
        """Alarm → how many times its threshold was reached when it was last written."""

    async def see(self, executed: Executed) -> None:
        """What was just sealed. Never raises."""
        if not executed.disclosures:
            return
        try:
            for kind, count in (await self._counts(executed)).items():
                await self._judge(kind, count, executed.disclosures[-1])
        except Exception as error:
            _log.error("watch_failed", **fault(error))

    async def _counts(self, executed: Executed) -> dict[AlarmKind, int]:
        """Of each kind that this answer adds to, how many there are within its window now."""
        last = executed.disclosures[-1]
        people = [person for each in executed.disclosures if not each.administrative for person in each.people]
        refused = [each.id for each in executed.disclosures if each.code][:1]  # one answer, however many it names
        counts: dict[AlarmKind, int] = {}
        if refused:
            counts[AlarmKind.MANY_REFUSALS] = await self._distinct(AlarmKind.MANY_REFUSALS, refused, last)
        if people and last.requester.person is None:
            counts[AlarmKind.MANY_PEOPLE] = await self._distinct(AlarmKind.MANY_PEOPLE, people, last)
            if self._rules.closed_at(last.at):
                counts[AlarmKind.OUT_OF_HOURS] = await self._distinct(AlarmKind.OUT_OF_HOURS, people, last)
            counts[AlarmKind.ORDERED_NUMBERS] = self._ordered(executed.asked, last)
        return counts

    async def _distinct(self, kind: AlarmKind, members: Sequence[str], last: Disclosure) -> int:
        rule = self._rule(kind, last.requester)
        if rule is None:
            return 0
        names = self._names.of(last.requester)
        return await self._counters.distinct(
            f"{names.within}:w:{names.of[kind]}", members, round(last.at.timestamp() * 1e6), rule.window_s
        )

    def _ordered(self, asked: Sequence[PersonId], last: Disclosure) -> int:
        rule = self._rule(AlarmKind.ORDERED_NUMBERS, last.requester)
        if rule is None:
            return 0
        name, length = self._names.of(last.requester).of[AlarmKind.ORDERED_NUMBERS], 0
        for person in asked:
            place = place_of(person)
            run = self._runs.setdefault(name, Run(place, last.at))
            length = run.follow(place, last.at, rule.window_s)
            self._runs.move_to_end(name)
        if len(self._runs) > _OPERATORS:
            self._runs.popitem(last=False)
        return length

    async def _judge(self, kind: AlarmKind, count: int, last: Disclosure) -> None:
        """Raise the alarm, and again each time that the count has grown by its threshold."""
        requester = last.requester
        rule = self._rule(kind, requester)
        if rule is None or count < rule.count:
            return
        suspends = rule.suspend is not None and count >= rule.suspend
        id, level = self._id(kind, requester, last.at, rule.window_s), count // rule.count + suspends
        told = self._told.get(id, 0)
        if level <= told:
            return
        self._told[id] = level  # before it is written: those who come meanwhile, in a flood, do not write it too
        alarm = Alarm(
            id, kind, requester.organisation, requester.client, requester.operator, last.purpose, last.at, count
        )
        if not told:
            self._metrics.alarms.labels(kind.value).inc()
        try:
            await self._alarms.keep(alarm)
            if suspends and self._suspend is not None:
                await self._suspend(requester.client, alarm)
        except BaseException:
            self._told[id] = told
            raise
        if len(self._told) > _OPERATORS:
            self._told.popitem(last=False)

    def _rule(self, kind: AlarmKind, requester: Requester) -> AlarmRule | None:
        """The rule under the client's own count; one above the count that suspends lifts that too."""
        rule = self._rules.alarms.get(kind)
        if rule is None or kind not in requester.limits.alarms:
            return rule
        own = requester.limits.alarms[kind]
        if own is None:
            return None
        return AlarmRule(own, rule.window_s, rule.suspend and max(rule.suspend, own))

    def _named(self, requester: Requester) -> _Names:
        digest = self._digests.counter
        person = requester.person or ""
        return _Names(
            f"{{{digest(requester.client)}}}",
            {kind: digest(requester.client, kind, requester.operator, person) for kind in AlarmKind},
        )

    def _id(self, kind: AlarmKind, requester: Requester, at: datetime, window_s: int) -> str:
        """One for each kind, operator and window, the same in every process."""
        return self._digests.counter(self._names.of(requester).of[kind], str(int(at.timestamp()) // window_s))
