"""Courts: pinyin initials, ISO text days, case numbers in full-width brackets in the register of judgments."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, MetaData, Numeric, String, Table

from gateway.demo.life import Life
from gateway.demo.natives.writing import Rows, iso_day, report_day, yuan

METADATA = MetaData()
_FULL_WIDTH = str.maketrans("()", "（）")

JUDGMENT = Table(
    "MS_PJ",
    METADATA,
    Column("AJBH", String(12), primary_key=True),
    Column("SFZHM", String(18), index=True),
    Column("LAFY", String(80)),
    Column("AH", String(60)),
    Column("AY", String(60)),
    Column("SXRQ", String(10)),
    Column("BDJE", Numeric(15, 2)),
    Column("LXRQ", String(10)),
    Column("GXRQ", String(10)),
)
ENFORCEMENT = Table(
    "ZX_AJ",
    METADATA,
    Column("AJBH", String(12), primary_key=True),
    Column("SFZHM", String(18), index=True),
    Column("ZXAH", String(60)),
    Column("AJZT", String(4)),
    Column("SQJE", Numeric(15, 2)),
    Column("JARQ", String(10)),
    Column("GXRQ", String(10)),
)
DISHONEST = Table(
    "SX_MD",
    METADATA,
    Column("MDBH", String(12), primary_key=True),
    Column("SFZHM", String(18), index=True),
    Column("ZXAH", String(60)),
    Column("LXQK", String(12)),
    Column("FBRQ", String(10)),
    Column("JZRQ", String(10)),
    Column("SCRQ", String(10)),
    Column("GXRQ", String(10)),
)
RESTRICTION = Table(
    "XX_LING",
    METADATA,
    Column("XLBH", String(12), primary_key=True),
    Column("SFZHM", String(18), index=True),
    Column("ZXAH", String(60)),
    Column("XZRQ", String(10)),
    Column("JCRQ", String(10)),
    Column("GXRQ", String(10)),
)

_STATES = {"1": "ZXZ", "2": "ZBCX", "3": "ZXWB", "4": "ZJZX", "5": "ZXHJ"}
_PERFORMANCE = {"0": "全部未履行", "1": "部分履行", "2": "全部履行"}


def rows(life: Life, day: date) -> Rows:
    on = iso_day(report_day(day))
    for place, judgment in enumerate(life.judgments, 1):
        cells = (judgment.court, judgment.case_number.translate(_FULL_WIDTH), judgment.cause)
        facts = (iso_day(judgment.effective_on), yuan(judgment.amount), iso_day(judgment.fulfilled_on), on)
        yield JUDGMENT, (life.key(place), life.number, *cells, *facts)
    for place, case in enumerate(life.enforcements, 1):
        cells = (case.case_number, _STATES[case.status], yuan(case.amount), iso_day(case.closed_on), on)
        yield ENFORCEMENT, (life.key(place), life.number, *cells)
    for place, listed in enumerate(life.dishonest_listings, 1):
        days = (iso_day(listed.published_on), iso_day(listed.ends_on), iso_day(listed.delisted_on), on)
        yield DISHONEST, (life.key(place), life.number, listed.case_number, _PERFORMANCE[listed.performance], *days)
    for place, order in enumerate(life.restrictions, 1):
        days = (iso_day(order.ordered_on), iso_day(order.lifted_on), on)
        yield RESTRICTION, (life.key(place), life.number, order.case_number, *days)
