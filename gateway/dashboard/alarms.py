"""Alarms on conspicuous asking, and the credit office's word that it has looked at one."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from exchange.wording import Words
from gateway.dashboard import csv
from gateway.dashboard.headers import PAGE as HEADERS
from gateway.dashboard.naming import named
from gateway.dashboard.origin import ROOT
from gateway.dashboard.page import Page, Part
from gateway.dashboard.visit import Visit

_FIELDS = "id kind organisation client operator purpose raisedAt count state acknowledgedBy acknowledgedAt"
_DOCUMENT = f"""query Alarms($state: AlarmState) {{
  alarms(state: $state, first: 100) {{ {_FIELDS} }}
}}"""
_ACKNOWLEDGE = "mutation Acknowledge($id: ID!) { acknowledgeAlarm(id: $id) { id state } }"
_ACT = "ALARM_ACKNOWLEDGE"
_SEE_OTHER = 303
_LONGEST_ID = 64
_STATES = ("OPEN", "ACKNOWLEDGED")


async def draw(visit: Visit) -> Response:
    state = _state(visit.query("state"))
    alarms = (await visit.api(_DOCUMENT, {"state": state or None})).field("alarms")
    return visit.show(
        "alarms.html",
        alarms=alarms,
        state=state,
        states=[("", visit.t("all")), *((each, visit.t(f"state_{each}")) for each in _STATES)],
        may=any(act["code"] == _ACT for act in visit.me["acts"]),
        name=lambda dimension, value: named(visit, dimension, value),
    )


async def acknowledge(visit: Visit) -> Response:
    """The form's own act; whether the role may is for the API to say."""
    (await visit.api(_ACKNOWLEDGE, {"id": visit.form.get("id", "")[:_LONGEST_ID]})).field("acknowledgeAlarm")
    state = _state(visit.form.get("state", ""))
    return RedirectResponse(f"{ROOT}/alarms" + (f"?state={state}" if state else ""), _SEE_OTHER, dict(HEADERS))


async def export(visit: Visit) -> Response:
    state = _state(visit.form.get("state", ""))
    alarms = (await visit.api(_DOCUMENT, {"state": state or None})).field("alarms")
    header = ["when", "kind", "organisation", "client", "operator", "purpose", "count", "state", "by", "at"]
    names = ["raisedAt", "kind", "organisation", "client", "operator", "purpose", "count", "state"]
    rows = [[*(each[name] for name in names), each["acknowledgedBy"], each["acknowledgedAt"]] for each in alarms]
    return csv.download("alarms", [visit.t(each) for each in header], rows)


def _state(said: str) -> str:
    return said if said in _STATES else ""


PAGE = Page(
    "/alarms",
    Words("Alarms", "异常预警"),
    draw,
    act="ALARM_READ",
    parts=(
        Part("/acknowledge", acknowledge, methods=("POST",)),
        Part("/export.csv", export, methods=("POST",)),
    ),
    words={
        "lead": Words(
            "What of a permitted access looks like misuse. An alarm stops nobody by itself: somebody has to look.",
            "合法权限下疑似滥用的查询行为。预警本身不阻断查询，须由人工核查。",
        ),
        "when": Words("Raised", "产生时间"),
        "kind": Words("What", "类型"),
        "organisation": Words("Organisation", "机构"),
        "client": Words("Client", "接入端"),
        "operator": Words("Operator", "操作人"),
        "purpose": Words("Purpose", "查询目的"),
        "count": Words("Count", "数量"),
        "state": Words("State", "状态"),
        "by": Words("Acknowledged by", "确认人"),
        "at": Words("Acknowledged at", "确认时间"),
        "acknowledge": Words("Acknowledge", "确认"),
        "state_OPEN": Words("open", "待核查"),
        "state_ACKNOWLEDGED": Words("acknowledged", "已确认"),
        "MANY_PEOPLE": Words("Many people", "查询人数过多"),
        "MANY_REFUSALS": Words("Many refusals", "多次被拒绝"),
        "ORDERED_NUMBERS": Words("Numbers in order", "按号码顺序查询"),
        "OUT_OF_HOURS": Words("Out of hours", "非工作时间查询"),
        "no_purpose": Words("no purpose named", "未注明目的"),
        "open_now": Words("Waiting for somebody", "待核查"),
        "acknowledged": Words("Acknowledged", "已确认"),
        "operators": Words("Operators concerned", "涉及操作人"),
        "nothing": Words("No alarm. Nobody's asking was conspicuous.", "暂无预警，未发现异常查询。"),
    },
)
