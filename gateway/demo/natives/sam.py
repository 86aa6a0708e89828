"""Market regulation: a younger system with real DATE columns and plain English names."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, Date, MetaData, String, Table

from gateway.demo.life import Life
from gateway.demo.natives.writing import Rows, report_day

METADATA = MetaData()

ROLE = Table(
    "ENT_PERSON",
    METADATA,
    Column("ROW_ID", String(12), primary_key=True),
    Column("CERT_NO", String(18), index=True),
    Column("UNI_SCID", String(18)),
    Column("POSITION", String(10)),
    Column("UPD_DATE", Date),
)
PENALTY = Table(
    "PUNISH",
    METADATA,
    Column("ROW_ID", String(12), primary_key=True),
    Column("CERT_NO", String(18), index=True),
    Column("PEN_DEC_NO", String(60)),
    Column("PEN_AUTH", String(80)),
    Column("ILLEG_ACT", String(100)),
    Column("PEN_TYPE", String(2)),
    Column("PEN_DATE", Date),
    Column("SEVERITY", String(10)),
    Column("PUB_END", Date),
    Column("FULFIL_DATE", Date),
    Column("REPAIR_DATE", Date),
    Column("INVALID", String(1)),
    Column("UPD_DATE", Date),
)
LICENCE = Table(
    "LICENCE",
    METADATA,
    Column("ROW_ID", String(12), primary_key=True),
    Column("CERT_NO", String(18), index=True),
    Column("LIC_NAME", String(80)),
    Column("VALID_TO", Date),
    Column("LIC_STATE", String(10)),
    Column("UPD_DATE", Date),
)
LISTING = Table(
    "SERIOUS_LIST",
    METADATA,
    Column("ROW_ID", String(12), primary_key=True),
    Column("CERT_NO", String(18), index=True),
    Column("LIST_NAME", String(80)),
    Column("IN_DATE", Date),
    Column("OUT_DATE", Date),
    Column("UPD_DATE", Date),
)

_POSITIONS = {"1": "FDDBR", "2": "GD", "3": "JYZ", "4": "DS", "5": "JS", "6": "GG"}
_SEVERITIES = {"1": "MINOR", "2": "GENERAL", "3": "SERIOUS"}
_LICENCE_STATES = {"1": "VALID", "2": "SUSPENDED", "3": "REVOKED", "4": "CANCELLED"}


def rows(life: Life, day: date) -> Rows:
    on = report_day(day)
    for place, role in enumerate(life.roles, 1):
        yield ROLE, (life.key(place), life.number, role.entity, _POSITIONS[role.role], on)
    for place, penalty in enumerate(life.penalties, 1):
        cells = (penalty.decision_number, penalty.authority, penalty.violation, "0" + penalty.kind, penalty.decided_on)
        days = (penalty.publicity_ends_on, penalty.fulfilled_on, penalty.repaired_on)
        yield PENALTY, (life.key(place), life.number, *cells, _SEVERITIES[penalty.severity], *days, "N", on)
    for place, licence in enumerate(life.licences, 1):
        cells = (licence.name, licence.valid_until, _LICENCE_STATES[licence.status], on)
        yield LICENCE, (life.key(place), life.number, *cells)
    for place, listed in enumerate(life.listings, 1):
        yield LISTING, (life.key(place), life.number, listed.list_name, listed.listed_on, listed.delisted_on, on)
