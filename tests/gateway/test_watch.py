"""What is seen of sealed answers, by one gateway and by two that share their counters."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from exchange.alarm import Alarm, AlarmKind, AlarmRules
from exchange.digests import Digests
from exchange.disclosure import Administrative, Disclosure
from exchange.person import PersonId, check_digit
from exchange.quota import Limits
from exchange.requester import Requester
from exchange.store.counters.memory import MemoryCounters
from exchange.store.counters.redis import RedisCounters
from gateway.telemetry import Metrics
from gateway.watch import Watch
from resolvers.operation import Executed
from tests.redis_server import RedisServer

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
NIGHT = NOON + timedelta(hours=12)
DIGESTS = Digests(b"k" * 32)
ALL = {"MANY_PEOPLE": 5, "MANY_REFUSALS": 4, "ORDERED_NUMBERS": 3, "OUT_OF_HOURS": 2}


def numbers(step: int = 7) -> Iterator[PersonId]:
    """Up and down, so that no order is in them, or up by `step` = 1."""
    for n in range(1, 400):
        sequence = n if step == 1 else (n * step * (-1) ** n) % 997 + 1
        body = f"53019919900307{sequence:03}"
        yield PersonId(body + check_digit(body))


@dataclass
class Slow:
    """A store that takes its time to write an alarm."""

    begun: list[int] = field(default_factory=list)

    async def keep(self, alarm: Alarm) -> None:
        self.begun.append(alarm.count)
        await asyncio.sleep(0.05)


@dataclass
class Kept:
    alarms: list[Alarm] = field(default_factory=list)
    fails: int = 0

    async def keep(self, alarm: Alarm) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("530199199003070015")
        self.alarms.append(alarm)

    def of(self, kind: AlarmKind) -> list[int]:
        return [alarm.count for alarm in self.alarms if alarm.kind is kind]


@dataclass
class Watched:
    counters: Any = field(default_factory=MemoryCounters)
    rules: dict[str, int] = field(default_factory=lambda: dict(ALL))
    suspends: dict[str, int] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    kept: Any = field(default_factory=Kept)
    suspended: list[tuple[str, AlarmKind, int]] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)
    watch: Watch = field(init=False)
    made: int = 0

    def __post_init__(self) -> None:
        rules = {kind: {"count": count, "suspend": self.suspends.get(kind)} for kind, count in self.rules.items()}

        async def suspend(client: str, alarm: Alarm) -> None:
            self.suspended.append((client, alarm.kind, alarm.count))

        self.watch = Watch(
            msgspec.convert({"alarms": rules}, AlarmRules), self.counters, DIGESTS, self.kept, self.metrics, suspend
        )

    async def ask(
        self,
        *people: PersonId,
        at: datetime = NOON,
        operator: str = "li.wei",
        client: str = "bank-a-desk",
        code: str | None = None,
        listed: bool = False,
        person: str | None = None,
        administrative: Administrative | None = None,
    ) -> None:
        self.made += 1
        requester = Requester("bank-a", client, operator, "bank-officer", person=person, limits=self.limits)
        disclosures = [
            Disclosure(
                f"{id(self)}-{self.made}-{n}",
                at,
                requester,
                purpose="LOAN_APPROVAL",
                people=tuple(map(DIGESTS.person, about)),
                code=code,
                administrative=administrative,
            )
            for n, about in enumerate([(each,) for each in people] or [()])
        ]
        await self.watch.see(Executed({}, 200, tuple(disclosures), asked=() if listed else people))


async def test_many_people_of_one_operator_within_the_hour() -> None:
    watched, people = Watched(), list(numbers())
    for n in range(4):
        await watched.ask(people[n])
        await watched.ask(people[n])
    await watched.ask(people[4], operator="wang.fang")
    await watched.ask(people[4], client="bank-b-desk")
    assert watched.kept.alarms == []
    await watched.ask(people[4])
    (alarm,) = watched.kept.alarms
    assert (alarm.kind, alarm.count, alarm.operator) == (AlarmKind.MANY_PEOPLE, 5, "li.wei")
    assert (alarm.client, alarm.organisation, alarm.purpose) == ("bank-a-desk", "bank-a", "LOAN_APPROVAL")
    assert alarm.raised_at == NOON
    await watched.ask(*people[5:9])
    assert watched.kept.of(AlarmKind.MANY_PEOPLE) == [5]
    await watched.ask(people[9])
    assert watched.kept.of(AlarmKind.MANY_PEOPLE) == [5, 10]
    assert len({alarm.id for alarm in watched.kept.alarms}) == 1
    assert b'gateway_alarms_total{kind="MANY_PEOPLE"} 1.0' in watched.metrics.exposed()


async def test_people_spread_over_hours_are_no_alarm() -> None:
    watched = Watched()
    for n, person in enumerate(list(numbers())[:40]):
        await watched.ask(person, at=NOON - timedelta(minutes=59) + timedelta(minutes=13 * n))
    assert watched.kept.of(AlarmKind.MANY_PEOPLE) != []
    spread = Watched()
    for n, person in enumerate(list(numbers())[:20]):
        await spread.ask(person, at=NOON + timedelta(minutes=16 * n))
    assert spread.kept.of(AlarmKind.MANY_PEOPLE) == []


async def test_a_portfolio_counts_its_people_and_is_no_run() -> None:
    watched = Watched()
    await watched.ask(*list(numbers(1))[:6], listed=True)
    assert [(alarm.kind, alarm.count) for alarm in watched.kept.alarms] == [(AlarmKind.MANY_PEOPLE, 6)]


async def test_refusals_count_whatever_they_were_about() -> None:
    watched, people = Watched(), list(numbers())
    await watched.ask(code="GRAPHQL_PARSE_FAILED")
    await watched.ask(code="RATE_LIMITED")
    await watched.ask(people[0], code="CONSENT_REQUIRED")
    await watched.ask(people[0])
    assert watched.kept.alarms == []
    await watched.ask(people[0], code="CONSENT_REQUIRED")
    assert watched.kept.of(AlarmKind.MANY_REFUSALS) == [4]


async def test_a_refused_portfolio_is_one_refusal() -> None:
    """It has an entry for each of its people."""
    watched, people = Watched(rules={"MANY_REFUSALS": 4}), list(numbers(1))[:6]
    for _ in range(4):
        assert watched.kept.of(AlarmKind.MANY_REFUSALS) == []
        await watched.ask(*people, code="QUOTA_EXCEEDED", listed=True)
    assert watched.kept.of(AlarmKind.MANY_REFUSALS) == [4]


async def test_a_flood_at_once_writes_an_alarm_once_for_each_of_its_counts() -> None:
    """Who is refused fast must not make the gateway write as fast."""
    watched = Watched(rules={"MANY_REFUSALS": 4}, suspends={"MANY_REFUSALS": 10}, kept=Slow())
    await asyncio.gather(*(watched.ask(code="RATE_LIMITED") for _ in range(40)))
    assert watched.kept.begun == [4, 8, 10, *range(12, 41, 4)]
    assert b'gateway_alarms_total{kind="MANY_REFUSALS"} 1.0' in watched.metrics.exposed()


async def test_numbers_in_order_are_seen_refused_or_not() -> None:
    watched = Watched()
    for person in list(numbers(1))[:3]:
        await watched.ask(person, code="CONSENT_REQUIRED")
    assert watched.kept.alarms == []
    await watched.ask(list(numbers(1))[3])
    assert watched.kept.of(AlarmKind.ORDERED_NUMBERS) == [3]


async def test_a_burst_while_offices_are_closed() -> None:
    watched, people = Watched(), list(numbers())
    await watched.ask(people[0], at=NIGHT)
    await watched.ask(people[0], at=NIGHT)
    assert watched.kept.alarms == []
    await watched.ask(people[1], at=NIGHT)
    assert watched.kept.of(AlarmKind.OUT_OF_HOURS) == [2]


async def test_people_about_themselves_and_acts_are_no_looking_about() -> None:
    watched = Watched()
    for person in list(numbers(1))[:30]:
        await watched.ask(person, person=DIGESTS.person(person), at=NIGHT)
        await watched.ask(person, person="5a" * 16, at=NIGHT)
        await watched.ask(person, administrative=Administrative("CONSENT_RECORD", "consent:1"), listed=True, at=NIGHT)
    assert watched.kept.alarms == []


async def test_a_rule_suspends_the_client_from_its_count_on() -> None:
    watched = Watched(suspends={"MANY_PEOPLE": 8})
    for person in list(numbers())[:7]:
        await watched.ask(person)
    assert watched.suspended == []
    await watched.ask(list(numbers())[7])
    assert watched.suspended == [("bank-a-desk", AlarmKind.MANY_PEOPLE, 8)]
    await watched.ask(list(numbers())[7])
    assert len(watched.suspended) == 1


async def test_a_clients_own_count_stands_before_the_rules() -> None:
    own = Watched(limits=msgspec.convert({"alarms": {"MANY_PEOPLE": 9, "ORDERED_NUMBERS": None}}, Limits))
    for person in list(numbers(1))[:8]:
        await own.ask(person)
    assert own.kept.alarms == []
    await own.ask(list(numbers(1))[8])
    assert [(alarm.kind, alarm.count) for alarm in own.kept.alarms] == [(AlarmKind.MANY_PEOPLE, 9)]


async def test_a_clients_own_count_above_the_one_that_suspends_lifts_that_too() -> None:
    own = Watched(suspends={"MANY_PEOPLE": 6}, limits=msgspec.convert({"alarms": {"MANY_PEOPLE": 9}}, Limits))
    for person in list(numbers())[:8]:
        await own.ask(person)
    assert own.suspended == []
    await own.ask(list(numbers())[8])
    assert own.suspended == [("bank-a-desk", AlarmKind.MANY_PEOPLE, 9)]


async def test_a_kind_without_a_rule_is_not_watched() -> None:
    watched = Watched(rules={"MANY_REFUSALS": 4})
    for person in list(numbers(1))[:30]:
        await watched.ask(person, at=NIGHT)
    assert watched.kept.alarms == []


async def test_a_failure_is_logged_without_a_word_of_it_and_told_again_at_the_next_ask() -> None:
    watched, people = Watched(kept=Kept(fails=1)), list(numbers())
    with capture_logs() as told:
        for person in people[:5]:
            await watched.ask(person)
    assert [line["event"] for line in told] == ["watch_failed"]
    assert "5301" not in str(told)
    assert watched.kept.alarms == []
    await watched.ask(people[4])
    assert watched.kept.of(AlarmKind.MANY_PEOPLE) == [5]


@pytest.mark.redis
async def test_two_gateways_count_together_and_raise_one_alarm(redis_server: RedisServer) -> None:
    here, there = (Watched(RedisCounters(redis_server.url)) for _ in range(2))
    for n, person in enumerate(list(numbers())[:5]):
        await (here, there)[n % 2].ask(person)
    assert here.kept.of(AlarmKind.MANY_PEOPLE) == [5]
    await there.ask(list(numbers())[4])
    assert {alarm.id for alarm in here.kept.alarms} == {alarm.id for alarm in there.kept.alarms}
    for watched in (here, there):
        await watched.counters.close()
