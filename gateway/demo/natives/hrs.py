"""Labour and social security: the field names of the ministry's indicator standard, months paid as rows."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, Integer, MetaData, Numeric, String, Table

from gateway.demo.life import Life
from gateway.demo.months import compact, settled_month
from gateway.demo.natives.writing import NEVER, Rows, compact_day, flag, report_day, yuan

_ENROLMENT_WITH_MONTHS = """
    SELECT e.*, (SELECT count(*) FROM "AC43" p WHERE p."AAZ002" = e."AAZ002" AND p."AAE111" = '1'
    AND p."AAE003" BETWEEN e."AAE041" AND e."AAE042") AS "PAID24" FROM "AC02" e"""

METADATA = MetaData(info={"views": {"V_AC02": _ENROLMENT_WITH_MONTHS}})

EMPLOYMENT = Table(
    "AC20",
    METADATA,
    Column("AAZ001", String(12), primary_key=True),
    Column("AAC002", String(18), index=True),
    Column("AAB004", String(100)),
    Column("AAE030", String(8)),
    Column("AAE031", String(8)),
    Column("AAE036", String(8)),
)
ENROLMENT = Table(
    "AC02",
    METADATA,
    Column("AAZ002", String(15), primary_key=True),
    Column("AAC002", String(18), index=True),
    Column("AAE140", String(3)),
    Column("AAC031", String(1)),
    Column("AAC030", String(6)),
    Column("AAC040", Numeric(9, 2)),
    Column("AAE041", String(6)),
    Column("AAE042", String(6)),
    Column("AAE100", Integer),
    Column("AAE101", String(8)),
    Column("AJC090", String(1)),
    Column("AAE036", String(8)),
)
PAYMENT = Table(
    "AC43",
    METADATA,
    Column("AAZ043", String(24), primary_key=True),
    Column("AAZ002", String(15), index=True),
    Column("AAE003", String(6)),
    Column("AAE111", String(1)),
)
VIOLATION = Table(
    "JJ_WG",
    METADATA,
    Column("WGBH", String(12), primary_key=True),
    Column("AAC002", String(18), index=True),
    Column("WGLX", String(2)),
    Column("JDRQ", String(8)),
    Column("LXRQ", String(8)),
    Column("AAE036", String(8)),
)
QUALIFICATION = Table(
    "ZY_ZG",
    METADATA,
    Column("ZSBH", String(12), primary_key=True),
    Column("AAC002", String(18), index=True),
    Column("ZGMC", String(80)),
    Column("DXRQ", String(8)),
    Column("AAE036", String(8)),
)

_VIOLATIONS = {"1": "YL", "2": "YB", "3": "SY", "4": "GS", "9": "QT"}


def rows(life: Life, day: date) -> Rows:
    on, until = compact_day(report_day(day)), settled_month(day)
    for place, spell in enumerate(life.spells, 1):
        cells = (spell.employer, compact_day(spell.started_on), compact_day(spell.ended_on, NEVER), on)
        yield EMPLOYMENT, (life.key(place), life.number_in("AC20"), *cells)
    for insurance in life.insurances:
        key = life.key(1) + insurance.branch
        yield (
            ENROLMENT,
            (
                key,
                life.number_in("AC02"),
                insurance.branch,
                insurance.status,
                compact(insurance.first_month),
                yuan(insurance.base),
                compact(until - 23),
                compact(until),
                insurance.arrears_months,
                compact_day(insurance.arrears_cleared_on),
                flag(insurance.receiving),
                on,
            ),
        )
        for month in insurance.paid_months:
            yield PAYMENT, (key + compact(month), key, compact(month), "1")
    for place, violation in enumerate(life.insurance_violations, 1):
        days = (compact_day(violation.decided_on), compact_day(violation.fulfilled_on), on)
        yield VIOLATION, (life.key(place), life.number_in("JJ_WG"), _VIOLATIONS[violation.kind], *days)
    for place, held in enumerate(life.qualifications, 1):
        cells = (held.name, compact_day(held.revoked_on), on)
        yield QUALIFICATION, (life.key(place), life.number_in("ZY_ZG"), *cells)
