"""The first page: who I am to the gateway, until when, and what I may do."""

from __future__ import annotations

from starlette.responses import Response

from exchange.wording import Words
from gateway.dashboard import departments
from gateway.dashboard.page import Page
from gateway.dashboard.visit import Visit

_DOCUMENT = """query Overview {
  catalogue { titleZh titleEn version state }
  sources { department state since asOf }
}"""


async def draw(visit: Visit) -> Response:
    answer = await visit.api(_DOCUMENT)
    return visit.show(
        "overview.html",
        catalogue=answer.field("catalogue"),
        sources=answer.field("sources"),
        ends_at=visit.session.ends_at,
        idle_at=visit.session.idle_at,
    )


PAGE = Page(
    "",
    Words("Overview", "概览"),
    draw,
    words={
        **departments.STATES,
        "who": Words("Who you are", "您的身份"),
        "organisation": Words("Organisation", "机构"),
        "client": Words("Client", "接入端"),
        "operator": Words("Operator", "操作人"),
        "role": Words("Role", "角色"),
        "districts": Words("Districts", "行政区划"),
        "everywhere": Words("everywhere", "全部"),
        "session": Words("Your session", "本次会话"),
        "ends": Words("Ends at the latest", "最迟结束时间"),
        "idle": Words("Ends if you do nothing", "无操作结束时间"),
        "acts": Words("What you may do", "您可以办理的事项"),
        "acts_more": Words(
            "As the policies in force say; each rests on the article named beside it.",
            "依现行策略；各事项所依据的条款列于其旁。",
        ),
        "act": Words("Act", "事项"),
        "basis": Words("Legal basis", "法律依据"),
        "no_acts": Words("The policies give this role nothing to do here.", "现行策略未授予此角色任何可办理的事项。"),
        "purposes": Words("Purposes open to you", "对您开放的查询目的"),
        "standard": Words("Standard in force", "现行标准"),
        "sources": Words("Departments", "部门数据源"),
    },
)
