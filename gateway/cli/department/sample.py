"""`gateway department sample`: one test person, as the mapping makes him or her."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from typing import Annotated

from cyclopts import Parameter

from connectors.kinds import KINDS, opened
from connectors.mapping import read_all
from connectors.place import DepartmentPlace, Place, RecordPlace, SourcePlace
from connectors.sql.statement import SALT
from exchange.catalogue import Catalogue, Item, Kind
from exchange.person import SYNTHETIC_DIVISION, PersonId
from exchange.records import Bad, Column, Conflict, Delivered, Outcome, Row, Unavailable, Value, Wanted
from exchange.refusals import IdNumberInvalid
from exchange.retention import civil_day
from gateway.app import now
from gateway.cli.where import FAULTY, HERE, UNABLE, USAGE, Where, ended, faults_shown, standard

_ROWS = 5


def sample(
    *,
    department: Annotated[str, Parameter(help="Code of the department, such as PBC.")],
    id: Annotated[str, Parameter(help=f"Id number of a synthetic test person (division {SYNTHETIC_DIVISION}).")],
    where: Where = HERE,
) -> None:
    """Show one synthetic test person through a department's mapping: each item, its column, and what became of it.

    For test people only, whom the department puts into its database for this. A real person's data leaves by an ask
    that is decided and sealed, and in no other way. `gateway demo people` lists test people.
    """
    try:
        person = PersonId.parse(id)
    except IdNumberInvalid:
        ended(
            USAGE, "This is no id number: 18 characters (or the 15 digits of old) with a right check digit are needed."
        )
    if not person.synthetic:
        ended(
            USAGE,
            f"Only synthetic test people (ids that begin with {SYNTHETIC_DIVISION}) are shown: a real person's data"
            " leaves by an ask that is decided and sealed.",
        )
    settings = where.settings()
    catalogue = standard(settings)
    with faults_shown():
        environ = settings.environment(os.environ)
    mappings, faults = read_all(settings.departments, catalogue, environ, civil_day(now()))
    place = mappings.get(department) or ended(
        USAGE, f"No mapping for this department; there are: {', '.join(mappings)}."
    )
    if own := [str(fault) for fault in faults if fault.file == place.file]:
        ended(FAULTY, *own, "Mend these first; gateway department check names them all.")
    found = asyncio.run(_asked(place, catalogue, person))
    for _, outcome in found:
        if isinstance(outcome, Unavailable):
            ended(UNABLE, f"{department}: the source does not answer ({outcome.why}); see gateway department check.")
    for source, outcome in found:
        for line in _shown(source, outcome, catalogue, person):
            print(line)


async def _asked(place: DepartmentPlace, catalogue: Catalogue, person: PersonId) -> list[tuple[SourcePlace, Outcome]]:
    """Every item of every record type, of each source; through the connector that serves asks."""
    found: list[tuple[SourcePlace, Outcome]] = []
    for each in place.sources:
        if each.kind not in KINDS:
            continue
        source = opened(each, catalogue)
        try:
            deadline = asyncio.get_running_loop().time() + 10
            found.append((each, await source.fetch(_questions(each, catalogue), (person,), {SALT: ""}, deadline)))
        finally:
            await source.close()
    return found


def _questions(source: SourcePlace, catalogue: Catalogue) -> tuple[Wanted, ...]:
    return tuple(
        Wanted(code, tuple(Column(name) for name in catalogue.records[code].items), order=catalogue.records[code].since)
        for code in source.records
    )


def _shown(source: SourcePlace, outcome: Outcome, catalogue: Catalogue, person: PersonId) -> Iterator[str]:
    if not isinstance(outcome, Delivered):
        return
    for place, rows in zip(source.records.values(), outcome.answers[person], strict=True):
        if not isinstance(rows, Sequence):
            continue
        record = catalogue.records[place.record]
        count = "no row" if not rows else "1 row" if len(rows) == 1 else f"{len(rows)} rows"
        yield f"{place.record} {record.name_zh}, from {place.table or 'SELECT'}: {count}"
        for row in rows[:_ROWS]:
            yield from _row(place, row, catalogue)


def _row(place: RecordPlace, row: Row, catalogue: Catalogue) -> Iterator[str]:
    yield f"  as of {row.as_of or '(the source does not say)'}"
    items = catalogue.records[place.record].items
    wide = max(map(len, items))
    for (name, item), value in zip(items.items(), row.values, strict=True):
        own = place.items.get(name)
        reads = own.reads if own else "not held"
        yield f"    {name:<{wide}}  {reads:<12}  {_told(value, own, item, catalogue)}".rstrip()


def _told(value: Value, place: Place | None, item: Item, catalogue: Catalogue) -> str:
    if value is None:
        return "-"
    if isinstance(value, Conflict):
        return "SOURCE_CONFLICT: rows that stand for one record differ here"
    if place and value is Bad.VALUE:
        return f"SOURCE_DATA_INVALID: not {_wanted(place, item)}"
    meaning = catalogue.code_lists[item.code_list].values.get(str(value), "") if item.code_list else ""
    return f"{str(value).lower() if isinstance(value, bool) else value} {meaning}".rstrip()


def _wanted(place: Place, item: Item) -> str:
    """What a value of this place must be."""
    match item.kind:
        case Kind.DATE | Kind.YEAR_MONTH:
            return f"a day or month written {' or '.join(place.formats) or 'as ISO 8601'}"
        case Kind.CODE | Kind.BOOLEAN:
            own = ", ".join(place.values) if place.values else f"a code of {item.code_list or 'true, false'}"
            return f"one of {own}" if place.values else own
        case Kind.DECIMAL | Kind.INTEGER:
            return f"a number {item.format or ''} in {place.unit}" if item.kind is Kind.DECIMAL else "a whole number"
        case _:
            return f"text {item.pattern or item.format or ''}".rstrip()
