"""Tax office: pinyin initials, yuan with decimals, ids padded with blanks to twenty characters in one table."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, MetaData, Numeric, String, Table

from gateway.demo.life import Life
from gateway.demo.natives.writing import Rows, flag, iso_day, report_day, yuan

METADATA = MetaData()

ARREARS = Table(
    "QS_GG",
    METADATA,
    Column("QSXH", String(12), primary_key=True),
    Column("NSRSBH", String(18), index=True),
    Column("QSYE", Numeric(15, 2)),
    Column("TJRQ", String(10)),
    Column("QJRQ", String(10)),
    Column("LRRQ", String(10)),
)
VIOLATION = Table(
    "SS_WF",
    METADATA,
    Column("WFXH", String(12), primary_key=True),
    Column("NSRSBH", String(18), index=True),
    Column("WFLX", String(4)),
    Column("JDRQ", String(10)),
    Column("SXBZ", String(1)),
    Column("TZGBRQ", String(10)),
    Column("LXRQ", String(10)),
    Column("LRRQ", String(10)),
)
PAYMENT = Table(
    "NS_QK",
    METADATA,
    Column("NSXH", String(12), primary_key=True),
    Column("NSRSBH", String(20), index=True),
    Column("SSND", String(4)),
    Column("AQSB", String(1)),
    Column("NSE", Numeric(15, 2)),
    Column("LRRQ", String(10)),
)


def rows(life: Life, day: date) -> Rows:
    on = iso_day(report_day(day))
    for place, arrears in enumerate(life.tax_arrears, 1):
        cells = (yuan(arrears.amount), iso_day(arrears.counted_on), iso_day(arrears.cleared_on), on)
        yield ARREARS, (life.key(place), life.number_in("QS_GG"), *cells)
    for place, violation in enumerate(life.tax_violations, 1):
        listed = (flag(violation.listed), iso_day(violation.delisted_on), iso_day(violation.fulfilled_on), on)
        cells = ("Z" + violation.kind, iso_day(violation.decided_on), *listed)
        yield VIOLATION, (life.key(place), life.number_in("SS_WF"), *cells)
    for place, year in enumerate(life.tax_years, 1):
        cells = (str(year.year), flag(year.on_time), yuan(year.paid), on)
        yield PAYMENT, (life.key(place), life.number_in("NS_QK").ljust(20), *cells)
