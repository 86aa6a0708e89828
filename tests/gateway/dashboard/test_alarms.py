"""Alarms, and who may say that somebody has looked."""

from __future__ import annotations

from exchange.alarm import AlarmState
from tests.gateway.dashboard.conftest import Dashboard
from tests.gateway.dashboard.reading import downloaded, text
from tools.shots.history import alarm

HOSTILE = '=HYPERLINK("https://evil.invalid")<img src=x onerror=alert(1)>\u202e\u200b'


async def raised(dashboard: Dashboard, operator: str = "wu.fang", client: str = "bank-officer") -> str:
    one = alarm(dashboard.clock(), operator, client)
    await dashboard.app.state.gateway.services.alarms.keep(one)
    return one.id


async def state(dashboard: Dashboard, id: str) -> tuple[AlarmState, str | None]:
    found = await dashboard.app.state.gateway.services.alarms.named(id)
    return found.state, found.acknowledged_by


async def test_the_credit_office_acknowledges_one_and_the_log_says_so(dashboard: Dashboard) -> None:
    id = await raised(dashboard)
    visitor = dashboard.visitor()
    await visitor.signed_in("lin.wei")
    answer = await visitor.post("/dashboard/alarms/acknowledge", form_token=await visitor.form_token(), id=id)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/alarms")
    assert await state(dashboard, id) == (AlarmState.ACKNOWLEDGED, "lin.wei")
    assert "lin.wei" in text(await visitor.get("/dashboard/alarms?state=ACKNOWLEDGED"))
    assert id not in (await visitor.get("/dashboard/alarms?state=OPEN")).text


async def test_an_auditor_reads_and_is_refused_the_act_whatever_the_page_shows(dashboard: Dashboard) -> None:
    id = await raised(dashboard)
    visitor = dashboard.visitor()
    await visitor.signed_in("sun.hao")
    page = await visitor.get("/dashboard/alarms")
    assert page.status_code == 200
    assert "/dashboard/alarms/acknowledge" not in page.text
    answer = await visitor.post("/dashboard/alarms/acknowledge", form_token=await visitor.form_token(), id=id)
    assert answer.status_code == 403
    assert "act ALARM_ACKNOWLEDGE" in answer.text
    assert await state(dashboard, id) == (AlarmState.OPEN, None)


async def test_without_the_sessions_token_nothing_is_acknowledged(dashboard: Dashboard) -> None:
    id = await raised(dashboard)
    visitor = dashboard.visitor()
    await visitor.signed_in("lin.wei")
    for headers, fields in (
        (None, {"id": id}),
        (None, {"id": id, "form_token": "x" * 43}),
        ({"Sec-Fetch-Site": "cross-site"}, {"id": id, "form_token": await visitor.form_token()}),
    ):
        answer = await visitor.post("/dashboard/alarms/acknowledge", headers=headers, **fields)
        assert answer.status_code in {403, 409}
    assert (await visitor.get(f"/dashboard/alarms/acknowledge?id={id}")).status_code in {404, 405}
    assert await state(dashboard, id) == (AlarmState.OPEN, None)


async def test_an_alarm_that_is_none_is_refused(dashboard: Dashboard) -> None:
    visitor = dashboard.visitor()
    await visitor.signed_in("lin.wei")
    token = await visitor.form_token()
    for id in ("", "x", "x" * 5000, HOSTILE):
        answer = await visitor.post("/dashboard/alarms/acknowledge", form_token=token, id=id)
        assert "ALARM_NOT_FOUND" in answer.text
        assert "<img src=x" not in answer.text


async def test_names_of_others_are_harmless_visible_and_no_formula(dashboard: Dashboard) -> None:
    await raised(dashboard, HOSTILE, "\u202edesk")
    visitor = dashboard.visitor()
    await visitor.signed_in("lin.wei")
    page = await visitor.get("/dashboard/alarms")
    assert "<img src=x" not in page.text
    assert "\u202e" not in page.text
    assert '<span class="unseen">U+202E</span>desk' in page.text
    assert '<span class="unseen">U+200B</span>' in page.text
    rows = await downloaded(visitor, "/dashboard/alarms/export.csv")
    [row] = [row for row in rows if "HYPERLINK" in row["Operator"]]
    assert row["Operator"] == "'" + HOSTILE
