"""How much may be asked: a rate that refills, and quotas of the city's day and month. Pure: no clock, no counter.

A client's registration names the figures (`Limits`); an ask becomes a `Demand` on the counters of its client, its
operator and its purpose; `exchange.store.counters` keeps them. What is counted is people: `persons` of n counts n.

The rate is charged for every request, refused or not, since each costs the gateway work. The quota is charged only for
asks that are answered: it is reserved before the departments are asked and given back when the ask is refused.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta

from exchange.alarm import AlarmKind
from exchange.retention import CITY_TIME, civil_day

_MINUTE_US = 60_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Rate = Annotated[int, Meta(ge=1, le=_MINUTE_US)]
Size = Annotated[int, Meta(ge=1, le=1_000_000)]
Number = Annotated[int, Meta(ge=0, le=2_147_483_647)]


class Allowance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one client, operator or purpose may ask, in people; null = not limited here."""

    per_minute: Rate | None = None
    burst: Size = 100
    """How many at once after a pause. One ask for more waits for a full bucket and pays off what it overdrew."""
    per_day: Number | None = None
    """The city's day, from midnight to midnight."""
    per_month: Number | None = None

    def widens(self, before: Allowance) -> bool:
        figures = (
            (self.per_minute, before.per_minute),
            (self.burst if self.per_minute else None, before.burst if before.per_minute else None),
            (self.per_day, before.per_day),
            (self.per_month, before.per_month),
        )
        return any(was is not None and (now is None or now > was) for now, was in figures)


