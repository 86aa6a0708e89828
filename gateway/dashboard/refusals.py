"""What is refused, and why: codes by purpose and role, and the latest refusals with the way to their entries."""

from __future__ import annotations

from collections import Counter
from typing import Any

from starlette.responses import Response

from exchange.wording import Words, sentence
from gateway.dashboard import csv, span
from gateway.dashboard.asks import percent
from gateway.dashboard.naming import named
from gateway.dashboard.page import Page, Part
from gateway.dashboard.visit import Visit

_COUNTS = """query Refusals($since: String!, $until: String!) {
  activity(since: $since, until: $until, by: [EVENT, CODE, PURPOSE, ROLE]) { entries event code purpose role }
}"""
_LATEST = """query LatestRefusals($event: LogEvent, $code: String, $first: Int!) {
  disclosures(event: $event, code: $code, first: $first) {
    entries { id at by { client { code en zh } role { code } operator } purpose { code } refusal { code } }
  }
}"""
_SHOWN = 20


async def draw(visit: Visit) -> Response:
    over, code = span.span(visit), visit.query("code")[:64]
    cells = (await visit.api(_COUNTS, over.variables)).field("activity")
    refused = [cell for cell in cells if cell["event"] == "refusal"]
    asks = sum(cell["entries"] for cell in cells if cell["event"] != "administration")
    by_code: Counter[str] = Counter()
    for cell in refused:
        by_code[cell["code"]] += cell["entries"]
    wanted = {"code": code} if code else {"event": "REFUSAL"}  # a code says that already, and has an index of its own
    latest = (await visit.api(_LATEST, {**wanted, "first": _SHOWN})).field("disclosures")["entries"]
    return visit.show(
        "refusals.html",
        over=over,
        spans=span.options(visit),
        code=code,
        codes=[("", visit.t("all")), *((each, each) for each in sorted({*by_code, *([code] if code else [])}))],
        total=by_code.total(),
        share=percent(by_code.total(), asks),
        by_code=[(each, visit.said(sentence(each)), count) for each, count in by_code.most_common()],
        cells=_sorted(cell for cell in refused if code in ("", cell["code"])),
        latest=latest,
        name=lambda dimension, value: named(visit, dimension, value),
    )


async def export(visit: Visit) -> Response:
    over = span.span(visit, visit.form.get("span", ""))
    cells = (await visit.api(_COUNTS, over.variables)).field("activity")
    header = [visit.t(each) for each in ("code", "message", "purpose", "role", "refused")]
    rows = [
        [cell["code"], visit.said(sentence(cell["code"])), cell["purpose"], cell["role"], cell["entries"]]
        for cell in _sorted(cell for cell in cells if cell["event"] == "refusal")
    ]
    return csv.download("refusals", header, rows)


def _sorted(cells: Any) -> list[dict[str, Any]]:
    return sorted(cells, key=lambda cell: (-cell["entries"], cell["code"], cell["purpose"], cell["role"]))


PAGE = Page(
    "/refusals",
    Words("Refusals", "拒绝情况"),
    draw,
    act="ACTIVITY_READ",
    parts=(Part("/export.csv", export, methods=("POST",)),),
    words={
        **span.WORDS,
        "lead": Words(
            "What was refused as a whole, by its code, and to whom. What was withheld item by item stands in each"
            " entry.",
            "整体被拒绝的查询：按代码、目的与角色统计。逐项不提供的内容见各条日志。",
        ),
        "code": Words("Code", "代码"),
        "message": Words("What it says", "含义"),
        "purpose": Words("Purpose", "查询目的"),
        "role": Words("Role", "角色"),
        "client": Words("Client", "接入端"),
        "operator": Words("Operator", "操作人"),
        "when": Words("When", "时间"),
        "refused": Words("Refused", "被拒绝"),
        "share": Words("Of all asks", "占全部查询"),
        "kinds": Words("Different codes", "代码种类"),
        "by_code": Words("By code", "按代码"),
        "by_all": Words("By code, purpose and role", "按代码、目的与角色"),
        "latest": Words("The latest", "最近的拒绝"),
        "latest_more": Words(
            "Each leads to its entry: who asked, for what, and the rule. Reading this list is an entry itself.",
            "点击可查看对应日志：谁查询、为何查询、依据哪条规则。查看本列表亦记入日志。",
        ),
        "why": Words("Why?", "原因"),
        "no_purpose": Words("no purpose named", "未注明目的"),
        "nothing": Words("Nothing was refused in this time.", "该时间范围内没有被拒绝的查询。"),
    },
)
