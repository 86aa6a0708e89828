"""Population register of the police: pinyin initials, letters for states, ISO days."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, MetaData, String, Table

from gateway.demo.life import Life
from gateway.demo.natives.writing import Rows, compact_day, iso_day, report_day

METADATA = MetaData()

IDENTITY = Table(
    "T_RKXX",
    METADATA,
    Column("JLBH", String(12), primary_key=True),
    Column("ZJHM", String(18), index=True),
    Column("XM", String(100)),
    Column("XB", String(1)),
    Column("CSRQ", String(8)),
    Column("ZJLX", String(2)),
    Column("ZJZT", String(2)),
    Column("HCJG", String(10)),
    Column("GXRQ", String(10)),
)
HOUSEHOLD = Table(
    "T_HJXX",
    METADATA,
    Column("JLBH", String(12), primary_key=True),
    Column("ZJHM", String(18), index=True),
    Column("HJDZ", String(200)),
    Column("XZQH", String(6)),
    Column("HJZT", String(1)),
    Column("SCBZ", String(1)),
    Column("GXRQ", String(10)),
)

_DOCUMENT = {"1": "ZC", "2": "GS", "3": "GQ", "4": "ZX"}
_REGISTRATION = {"1": "A", "2": "M", "3": "C", "4": "D"}


def rows(life: Life, day: date) -> Rows:
    number, on = life.number, iso_day(report_day(day))
    identity = (life.key(1), number, life.name, "M" if life.sex == "1" else "F", compact_day(life.born), "01")
    yield IDENTITY, (*identity, _DOCUMENT[life.document_status], "一致", on)
    state = _REGISTRATION[life.registration]
    yield HOUSEHOLD, (life.key(1), number, life.address, life.division, state, "0", on)
    if life.serial % 17 == 0:
        yield HOUSEHOLD, (life.key(2), number, "云南省昆明市旧址", "530102", "M", "1", on)
