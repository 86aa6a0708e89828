"""Why was this refused, or withheld? One entry of the log, in plain words, by its id."""

from __future__ import annotations

from starlette.responses import Response

from exchange.wording import Words
from gateway.dashboard.page import Page, Part
from gateway.dashboard.visit import Visit

_SAID = "code en zh"
_DOCUMENT = f"""query Why($id: ID!) {{
  logEntry(id: $id) {{
    id at event policy standard people
    by {{ organisation {{ {_SAID} }} client {{ {_SAID} }} role {{ {_SAID} }} operator }}
    purpose {{ {_SAID} }}
    ground {{ kind {{ {_SAID} }} consent basis }}
    reference {{ kind number }}
    items {{ item {{ {_SAID} }} record {{ {_SAID} }} department treatment seen {{ {_SAID} }} rule basis rows }}
    departments {{ department {{ {_SAID} }} subsystem state {{ {_SAID} }} }}
    refusal {{ code message help }}
    act {{ act {{ {_SAID} }} object reason changed basis }}
  }}
}}"""
_LONGEST = 64
_ORDER = ("WITHHELD", "EXISTS", "BANDED", "MASKED", "FULL")


async def draw(visit: Visit) -> Response:
    entry = visit.query("entry").strip()[:_LONGEST]
    return visit.show("why.html", entry=entry, found=await _entry(visit, entry) if entry else None)


async def fragment(visit: Visit) -> Response:
    entry = visit.query("entry").strip()[:_LONGEST]
    return visit.show("why_entry.html", entry=entry, found=await _entry(visit, entry) if entry else None)


async def _entry(visit: Visit, id: str) -> dict[str, object]:
    found = dict((await visit.api(_DOCUMENT, {"id": id})).field("logEntry"))
    found["items"] = sorted(found["items"], key=lambda item: (_ORDER.index(item["treatment"]), item["item"]["code"]))
    return found


PAGE = Page(
    "/why",
    Words("Why was this refused?", "为何被拒绝？"),
    draw,
    act="LOG_READ",
    parts=(Part("/entry", fragment),),
    words={
        "why_lead": Words(
            "Every answer and every refusal names the id of its entry in the log. Your look at it is an entry too.",
            "每次答复与拒绝均附有日志记录编号。您的查阅本身也会记入日志。",
        ),
        "why_entry": Words("Id of the entry", "日志记录编号"),
        "why_look": Words("Look it up", "查询"),
        "why_refused": Words("Refused", "已拒绝"),
        "why_answered": Words("Answered", "已答复"),
        "why_act": Words("Administrative act", "管理事项"),
        "why_who": Words("Who asked", "查询方"),
        "why_what": Words("For what", "查询事由"),
        "why_at": Words("When", "时间"),
        "why_organisation": Words("Organisation", "机构"),
        "why_client": Words("Client", "接入端"),
        "why_role": Words("Role", "角色"),
        "why_operator": Words("Operator", "操作人"),
        "why_purpose": Words("Purpose", "目的"),
        "why_ground": Words("Ground", "依据"),
        "why_consent": Words("Consent", "同意编号"),
        "why_reference": Words("Reference", "业务编号"),
        "why_policy": Words("Policies", "策略版本"),
        "why_items": Words("Item by item", "逐项处理结果"),
        "why_item": Words("Item", "信息项"),
        "why_seen": Words("Released", "处理方式"),
        "why_rule": Words("Rule", "规则"),
        "why_basis": Words("Legal basis", "法律依据"),
        "why_rows": Words("Only rows", "仅限记录"),
        "why_departments": Words("Departments", "部门"),
        "why_object": Words("Object", "对象"),
        "why_changed": Words("Changed anything", "是否变更"),
        "why_matrix": Words("What this role may see for this purpose", "该角色基于该目的的可见范围"),
        "why_no_items": Words(
            "Nothing was decided item by item: the ask was refused as a whole.", "整体拒绝，未逐项处理。"
        ),
    },
)
