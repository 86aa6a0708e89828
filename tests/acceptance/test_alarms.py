"""From conspicuous asks to an alarm that the credit office reads and acknowledges, in the whole application."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from policies.rulebook import FOLDER
from tests.acceptance.in_process import PEOPLE, Asked, serving

ASK = """query($id: IdNumber!) {
  person(idNumber: $id, purpose: LOAN_APPROVAL, reference: "A-2026-1") { financial { hasLoanAccounts } }
}"""
ALARMS = "{ alarms { id kind client operator purpose count state acknowledgedBy } }"
ACKNOWLEDGE = "mutation($id: ID!) { acknowledgeAlarm(id: $id) { state acknowledgedBy } }"
RULES = "alarms: {MANY_PEOPLE: {count: 4}, MANY_REFUSALS: {count: 3}, OUT_OF_HOURS: {count: 1000}}"
SUSPENDING = "alarms: {MANY_PEOPLE: {count: 3, suspend: 5}}"


@pytest.fixture
async def asked(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Asked]:
    policies = tmp_path / "policies"
    shutil.copytree(FOLDER, policies, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    (policies / "alarms.yaml").write_text(getattr(request, "param", RULES), "utf-8")
    async with serving(tmp_path / "data", policies=policies) as asked:
        yield asked


async def alarms(asked: Asked, client: str = "credit-office") -> list[dict[str, object]]:
    return (await asked.post(client, ALARMS, {})).json()["data"]["alarms"]


async def test_an_alarm_is_raised_read_acknowledged_and_raised_again(asked: Asked) -> None:
    numbers = list(dict.fromkeys(PEOPLE.values()))
    for number in numbers[:3]:
        await asked.post("bank-officer", ASK, {"id": number})
    assert [alarm["kind"] for alarm in await alarms(asked)] in ([], ["MANY_REFUSALS"])
    await asked.post("bank-officer", ASK, {"id": numbers[3]})
    (alarm,) = [alarm for alarm in await alarms(asked) if alarm["kind"] == "MANY_PEOPLE"]
    assert (alarm["client"], alarm["count"], alarm["state"]) == ("bank-officer", 4, "OPEN")
    assert alarm["purpose"] == "LOAN_APPROVAL"
    assert not set(numbers) & set(json.dumps(await alarms(asked)).split('"'))

    answer = await asked.post("credit-office", ACKNOWLEDGE, {"id": alarm["id"]})
    assert answer.json()["data"]["acknowledgeAlarm"]["state"] == "ACKNOWLEDGED"
    entry = await asked.last_entry()
    assert entry["event"] == "administration"
    act = entry["administrative"]
    assert (act["act"], act["object"], act["changed"]) == ("ALARM_ACKNOWLEDGE", f"alarm:{alarm['id']}", 1)
    await asked.post("credit-office", ACKNOWLEDGE, {"id": alarm["id"]})
    assert (await asked.last_entry())["administrative"]["changed"] == 0

    for number in numbers[4:8]:
        await asked.post("bank-officer", ASK, {"id": number})
    (grown,) = [alarm for alarm in await alarms(asked) if alarm["kind"] == "MANY_PEOPLE"]
    assert (grown["count"], grown["state"], grown["acknowledgedBy"]) == (8, "OPEN", None)
    metrics = (await asked.http.get("/metrics")).text
    assert 'gateway_alarms_total{kind="MANY_PEOPLE"} 1.0' in metrics


async def test_many_refusals_are_seen_and_the_bank_does_not_see_the_alarm(asked: Asked) -> None:
    for _ in range(3):
        await asked.post("bank-officer", "{ nothing }", {})
    assert [(alarm["kind"], alarm["count"]) for alarm in await alarms(asked)] == [("MANY_REFUSALS", 3)]
    assert len(await alarms(asked, "auditor")) == 1
    for client in ("bank-officer", "bank-system", "analyst"):
        assert await alarms(asked, client) is None
        assert (await asked.last_entry())["code"] == "ACT_NOT_PERMITTED"


async def test_a_hostile_name_of_an_alarm_is_refused_and_sealed(asked: Asked) -> None:
    for id in ("x", "' OR 1=1 --", PEOPLE["clean"], "\x00", "号" * 200):
        answer = await asked.post("credit-office", ACKNOWLEDGE, {"id": id})
        assert answer.json()["errors"][0]["extensions"]["code"] == "ALARM_NOT_FOUND"
        entry = await asked.last_entry()
        assert entry["code"] == "ALARM_NOT_FOUND"
        assert PEOPLE["clean"] not in json.dumps(entry) + answer.text


@pytest.mark.parametrize("asked", [SUSPENDING], indirect=True)
async def test_a_rule_suspends_the_client_from_the_next_request_on(asked: Asked) -> None:
    numbers = list(dict.fromkeys(PEOPLE.values()))
    for number in numbers[:5]:
        assert (await asked.post("bank-officer", ASK, {"id": number})).status_code == 200
    entry = await asked.last_entry()
    act = entry["administrative"]
    assert (act["act"], act["object"]) == ("CLIENT_SUSPEND", "client:bank-officer")
    assert (act["reason"], act["changed"], entry["operator"]) == ("ALARM", 1, "watch")
    asked.recorder.clear()
    for _ in range(3):
        answer = await asked.post("bank-officer", ASK, {"id": numbers[0]})
        assert answer.json()["errors"][0]["extensions"]["code"] == "CLIENT_SUSPENDED"
        assert (await asked.last_entry())["code"] == "CLIENT_SUSPENDED"
    assert not asked.recorder.plans
    assert (await asked.post("bank-system", "{ me { role } }", {})).json()["data"]
    (alarm,) = await alarms(asked)
    assert alarm["count"] == 5
