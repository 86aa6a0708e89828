"""Consents that people gave, withdrew, or let run out: counts without persons, by month, kind of client and purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from exchange.wording import Words
from gateway.dashboard import csv, statistics
from gateway.dashboard.naming import named
from gateway.dashboard.page import Page, Part
from gateway.dashboard.visit import Visit

_KEY = "key { month clientKind purpose } suppressed given withdrawn ended"
_DOCUMENT = f"""query Consents($since: String, $until: String) {{
  statistics(since: $since, until: $until) {{
    since until months asOf
    month: consents(by: [MONTH]) {{ {_KEY} }}
    clientKind: consents(by: [CLIENT_KIND]) {{ {_KEY} }}
    purpose: consents(by: [PURPOSE]) {{ {_KEY} }}
  }}
}}"""
_WAYS = ("month", "clientKind", "purpose")
_MEASURES = ("given", "withdrawn", "ended")


async def draw(visit: Visit) -> Response:
    found = await _consents(visit, visit.query("since"), visit.query("until"))
    return visit.show(
        "consents.html",
        found=found,
        ways=_WAYS,
        measures=_MEASURES,
        sums={each: sum(cell[each] or 0 for cell in found["month"]) for each in _MEASURES},
        name=lambda dimension, value: named(visit, dimension, value),
    )


async def export(visit: Visit) -> Response:
    found, few = await _consents(visit, visit.form.get("since", ""), visit.form.get("until", "")), visit.t("few")
    rows = [
        [
            visit.t(way),
            cell["key"][way],
            named(visit, way, cell["key"][way] or ""),
            *(few if cell[each] is None else cell[each] for each in _MEASURES),
        ]
        for way in _WAYS
        for cell in found[way]
    ]
    header = ["by", "code", "name", *_MEASURES]
    return csv.download("consents", [visit.t(each) for each in header], rows)


async def _consents(visit: Visit, since: str, until: str) -> Mapping[str, Any]:
    return (await visit.api(_DOCUMENT, statistics.months_of(since, until))).field("statistics")


PAGE = Page(
    "/consents",
    Words("Consents", "授权同意"),
    draw,
    act="STATISTICS_READ",
    parts=(Part("/export.csv", export, methods=("POST",)),),
    words={
        **statistics.PAGE.words,
        "lead": Words(
            "What people agreed to, took back, and let run out, in whole months. Whose consents they are is told to"
            " nobody here.",
            "按整月统计个人作出、撤回与到期的同意；此处不显示任何个人。",
        ),
        "given": Words("Given", "作出"),
        "withdrawn": Words("Withdrawn", "撤回"),
        "ended": Words("Run out", "到期"),
        "name": Words("Name", "名称"),
        "by_month": Words("By month", "按月份"),
        "by_clientKind": Words("By kind of client", "按机构类型"),
        "by_purpose": Words("By purpose", "按查询目的"),
        "purposes_more": Words(
            "A consent for several purposes counts under each.", "同一份同意包含多项目的的，分别计入各目的。"
        ),
        "at_least": Words("at least", "至少"),
    },
)
