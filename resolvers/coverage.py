"""What departments hold, as counts: how many people each record type covers, and how complete its basic items are."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from exchange.refusals import StoreUnavailable
from exchange.store.holding import Shown
from resolvers.acting import acting
from resolvers.context import Context
from resolvers.scalars import Instant
from resolvers.statistics import READ


@strawberry.type(description="How many of the records have one basic item.")
class Completeness:
    item: str = strawberry.field(description="`PBC03.balance`.")
    code: str
    name_zh: str
    percent: str | None = strawberry.field(description="A band, `[80,85)`; null of fewer than 200 records.")


@strawberry.type(description="What a department holds of one record type.")
class RecordCoverage:
    record_type: str
    name: str
    name_zh: str
    state: str = strawberry.field(
        description="DELIVERED; COUNTING while the first count goes on; else why the last one failed, UNREACHABLE,"
        " TIMEOUT, UNSOUND, NOT_COUNTED …: then what was counted before is told."
    )
    as_of: Instant | None = strawberry.field(description="When the department counted; null: never.")
    suppressed: bool = strawberry.field(description="True where there are fewer than twenty people, none, or no count.")
    people: int | None = strawberry.field(description="To the ten below.")
    records: int | None = strawberry.field(description="To the ten below.")
    items: list[Completeness] = strawberry.field(description="Basic ones.")


@strawberry.type(description="A department's part of what statistics tell.")
class DepartmentCoverage:
    department: str
    section: str
    name_zh: str
    records: list[RecordCoverage]


@strawberry.type
class CoverageQueries:
    @strawberry.field(
        description="What the departments hold: people, records, and how complete basic items are, counted by the"
        " departments themselves. For supervision and analysis; each read is sealed."
    )
    async def coverage(self, info: strawberry.Info) -> list[DepartmentCoverage] | None:
        context: Context = info.context
        with acting(context, READ, "coverage"):
            holdings = context.services.holdings
            if holdings is None:
                raise StoreUnavailable()
            return _by_department(context, await holdings.read(context.services.deadline_s))


def _by_department(context: Context, shown: Sequence[Shown]) -> list[DepartmentCoverage]:
    found = {each.record: each for each in shown}
    departments = context.services.catalogue.departments.values()
    return [
        DepartmentCoverage(
            department=department.code,
            section=department.section,
            name_zh=department.name_zh,
            records=[_record(context, found[code]) for code in department.records if code in found],
        )
        for department in departments
        if any(code in found for code in department.records)
    ]


def _record(context: Context, shown: Shown) -> RecordCoverage:
    record, told = context.services.catalogue.records[shown.record], shown.told
    wishes = context.services.holdings.wishes if context.services.holdings else {}
    return RecordCoverage(
        record_type=record.code,
        name=record.name,
        name_zh=record.name_zh,
        state=shown.state,
        as_of=Instant(shown.as_of) if shown.as_of else None,
        suppressed=told.people is None,
        people=told.people,
        records=told.records,
        items=[
            Completeness(
                item=f"{record.code}.{name}",
                code=record.items[name].code,
                name_zh=record.items[name].name_zh,
                percent=told.completeness.get(name),
            )
            for name in wishes.get(record.code, ())
        ],
    )
