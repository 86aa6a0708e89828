"""What follows a released row as objects of the schema: where it comes from, and the dispute about it."""

from __future__ import annotations

from exchange.catalogue import Catalogue
from exchange.person import bears_id_number
from resolvers.assembly import Record
from resolvers.scalars import Day, as_day
from resolvers.types import DisputeMark, Provenance


def provenance_of(catalogue: Catalogue, record: Record) -> Provenance:
    department = catalogue.departments[record.department]
    return Provenance(
        department=department.code,
        source=department.name_today_zh,
        as_of=as_day(record.as_of),
        standard=catalogue.version,
        subsystems=list(record.sources),
    )


def dispute_of(record: Record) -> DisputeMark | None:
    dispute = record.dispute
    return dispute and DisputeMark(
        kind=dispute.kind,
        since=Day(dispute.opened_on.isoformat()),
        statement=_fit_to_leave(dispute.statement),
    )


def _fit_to_leave(statement: str | None) -> str | None:
    """The statement travels with its record (征信业管理条例 art 16), but no id number written into it does."""
    return None if statement is None or bears_id_number(statement) else statement
