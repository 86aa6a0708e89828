"""What the departments hold, as they count it themselves: people, records, and how complete basic items are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from exchange.wording import Words
from gateway.dashboard import csv
from gateway.dashboard.naming import named
from gateway.dashboard.page import Page, Part
from gateway.dashboard.visit import Visit

_DOCUMENT = """query Coverage {
  coverage {
    department nameZh
    records { recordType name nameZh state asOf suppressed people records items { item nameZh percent } }
  }
}"""


async def draw(visit: Visit) -> Response:
    departments = (await visit.api(_DOCUMENT)).field("coverage")
    records = [record for each in departments for record in each["records"]]
    return visit.show(
        "coverage.html",
        departments=departments,
        counted=sum(record["asOf"] is not None for record in records),
        told=sum(not record["suppressed"] for record in records),
        failing=sum(record["state"] not in {"DELIVERED", "COUNTING", "NOT_COUNTED"} for record in records),
        of=len(records),
        low=_low,
        band=_band,
        lowest=lambda bands: min(bands, key=_low),
        name=lambda dimension, value: named(visit, dimension, value),
    )


async def export(visit: Visit) -> Response:
    departments = (await visit.api(_DOCUMENT)).field("coverage")
    header = ("department", "record", "state", "as_of", "people", "records", "item", "complete")
    return csv.download("coverage", [visit.t(each) for each in header], _rows(visit, departments))


def _rows(visit: Visit, departments: Sequence[Mapping[str, Any]]) -> Iterator[list[object]]:
    for department in departments:
        for record in department["records"]:
            few = visit.t("few") if record["suppressed"] else None
            known = [department["department"], record["recordType"], record["state"], record["asOf"]]
            known += [few or record["people"], few or record["records"]]
            yield from ([*known, item["item"], item["percent"]] for item in record["items"])
            if not record["items"]:
                yield [*known, None, None]


def _low(percent: str) -> int:
    return int(percent[1:].partition(",")[0])


def _band(percent: str) -> str:
    """`[80,85)` as it is read: 80–85 %."""
    low, _, high = percent.strip("[]()").partition(",")
    return f"{low}–{high} %"


PAGE = Page(
    "/coverage",
    Words("Coverage", "数据覆盖"),
    draw,
    act="STATISTICS_READ",
    parts=(Part("/export.csv", export, methods=("POST",)),),
    words={
        "few": Words("few", "过少"),
        "few_more": Words(
            "“few” is told where there are fewer than twenty, or none at all. It is never zero.",
            "“过少”表示不足二十或没有记录；不代表零。",
        ),
        "lead": Words(
            "Each department counts for itself; no row leaves it. Counts are told to the ten below, from twenty"
            " on; completeness in bands.",
            "由各部门自行统计，记录不出部门。数量向下取整到十，满二十方予公布；完整率以区间表示。",
        ),
        "department": Words("Department", "部门"),
        "record": Words("Record type", "记录类别"),
        "state": Words("State", "状态"),
        "people": Words("People", "人数"),
        "records": Words("Records", "记录数"),
        "item": Words("Basic item", "基础信息项"),
        "complete": Words("Complete", "完整率"),
        "items": Words("Completeness of basic items", "基础信息项完整率"),
        "counted": Words("Record types counted", "已统计类别"),
        "told": Words("With figures", "可公布类别"),
        "failing": Words("Without an answer", "未能应答类别"),
        "of": Words("of", "共"),
        "items_short": Words("items", "项"),
        "lowest": Words("lowest", "最低"),
        "too_few": Words("fewer than 200 records", "不足 200 条记录"),
        "DELIVERED": Words("counted", "已统计"),
        "COUNTING": Words("counting …", "统计中……"),
        "NOT_COUNTED": Words("cannot be counted", "不可统计"),
        "UNREACHABLE": Words("unavailable", "不可达"),
        "TIMEOUT": Words("no answer in time", "超时"),
        "UNSOUND": Words("told what cannot be a count", "所报数目不成立"),
    },
)
