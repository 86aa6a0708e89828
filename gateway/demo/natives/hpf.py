"""Housing provident fund: pinyin initials, yuan with decimals, loans in ten thousands."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, Integer, MetaData, Numeric, String, Table

from gateway.demo.life import Life
from gateway.demo.months import first_day
from gateway.demo.natives.writing import Rows, compact_day, iso_day, report_day, wan, yuan

METADATA = MetaData()

ACCOUNT = Table(
    "GJJ_ZH",
    METADATA,
    Column("GRZH", String(12), primary_key=True),
    Column("SFZH", String(18), index=True),
    Column("JCZT", String(2)),
    Column("CJNY", String(7)),
    Column("JCYS24", Integer),
    Column("YJCE", Numeric(9, 2)),
    Column("ZHYE", Numeric(12, 2)),
    Column("GXRQ", String(10)),
)
LOAN = Table(
    "GJJ_DK",
    METADATA,
    Column("DKBH", String(12), primary_key=True),
    Column("SFZH", String(18), index=True),
    Column("DKJE_W", Numeric(12, 6)),
    Column("DKYE", Numeric(12, 2)),
    Column("DKZT", String(1)),
    Column("YQQS", Integer),
    Column("YQJE", Numeric(12, 2)),
    Column("YQZZRQ", String(8)),
    Column("GXRQ", String(10)),
)
VIOLATION = Table(
    "GJJ_WG",
    METADATA,
    Column("WGBH", String(12), primary_key=True),
    Column("SFZH", String(18), index=True),
    Column("WGLX", String(2)),
    Column("RDRQ", String(10)),
    Column("THRQ", String(10)),
    Column("GXRQ", String(10)),
)

_STATES = {"1": "JC", "2": "FC", "3": "XH"}
_VIOLATIONS = {"1": "PT", "2": "PD", "9": "QT"}


def rows(life: Life, day: date) -> Rows:
    on = iso_day(report_day(day))
    if fund := life.fund:
        month = f"{first_day(fund.first_month):%Y-%m}"
        cells = (_STATES[fund.status], month, fund.months_paid, yuan(fund.monthly), yuan(fund.balance), on)
        yield ACCOUNT, (life.key(1), life.number_in("GJJ_ZH"), *cells)
    for place, loan in enumerate(life.fund_loans, 1):
        arrears = (loan.overdue_terms, yuan(loan.overdue_amount), compact_day(loan.delinquency_ended_on), on)
        cells = (wan(loan.amount), yuan(loan.balance), loan.status, *arrears)
        yield LOAN, (life.key(place), life.number_in("GJJ_DK"), *cells)
    for place, violation in enumerate(life.fund_violations, 1):
        days = (iso_day(violation.decided_on), iso_day(violation.fulfilled_on), on)
        yield VIOLATION, (life.key(place), life.number_in("GJJ_WG"), _VIOLATIONS[violation.kind], *days)