class ClientAllowance(Allowance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All operators and purposes of one client together; what a registration leaves out is this."""

    per_minute: Rate | None = 3_000
    burst: Size = 1_000
    per_day: Number | None = 20_000
    per_month: Number | None = 200_000


class OperatorAllowance(Allowance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each operator of a client: a natural person at a desk, where the registration says nothing else."""

    per_minute: Rate | None = 300
    burst: Size = 300
    per_day: Number | None = 1_000
    per_month: Number | None = 10_000


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The figures of one registered client."""

    client: ClientAllowance = ClientAllowance()
    operator: OperatorAllowance = OperatorAllowance()
    purposes: dict[str, Allowance] = {}
    """Purpose code → what the client may ask for it, within its whole; a purpose left out has the whole."""

    alarms: dict[AlarmKind, Annotated[int, Meta(ge=1, le=10_000)] | None] = {}
    """Counts of this client's own from which an alarm is raised; null = this kind is not watched."""

    def unknown(self, purposes: Container[str]) -> list[str]:
        """Codes that are limited here and that the policies do not know: a slip would leave a purpose unlimited."""
        return sorted(code for code in self.purposes if code not in purposes)

    def widens(self, before: Limits) -> bool:
        """Whether anything may be asked by this that might not by `before`."""
        return (
            self.client.widens(before.client)
            or self.operator.widens(before.operator)
            or _less_watched(self.alarms, before.alarms)
            or any(self.purposes.get(code, Allowance()).widens(figures) for code, figures in before.purposes.items())
        )


def _less_watched(now: Mapping[AlarmKind, int | None], before: Mapping[AlarmKind, int | None]) -> bool:
    """Where one of the two names no count, the rule's stands, which is not known here: then it counts as wider."""
    for kind in now.keys() | before.keys():
        if kind in now and kind in before:
            own, was = now[kind], before[kind]
            if was is not None and (own is None or own > was):
                return True
        elif before.get(kind, 0) is not None:
            return True
    return False


class Scope(StrEnum):
    CLIENT = "client"
    OPERATOR = "operator"
    PURPOSE = "purpose"


class Period(StrEnum):
    DAY = "day"
    MONTH = "month"


class Charge(msgspec.Struct, frozen=True):
    """What one ask costs one scope."""

    scope: Scope
    name: str
    """Of the counter: made of keyed digests, since a client's or an operator's name is in no key."""
    allowance: Allowance
    taken: int
    """From the rate's bucket."""
    counted: int
    """From the quota."""


class Flow(msgspec.Struct, frozen=True):
    """A draw on one bucket. Times in microseconds since 1970."""

    scope: Scope
    name: str
    per_minute: int
    burst: int
    taken: int

    @property
    def interval_us(self) -> int:
        return _MINUTE_US // self.per_minute

    def wait_us(self, until: int, now: int) -> int:
        """How long until the bucket can give; 0 = now. `until`: when it will be full again, as it was left.

        Generic cell rate algorithm (ITU-T I.371), which is a token bucket kept as one number.
        """
        ahead = max(until - now, 0)
        need = min(self.taken, self.burst) * self.interval_us
        return max(ahead + need - self.burst * self.interval_us, 0)

    def after(self, until: int, now: int) -> int:
        """When the bucket will be full again, having given."""
        return max(until, now) + self.taken * self.interval_us


class Count(msgspec.Struct, frozen=True):
    """A draw on one calendar quota."""

    scope: Scope
    name: str
    """Names its day or month too."""
    period: Period
    most: int
    counted: int
    left_s: int
    """Seconds until the period ends, at least 1."""


class Demand(msgspec.Struct, frozen=True):
    """All draws of one ask. They are granted together or not at all: first every bucket, then every quota."""

    at_us: int
    flows: tuple[Flow, ...] = ()
    counts: tuple[Count, ...] = ()


class Shortage(msgspec.Struct, frozen=True):
    """Why a demand was not granted. Of several, the one that lasts longest."""

    scope: Scope
    wait_s: int
    """Whole seconds, at least 1, as Retry-After has them (RFC 9110 §10.2.3)."""
    period: Period | None = None
    """Of the quota that is used up; None = the rate."""


def demand(charges: Iterable[Charge], at: datetime) -> Demand:
    flows, counts = [], []
    for charge in charges:
        allowance = charge.allowance
        if charge.taken and allowance.per_minute is not None:
            flows.append(Flow(charge.scope, f"{charge.name}:rate", allowance.per_minute, allowance.burst, charge.taken))
        if not charge.counted:
            continue
        for period, most in ((Period.DAY, allowance.per_day), (Period.MONTH, allowance.per_month)):
            if most is not None:
                label, left_s = _within(period, at)
                counts.append(Count(charge.scope, f"{charge.name}:{label}", period, most, charge.counted, left_s))
    return Demand((at - _EPOCH) // _MICROSECOND, tuple(flows), tuple(counts))


def dry(demand: Demand, until: Mapping[str, int]) -> Shortage | None:
    """The bucket that makes this ask wait longest. `until` by name; one that is not there is full."""
    waits = [(flow.wait_us(until.get(flow.name, 0), demand.at_us), flow) for flow in demand.flows]
    wait, flow = max(waits, key=lambda each: each[0], default=(0, None))
    return Shortage(flow.scope, seconds(wait)) if flow and wait else None


def used_up(demand: Demand, counted: Mapping[str, int]) -> Shortage | None:
    """The quota that makes this ask wait longest. `counted` by name; one that is not there is 0."""
    short = [count for count in demand.counts if counted.get(count.name, 0) + count.counted > count.most]
    worst = max(short, key=lambda count: count.left_s, default=None)
    return Shortage(worst.scope, worst.left_s, worst.period) if worst else None


def seconds(wait_us: int) -> int:
    """Rounded up."""
    return max(-(-wait_us // 1_000_000), 1)


def _within(period: Period, at: datetime) -> tuple[str, int]:
    """The period's label, `2026-11-24` or `2026-11`, and the seconds that are left of it."""
    label, ends = _period(period, civil_day(at))
    return label, seconds((ends - at) // _MICROSECOND)


@lru_cache(maxsize=8)
def _period(period: Period, today: date) -> tuple[str, datetime]:
    """Its label and its end."""
    if period is Period.DAY:
        label, following = today.isoformat(), today + timedelta(days=1)
    else:
        label, following = f"{today:%Y-%m}", date(today.year + today.month // 12, today.month % 12 + 1, 1)
    return label, datetime(following.year, following.month, following.day, tzinfo=CITY_TIME)
