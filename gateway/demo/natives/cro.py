"""Credit office: real DATE columns, a deletion flag."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, Date, MetaData, String, Table

from gateway.demo.life import Life
from gateway.demo.natives.writing import Rows, report_day

METADATA = MetaData()

HONOUR = Table(
    "HONOUR",
    METADATA,
    Column("REC_ID", String(12), primary_key=True),
    Column("PERSON_NO", String(18), index=True),
    Column("TITLE", String(100)),
    Column("VALID_TO", Date),
    Column("DELETED", String(1)),
    Column("AS_OF", Date),
)
MEASURE = Table(
    "MEASURE",
    METADATA,
    Column("REC_ID", String(12), primary_key=True),
    Column("PERSON_NO", String(18), index=True),
    Column("MEASURE_CD", String(3)),
    Column("GROUND_TXT", String(200)),
    Column("SRC_REC", String(60)),
    Column("START_DT", Date),
    Column("END_DT", Date),
    Column("DELETED", String(1)),
    Column("AS_OF", Date),
)
REPAIR = Table(
    "REPAIR",
    METADATA,
    Column("REC_ID", String(12), primary_key=True),
    Column("PERSON_NO", String(18), index=True),
    Column("TARGET_REC", String(60)),
    Column("DECIDE_DT", Date),
    Column("RESULT_CD", String(8)),
    Column("DELETED", String(1)),
    Column("AS_OF", Date),
)

_RESULTS = {"0": "PENDING", "1": "GRANTED", "2": "REFUSED", "3": "DRAWN"}


def rows(life: Life, day: date) -> Rows:
    on = report_day(day)
    for place, honour in enumerate(life.honours, 1):
        yield HONOUR, (life.key(place), life.number, honour.title, honour.valid_until, "N", on)
    for place, measure in enumerate(life.measures, 1):
        cells = ("M" + measure.code, measure.legal_ground, measure.source, measure.started_on, measure.ended_on)
        yield MEASURE, (life.key(place), life.number, *cells, "N", on)
    for place, repair in enumerate(life.repairs, 1):
        cells = (repair.target, repair.decided_on, _RESULTS[repair.result])
        yield REPAIR, (life.key(place), life.number, *cells, "N", on)
