"""How the departments answer: state, success, times, as-of, drift, invalid values; live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from exchange.wording import Words
from gateway.dashboard import csv, live
from gateway.dashboard.asks import percent
from gateway.dashboard.naming import named
from gateway.dashboard.page import Page, Part
from gateway.dashboard.visit import Visit

_DOCUMENT = """query Departments {
  sources {
    department state since asOf
    shapes { source state since differences }
    health { source asks delivered p50Ms p95Ms p99Ms invalidValues breakerOpen }
  }
}"""
_WELL = frozenset({"DELIVERED", "UNKNOWN"})
_FIGURES = ("asks", "delivered", "p50Ms", "p95Ms", "p99Ms", "invalidValues")
_UNTOLD = {"source": "", **dict.fromkeys(_FIGURES)}
"""Where the API tells this role no more than the state."""
STATES = {
    "DELIVERED": Words("answers", "正常"),
    "UNKNOWN": Words("not asked yet", "尚未查询"),
    "UNREACHABLE": Words("cannot be reached", "不可达"),
    "TIMEOUT": Words("no answer in time", "超时"),
    "BUSY": Words("busy", "繁忙"),
    "BREAKER_OPEN": Words("left alone after failures", "熔断中"),
    "MAINTENANCE": Words("maintenance", "维护中"),
    "SHAPE_CHANGED": Words("its shape changed", "结构已变更"),
    "FAILED": Words("failed", "失败"),
}
"""How a department answered last."""


async def draw(visit: Visit) -> Response:
    return visit.show("departments.html", **await _told(visit), mark=live.mark(visit))


async def rows(visit: Visit) -> Response:
    return visit.show("departments_rows.html", **await _told(visit))


async def events(visit: Visit) -> Response:
    return live.stream(visit, rows)


async def export(visit: Visit) -> Response:
    header = ("department", "source", "state", "as_of", "asks", "delivered", "p50", "p95", "p99", "invalid", "shape")
    found = (await visit.api(_DOCUMENT)).field("sources")
    lines = [
        [
            each["department"],
            one["source"],
            each["state"],
            each["asOf"],
            *(one[name] for name in _FIGURES),
            _shape(each, one["source"]),
        ]
        for each in found
        for one in each["health"] or [_UNTOLD]
    ]
    return csv.download("departments", [visit.t(each) for each in header], lines)


async def _told(visit: Visit) -> dict[str, Any]:
    sources = (await visit.api(_DOCUMENT)).field("sources")
    down = [each for each in sources if each["state"] not in _WELL]
    return {
        "sources": sources,
        "down": down,
        "asked": any(each["state"] != "UNKNOWN" for each in sources),
        "names": {each["department"]: named(visit, "department", each["department"]) for each in sources},
        "success": lambda one: percent(one["delivered"], one["asks"]),
        "well": lambda each: each["state"] in _WELL,
        "shape": _shape,
        "differences": _differences,
    }


def _shape(source: Mapping[str, Any], name: str) -> str:
    return next((each["state"] for each in source["shapes"] if each["source"] == name), "UNKNOWN")


def _differences(source: Mapping[str, Any], name: str) -> Sequence[str]:
    return next((each["differences"] or () for each in source["shapes"] if each["source"] == name), ())


PAGE = Page(
    "/departments",
    Words("Departments", "部门数据源"),
    draw,
    act="LOG_STATE",
    parts=(
        Part("/live", events, polls=True),
        Part("/export.csv", export, methods=("POST",)),
    ),
    words={
        **STATES,
        "lead": Words(
            "How each department's sources answer, since this process of the gateway started. What changes shows by"
            " itself.",
            "各部门数据源自本进程启动以来的应答情况；变化会自动显示。",
        ),
        "department": Words("Department", "部门"),
        "source": Words("Source", "数据源"),
        "state": Words("State", "状态"),
        "since": Words("Since", "自"),
        "asks": Words("Asks", "请求次数"),
        "delivered": Words("Answered", "已应答"),
        "success": Words("Success", "成功率"),
        "p50": Words("p50, ms", "p50 毫秒"),
        "p95": Words("p95, ms", "p95 毫秒"),
        "p99": Words("p99, ms", "p99 毫秒"),
        "invalid": Words("Invalid values", "无效值"),
        "shape": Words("Shape", "结构"),
        "breaker": Words("left alone for a while", "暂停访问"),
        "live": Words("Live", "实时"),
        "connecting": Words("Connecting …", "正在连接……"),
        "lost": Words("Connection lost; trying again", "连接中断，正在重试"),
        "live_ended": Words(
            "No longer live: the session ended, or the gateway gave up.", "实时更新已停止：会话已结束或服务中断。"
        ),
        "all_well": Words("Every department that was asked answers.", "所有被查询的部门均正常应答。"),
        "none_asked": Words("No department has been asked yet.", "尚未查询任何部门。"),
        "some_down": Words("Not answering:", "未能应答："),
        "not_told": Words("How sources answer is told to those who supervise.", "数据源的应答情况仅向监督人员提供。"),
        "SAME": Words("as at the start", "未变化"),
        "DRIFTED": Words("changed, still fits", "有变化，仍适配"),
        "UNFIT": Words("no longer fits", "不再适配"),
    },
)
