"""Who asks how much, for what, over time: exact counts, for those who may read the log itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from exchange.wording import Words
from gateway.dashboard import csv, span
from gateway.dashboard.naming import named
from gateway.dashboard.page import Page, Part
from gateway.dashboard.span import Span
from gateway.dashboard.visit import Visit

_DOCUMENT = """query Asks($since: String!, $until: String!, $by: [ActivityDimension!]!) {
  activity(since: $since, until: $until, by: $by) {
    entries period event purpose role client district
  }
}"""
_BY = {"purpose": "PURPOSE", "role": "ROLE", "client": "CLIENT", "district": "DISTRICT"}
_LINES = 5
"""Lines of the chart; the others are one together."""


@dataclass(slots=True)
class Asked:
    """Asks that are alike in what the page is by."""

    code: str
    name: str
    asks: int = 0
    refused: int = 0
    by_period: Counter[str] = field(default_factory=Counter)


async def draw(visit: Visit) -> Response:
    by, over = _by(visit.query("by")), span.span(visit)
    asked = await _asked(visit, by, over)
    asks, refused = sum(each.asks for each in asked), sum(each.refused for each in asked)
    names, rows = _chart(visit, over, asked)
    return visit.show(
        "asks.html",
        by=by,
        ways=tuple(_BY),
        over=over,
        spans=span.options(visit),
        asked=asked,
        asks=asks,
        refused=refused,
        share=percent(refused, asks),
        busiest=max(asked, key=lambda each: each.asks, default=None),
        names=names,
        rows=rows,
        percent=percent,
    )


async def export(visit: Visit) -> Response:
    by, over = _by(visit.form.get("by", "")), span.span(visit, visit.form.get("span", ""))
    asked = await _asked(visit, by, over)
    rows = [
        [period, each.code, each.name, each.by_period[period]]
        for period in over.periods
        for each in asked
        if each.by_period[period]
    ]
    return csv.download(f"asks-by-{by}", [visit.t("period"), visit.t("code"), visit.t(by), visit.t("asks")], rows)


async def _asked(visit: Visit, by: str, over: Span) -> list[Asked]:
    """The most asked first."""
    variables = {**over.variables, "by": ["PERIOD", _BY[by], "EVENT"]}
    found: dict[str, Asked] = {}
    for cell in asks_of((await visit.api(_DOCUMENT, variables)).field("activity")):
        code = cell[by]
        each = found.setdefault(code, Asked(code, named(visit, by, code)))
        each.asks += cell["entries"]
        each.by_period[over.period(cell["period"])] += cell["entries"]
        if cell["event"] == "refusal":
            each.refused += cell["entries"]
    return sorted(found.values(), key=lambda each: (-each.asks, each.code))


def asks_of(cells: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without acts of administration."""
    return [cell for cell in cells if cell["event"] != "administration"]


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _chart(visit: Visit, over: Span, asked: list[Asked]) -> tuple[list[str], list[list[object]]]:
    if not asked:
        return [], []
    first, rest = asked[:_LINES], asked[_LINES:]
    names = [visit.t("period"), *(each.name for each in first)]
    rows: list[list[object]] = [
        [period, *(each.by_period[period] for each in first)]
        + ([sum(each.by_period[period] for each in rest)] if rest else [])
        for period in over.periods
    ]
    return ([*names, visit.t("others")] if rest else names), rows


def _by(said: str) -> str:
    return said if said in _BY else "purpose"


PAGE = Page(
    "/asks",
    Words("Asks", "查询量"),
    draw,
    act="ACTIVITY_READ",
    parts=(Part("/export.csv", export, methods=("POST",)),),
    words={
        **span.WORDS,
        "lead": Words(
            "Every ask that was answered or refused, as the log has it: exact, and up to now.",
            "日志中每一次已答复或被拒绝的查询；为截至当前的准确数。",
        ),
        "by": Words("By", "分组方式"),
        "purpose": Words("Purpose", "查询目的"),
        "role": Words("Role", "角色"),
        "client": Words("Client", "接入端"),
        "district": Words("District", "行政区划"),
        "period": Words("Day or month", "日期（月份）"),
        "code": Words("Code", "代码"),
        "asks": Words("Asks", "查询次数"),
        "answered": Words("Answered", "已答复"),
        "refused": Words("Refused", "被拒绝"),
        "share": Words("Refused, of all", "拒绝率"),
        "busiest": Words("Most asks", "最多"),
        "over_time": Words("Asks over time", "查询量走势"),
        "in_all": Words("In all", "合计"),
        "others": Words("all others", "其他合计"),
        "whole_city": Words("the whole city", "全市"),
        "no_purpose": Words("no purpose named", "未注明目的"),
        "nothing": Words(
            "Nobody asked anything in this time. Choose a longer one.", "该时间范围内没有查询，请选择更长的时间范围。"
        ),
    },
)
