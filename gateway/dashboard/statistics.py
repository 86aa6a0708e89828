"""Counts without persons, for those to whom the matrix gives no more: whole months, small counts suppressed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from exchange.wording import Words
from gateway.dashboard import csv
from gateway.dashboard.naming import named
from gateway.dashboard.page import Page, Part
from gateway.dashboard.visit import Visit

_KEY = "key { month clientKind role purpose district code department recordType treatment state }"
_DOCUMENTS = {
    "asks": f"""query Asks($since: String, $until: String, $by: [StatisticDimension!]!) {{
  statistics(since: $since, until: $until) {{
    since until months asOf total {{ suppressed asks people refused }}
    counts: asks(by: $by) {{ {_KEY} suppressed asks people refused }}
  }}
}}""",
    "releases": f"""query Releases($since: String, $until: String, $by: [StatisticDimension!]!) {{
  statistics(since: $since, until: $until) {{
    since until months asOf total {{ suppressed asks people refused }}
    counts: releases(by: $by) {{ {_KEY} suppressed asks delivered }}
  }}
}}""",
    "states": f"""query States($since: String, $until: String, $by: [StatisticDimension!]!) {{
  statistics(since: $since, until: $until) {{
    since until months asOf total {{ suppressed asks people refused }}
    counts: sourceStates(by: $by) {{ {_KEY} suppressed asks }}
  }}
}}""",
}
_MEASURES = {"asks": ("asks", "people", "refused"), "releases": ("asks", "delivered"), "states": ("asks",)}
_SHARED = {
    "month": "MONTH",
    "purpose": "PURPOSE",
    "role": "ROLE",
    "clientKind": "CLIENT_KIND",
    "district": "DISTRICT",
}
_BY = {
    "asks": _SHARED | {"code": "CODE"},
    "releases": _SHARED | {"department": "DEPARTMENT", "recordType": "RECORD_TYPE", "treatment": "TREATMENT"},
    "states": _SHARED | {"department": "DEPARTMENT", "state": "STATE"},
}
_TOGETHER = {("states", "department"): "state"}
"""Counts that say little without a second dimension."""
_LONGEST = 32
SUPPRESSED = {
    "few": Words("<10", "少于 10"),
    "few_more": Words(
        "“<10” is told where there are fewer than ten, none at all, or a count from which a small one could be worked"
        " out. It is never zero.",
        "“少于 10”表示数量不足十、为零，或公布后可据以推算出小数目；不代表零。",
    ),
}
MONTHS = {
    "since": Words("From month", "起始月份"),
    "until": Words("To month", "截止月份"),
    "month": Words("Month", "月份"),
    "no_months": Words(
        "No month in this time has been counted: a month is told once it has ended.",
        "该时间范围内尚无已统计的月份：每月结束后方可公布。",
    ),
}


async def draw(visit: Visit) -> Response:
    of, by = _chosen(visit.query("of"), visit.query("by"))
    found = await _statistics(visit, of, by, visit.query("since"), visit.query("until"))
    counts = found["counts"]
    if by != "month":  # months keep their order; of the rest what is told comes first
        counts = sorted(counts, key=lambda cell: cell["suppressed"])
    return visit.show(
        "statistics.html",
        of=of,
        by=by,
        ways=_BY[of],
        found=found,
        measures=_MEASURES[of],
        cells=[(_name(visit, of, by, cell), cell) for cell in counts],
        told=sum(not cell["suppressed"] for cell in counts),
    )


async def export(visit: Visit) -> Response:
    of, by = _chosen(visit.form.get("of", ""), visit.form.get("by", ""))
    found = await _statistics(visit, of, by, visit.form.get("since", ""), visit.form.get("until", ""))
    measures, few = _MEASURES[of], visit.t("few")
    rows = [
        [
            _code(of, by, cell),
            _name(visit, of, by, cell),
            *(few if cell[each] is None else cell[each] for each in measures),
        ]
        for cell in found["counts"]
    ]
    return csv.download(
        f"statistics-{of}-by-{by.lower()}", [visit.t("code"), visit.t(by), *(visit.t(each) for each in measures)], rows
    )


async def _statistics(visit: Visit, of: str, by: str, since: str, until: str) -> Mapping[str, Any]:
    variables = {**months_of(since, until), "by": [_BY[of][each] for each in _dimensions(of, by)]}
    return (await visit.api(_DOCUMENTS[of], variables)).field("statistics")


def months_of(since: str, until: str) -> dict[str, str | None]:
    """As the API takes them; what is no month it refuses."""
    return {"since": since[:_LONGEST] or None, "until": until[:_LONGEST] or None}


def _chosen(of: str, by: str) -> tuple[str, str]:
    of = of if of in _BY else "asks"
    return of, by if by in _BY[of] else "month"


def _code(of: str, by: str, cell: Mapping[str, Any]) -> str:
    return ".".join(cell["key"][each] or "" for each in _dimensions(of, by))


def _dimensions(of: str, by: str) -> list[str]:
    second = _TOGETHER.get((of, by))
    return [by, second] if second else [by]


def _name(visit: Visit, of: str, by: str, cell: Mapping[str, Any]) -> str:
    return ": ".join(named(visit, each, cell["key"][each] or "") for each in _dimensions(of, by))


PAGE = Page(
    "/statistics",
    Words("Statistics", "统计"),
    draw,
    act="STATISTICS_READ",
    parts=(Part("/export.csv", export, methods=("POST",)),),
    words={
        **SUPPRESSED,
        **MONTHS,
        "lead": Words(
            "Counts of whole months that have ended, from which no person can be worked out. Reading them is sealed.",
            "按已结束的整月统计，无法据以推知任何个人。查阅行为记入日志。",
        ),
        "of_asks": Words("Asks", "查询量"),
        "of_releases": Words("Releases", "信息提供"),
        "of_states": Words("Source states", "部门应答"),
        "what": Words("What is counted", "统计内容"),
        "by": Words("By", "分组方式"),
        "purpose": Words("Purpose", "查询目的"),
        "role": Words("Role", "角色"),
        "clientKind": Words("Kind of client", "机构类型"),
        "district": Words("District", "行政区划"),
        "code": Words("Code", "代码"),
        "department": Words("Department", "部门"),
        "recordType": Words("Record type", "记录类别"),
        "treatment": Words("Treatment", "处理方式"),
        "state": Words("State", "状态"),
        "asks": Words("Asks", "查询次数"),
        "people": Words("People", "人数"),
        "refused": Words("Refused", "被拒绝"),
        "delivered": Words("Delivered", "已提供"),
        "total": Words("All asks", "全部查询"),
        "cells_told": Words("Cells with figures", "可公布单元"),
        "answered": Words("answered", "已答复"),
        "whole_city": Words("the whole city", "全市"),
        "no_purpose": Words("no purpose named", "未注明目的"),
        "kind_bank": Words("Bank", "银行"),
        "kind_rural_cooperative": Words("Rural cooperative", "农村信用社"),
        "kind_agency": Words("Credit reporting agency", "征信机构"),
        "kind_department": Words("Department", "政府部门"),
        "kind_utility": Words("Utility", "公用事业单位"),
        "kind_court": Words("Court", "法院"),
        "kind_credit_office": Words("Credit office", "信用办"),
        "kind_public": Words("The people themselves", "信息主体本人"),
        "kind_sandbox": Words("Developers, on synthetic people", "开发沙箱"),
    },
)
