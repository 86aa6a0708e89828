"""Alarms are kept once for each window, grow, open again, and are acknowledged with the seal; on both servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.alarm import Alarm, AlarmKind, AlarmState
from exchange.disclosure import Administrative, Disclosure
from exchange.refusals import ChangedMeanwhile
from exchange.store.alarm import Alarms, acknowledgement
from exchange.store.database import Database
from exchange.store.log import Log
from tests.exchange.store.conftest import NOW

ALARM = Alarm("a1", AlarmKind.MANY_PEOPLE, "bank-a", "desk", "李伟", None, NOW, 20)


async def test_what_is_kept_comes_back_and_only_grows(database: Database) -> None:
    alarms = Alarms(database)
    assert await alarms.named("a1") is None
    await alarms.keep(ALARM)
    await alarms.keep(replace(ALARM, count=19, operator="somebody"))
    assert await alarms.named("a1") == ALARM
    later = replace(ALARM, count=40, raised_at=NOW + timedelta(minutes=5), purpose="POST_LOAN")
    await alarms.keep(later)
    assert await alarms.named("a1") == replace(ALARM, count=40)


async def test_the_newest_first_and_by_state(database: Database) -> None:
    alarms = Alarms(database)
    for n in range(5):
        await alarms.keep(replace(ALARM, id=f"a{n}", raised_at=NOW + timedelta(minutes=n)))
    assert [alarm.id for alarm in await alarms.latest(3)] == ["a4", "a3", "a2"]
    assert [alarm.id for alarm in await alarms.latest(9, AlarmState.OPEN)] == ["a4", "a3", "a2", "a1", "a0"]
    assert await alarms.latest(9, AlarmState.ACKNOWLEDGED) == []
    assert await alarms.latest(0) == []


@pytest.fixture
def make_act(make_disclosure: Callable[..., Disclosure]) -> Callable[[Alarm], Disclosure]:
    def make(alarm: Alarm) -> Disclosure:
        said = Administrative("ALARM_ACKNOWLEDGE", f"alarm:{alarm.id}", changed=True)
        change = acknowledgement(alarm, "zhao.min", NOW)
        return make_disclosure(people=(), decisions={}, administrative=said, changes=(change,))

    return make


async def test_an_acknowledgement_stands_with_its_entry(
    database: Database, log: Log, make_act: Callable[[Alarm], Disclosure]
) -> None:
    alarms = Alarms(database)
    await alarms.keep(ALARM)
    await log.seal([make_act(ALARM)], None)
    found = await alarms.named("a1")
    assert found == replace(ALARM, state=AlarmState.ACKNOWLEDGED, acknowledged_by="zhao.min", acknowledged_at=NOW)
    assert (await log.head()).sequence == 1
    assert await alarms.latest(9, AlarmState.OPEN) == []
    await alarms.keep(replace(ALARM, count=40))
    assert await alarms.latest(9, AlarmState.OPEN) == [replace(ALARM, count=40)]


async def test_an_alarm_that_grew_meanwhile_is_not_acknowledged(
    database: Database, log: Log, make_act: Callable[[Alarm], Disclosure]
) -> None:
    alarms = Alarms(database)
    await alarms.keep(ALARM)
    act = make_act(ALARM)
    await alarms.keep(replace(ALARM, count=40))
    with pytest.raises(ChangedMeanwhile):
        await log.seal([act], None)
    assert await alarms.named("a1") == replace(ALARM, count=40)
    assert (await log.head()).sequence == 0
