"""Utilities, pooled by their providers: one letter for a service, Y and N, both forms of the id."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, Integer, MetaData, Numeric, String, Table

from gateway.demo.life import Life
from gateway.demo.natives.writing import Rows, compact_day, flag, report_day, yuan

METADATA = MetaData()

ACCOUNT = Table(
    "CUST_ACCT",
    METADATA,
    Column("ACCT_KEY", String(12), primary_key=True),
    Column("CUST_ID_NO", String(18), index=True),
    Column("SVC", String(1)),
    Column("PROV_USCC", String(18)),
    Column("CUST_NO", String(30)),
    Column("IN_ARREARS", String(1)),
    Column("REC24", String(24)),
    Column("RPT_DT", String(8)),
)
ARREARS = Table(
    "ARREARS",
    METADATA,
    Column("ARR_KEY", String(12), primary_key=True),
    Column("CUST_ID_NO", String(18), index=True),
    Column("SVC", String(1)),
    Column("PROV_USCC", String(18)),
    Column("ARR_AMT", Numeric(10, 2)),
    Column("ARR_MON", Integer),
    Column("NOTICE_DT", String(8)),
    Column("SETTLE_DT", String(8)),
    Column("RPT_DT", String(8)),
)

_SERVICES = {"UW": "W", "UP": "E", "UG": "G", "TE": "T"}


def rows(life: Life, day: date) -> Rows:
    on = compact_day(report_day(day))
    for place, account in enumerate(life.utilities, 1):
        cells = (_SERVICES[account.service], account.provider, account.number, flag(account.in_arrears))
        yield ACCOUNT, (life.key(place), life.number_in("CUST_ACCT"), *cells, account.record, on)
    for place, arrears in enumerate(life.utility_arrears, 1):
        cells = (_SERVICES[arrears.service], arrears.provider, yuan(arrears.amount), arrears.months)
        days = (compact_day(arrears.notice_given_on), compact_day(arrears.settled_on), on)
        yield ARREARS, (life.key(place), life.number_in("ARREARS"), *cells, *days)
