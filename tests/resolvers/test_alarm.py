"""Alarms for the credit office: read, acknowledged once, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from graphql import parse

from exchange.alarm import Alarm, AlarmKind, AlarmState
from exchange.requester import Requester
from policies.current import Current
from resolvers.context import Services
from resolvers.operation import Executed, Operations
from resolvers.schema import build
from tests.resolvers.conftest import CATALOGUE, DIGESTS, ENGINE, NOW, Departments, Store

ALARMS = [
    Alarm(f"a{n}", AlarmKind.MANY_PEOPLE, "bank-a", "desk", "li.wei", "LOAN_APPROVAL", NOW + timedelta(minutes=n), 20)
    for n in range(3)
]
SEEN = replace(ALARMS[0], id="seen", state=AlarmState.ACKNOWLEDGED, acknowledged_by="zhao", acknowledged_at=NOW)
SCHEMA = build(CATALOGUE, ENGINE)
FIELDS = "id kind organisation client operator purpose raisedAt count state acknowledgedBy acknowledgedAt"


class Kept:
    async def named(self, id: str) -> Alarm | None:
        return next((alarm for alarm in (*ALARMS, SEEN) if alarm.id == id), None)

    async def latest(self, first: int, state: AlarmState | None = None) -> list[Alarm]:
        return [alarm for alarm in (*reversed(ALARMS), SEEN) if state in (None, alarm.state)][:first]


async def run(query: str, role: str = "credit-office") -> Executed:
    store = Store()
    services = Services(CATALOGUE, Current(ENGINE), Departments({}), store, store, DIGESTS, lambda: NOW, alarms=Kept())
    requester = Requester("credit-office", role, "zhao.min", role)
    return await Operations(SCHEMA, services).run(requester, parse(query), query, None, None)


def code(executed: Executed) -> Any:
    return executed.body["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("role", ["credit-office", "auditor"])
async def test_the_newest_first(role: str) -> None:
    body = (await run(f"{{ alarms {{ {FIELDS} }} }}", role)).body
    assert [alarm["id"] for alarm in body["data"]["alarms"]] == ["a2", "a1", "a0", "seen"]
    assert body["data"]["alarms"][0] == {
        "id": "a2",
        "kind": "MANY_PEOPLE",
        "organisation": "bank-a",
        "client": "desk",
        "operator": "li.wei",
        "purpose": "LOAN_APPROVAL",
        "raisedAt": (NOW + timedelta(minutes=2)).isoformat(),
        "count": 20,
        "state": "OPEN",
        "acknowledgedBy": None,
        "acknowledgedAt": None,
    }
    some = (await run("{ alarms(state: OPEN, first: 2) { id } }", role)).body
    assert [alarm["id"] for alarm in some["data"]["alarms"]] == ["a2", "a1"]


@pytest.mark.parametrize("first", [-1, 101])
async def test_at_most_a_hundred(first: int) -> None:
    executed = await run(f"{{ alarms(first: {first}) {{ id }} }}")
    assert code(executed) == "FIRST_OUT_OF_RANGE"
    assert [each.code for each in executed.disclosures] == ["FIRST_OUT_OF_RANGE"]


@pytest.mark.parametrize("role", ["bank-system", "person", "analyst", "agency"])
@pytest.mark.parametrize(
    ("query", "act"),
    [
        ("{ alarms { id } }", "ALARM_READ"),
        ('mutation { acknowledgeAlarm(id: "a1") { id } }', "ALARM_ACKNOWLEDGE"),
    ],
)
async def test_nobody_elses(role: str, query: str, act: str) -> None:
    executed = await run(query, role)
    assert code(executed) == "ACT_NOT_PERMITTED"
    assert set(executed.body["data"].values()) == {None}
    (noted,) = executed.disclosures
    assert noted.code == "ACT_NOT_PERMITTED"
    assert noted.administrative
    assert noted.administrative.act == act


async def test_the_auditor_reads_and_does_not_acknowledge() -> None:
    assert code(await run('mutation { acknowledgeAlarm(id: "a1") { id } }', "auditor")) == "ACT_NOT_PERMITTED"


async def test_acknowledging_lays_down_its_change() -> None:
    executed = await run(f'mutation {{ acknowledgeAlarm(id: "a1") {{ {FIELDS} }} }}')
    answer = executed.body["data"]["acknowledgeAlarm"]
    assert (answer["state"], answer["acknowledgedBy"]) == ("ACKNOWLEDGED", "zhao.min")
    assert answer["acknowledgedAt"] == NOW.isoformat()
    (noted,) = executed.disclosures
    assert noted.administrative
    assert (noted.administrative.object, noted.administrative.changed) == ("alarm:a1", True)
    assert len(noted.changes) == 1


async def test_acknowledging_twice_changes_nothing() -> None:
    executed = await run('mutation { acknowledgeAlarm(id: "seen") { acknowledgedBy } }')
    assert executed.body["data"]["acknowledgeAlarm"] == {"acknowledgedBy": "zhao"}
    (noted,) = executed.disclosures
    assert noted.administrative
    assert not noted.administrative.changed
    assert noted.changes == ()


async def test_an_alarm_that_is_not_there() -> None:
    executed = await run('mutation { acknowledgeAlarm(id: "a9") { id } }')
    assert code(executed) == "ALARM_NOT_FOUND"
    assert [each.code for each in executed.disclosures] == ["ALARM_NOT_FOUND"]
