"""Civil affairs: pinyin initials, letters for states, ids as clerks typed them (blanks, a small x)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, MetaData, String, Table

from gateway.demo.life import Life
from gateway.demo.natives.writing import Rows, iso_day, report_day

METADATA = MetaData()

MARRIAGE = Table(
    "HY_DJ",
    METADATA,
    Column("DJBH", String(12), primary_key=True),
    Column("SFZHM", String(20), index=True),
    Column("HYZK", String(4)),
    Column("BRBS", String(20)),
    Column("POBS", String(20)),
    Column("GXRQ", String(10)),
)
ASSISTANCE = Table(
    "SH_JZ",
    METADATA,
    Column("JZBH", String(12), primary_key=True),
    Column("SFZHM", String(18), index=True),
    Column("JZLB", String(4)),
    Column("JZZT", String(1)),
    Column("PQRQ", String(10)),
    Column("THRQ", String(10)),
    Column("GXRQ", String(10)),
)

_STATES = {"10": "WH", "20": "YH", "30": "SO", "40": "LY", "90": "WSM"}
_KINDS = {"1": "DB", "2": "TK", "3": "LS", "9": "QT"}


def rows(life: Life, day: date) -> Rows:
    on = iso_day(report_day(day))
    if marriage := life.marriage:
        typed = life.number_in("HY_DJ").lower() + " " * (life.serial % 3 == 0)
        cells = (_STATES[marriage.status], marriage.own_ref, marriage.spouse_ref, on)
        yield MARRIAGE, (life.key(1), typed, *cells)
    for place, given in enumerate(life.assistance, 1):
        cells = (_KINDS[given.kind], "Z" if given.status == "1" else "T")
        days = (iso_day(given.fraud_decided_on), iso_day(given.fulfilled_on), on)
        yield ASSISTANCE, (life.key(place), life.number_in("SH_JZ"), *cells, *days)
