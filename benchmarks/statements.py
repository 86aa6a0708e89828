"""The SQL of the endpoints written by hand: one statement for each department, over the columns the gateway released.

Values become those of the standard in the statement (yuan for fen, ISO days, the standard's codes), so that what the
endpoints answer can be compared with what the gateway answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from benchmarks.workloads import CATALOGUE, camel
from connectors.place import PersonKey, Place, RecordPlace, SourcePlace
from exchange.catalogue import Item, Kind

_NAME = re.compile(r"'[^']*'|\b[A-Z][A-Z0-9_]+\b")

_TIMES = {"yuan": "", "fen": " / 100.0", "wan": " * 10000"}
"""In SQL, from the unit of a source to yuan."""


def spec(places: Mapping[str, SourcePlace], released: Iterable[str], day: date) -> list[dict[str, Any]]:
    """What an endpoint needs to answer one workload: url, statement, and where each value goes."""
    wanted: dict[str, list[str]] = {}
    for key in released:
        record, item = key.split(".")
        wanted.setdefault(record, []).append(item)
    found = []
    for department in CATALOGUE.departments.values():
        place = places[department.code]
        postgres = place.url.startswith("postgres")
        held = [code for code in wanted if code in department.records and code in place.records]
        if not held:
            continue
        found.append(
            {
                "section": department.section,
                "url": place.url,
                "statement": "SELECT "
                + ",\n".join(f"({_rows(place.records[code], wanted[code], day, postgres)})" for code in held),
                "records": [
                    {
                        "list": department.records[code].list_name,
                        "many": department.records[code].many,
                        "names": [camel(name) for name in wanted[code]],
                        "python_names": wanted[code],
                    }
                    for code in held
                ],
            }
        )
    return found


def key_of(key: PersonKey) -> str:
    """The person's key in SQL, cleaned of what may stand around it."""
    column = _quoted(key.column or key.expression or "NULL")
    if "upper" in key.clean:
        column = f"upper({column})"
    return f"trim({column})" if "trim" in key.clean else column


def listing(place: RecordPlace, names: Sequence[str], day: date, postgres: bool, whose: str = "") -> str:
    """A SELECT of rows, the newest first: the person's key as `k`, then the values as `c0`, `c1` …

    `whose`: the condition that says about whom; none: everybody's rows.
    """
    record, key = CATALOGUE.records[place.record], key_of(place.person_key)
    columns = [_value(place.items[name], record.items[name], postgres) for name in names]
    listed = ", ".join([f"{key} AS k", *(f"{column} AS c{place}" for place, column in enumerate(columns))])
    if place.distinct:
        listed = f"DISTINCT {listed}, " + ", ".join(map(_quoted, place.distinct))
    conditions = [whose, _quoted(place.where or "")]
    if place.record == "PBC08":  # nearly everybody has an older one, which the gateway leaves out
        conditions.append(f"\"INQ_DT\" > '{day.year - record.retention.shown_years}{day:%m%d}'")
    order = [f"{_quoted(column)} {'DESC' if greatest else 'ASC'}" for column, greatest in place.order_by]
    if not order and record.since in names:
        order = [f"c{names.index(record.since)} DESC"]
    found = f"SELECT {listed} FROM {_quoted(place.table or '')}"
    if any(conditions):
        found += f" WHERE {' AND '.join(filter(None, conditions))}"
    return found + (f" ORDER BY {', '.join(order)}" if order else "")


def _rows(place: RecordPlace, names: Sequence[str], day: date, postgres: bool) -> str:
    """A JSON list of rows: the person's key, then the values."""
    aggregate, array = ("json_agg", "json_build_array") if postgres else ("json_group_array", "json_array")
    key = key_of(place.person_key)
    mine = f"{key} = ANY($1::text[])" if postgres else f"{key} IN (SELECT value FROM json_each(?1))"
    values = ", ".join(["r.k", *(f"r.c{nth}" for nth in range(len(names)))])
    cast = "::text" if postgres else ""
    return f"SELECT {aggregate}({array}({values})){cast} FROM ({listing(place, names, day, postgres, mine)}) r"


def _value(place: Place, item: Item, postgres: bool) -> str:
    """A column in the words of the standard; null where the source says nothing."""
    column = _quoted(place.column or place.expression or "NULL")
    match place.kind:
        case Kind.INTEGER:
            return f"{column}::text" if postgres else f"CAST({column} AS TEXT)"
        case Kind.DECIMAL:
            return _yuan(column, place.unit, (item.format or "").endswith(",2"), postgres)
        case Kind.BOOLEAN:
            whens = " ".join(
                f"WHEN {_text(source)} THEN {own if postgres else _text(own)}" for source, own in place.values.items()
            )
            return f"CASE {column} {whens} END"
        case Kind.DATE | Kind.YEAR_MONTH:
            return _day(place, column, postgres)
        case _ if place.values:
            whens = " ".join(f"WHEN {_text(source)} THEN {_text(own)}" for source, own in place.values.items())
            other = f" ELSE CASE WHEN {column} IS NOT NULL THEN {_text(place.otherwise)} END" if place.otherwise else ""
            return f"CASE {column} {whens}{other} END"
        case _:
            return f"nullif(trim({column}), '')"


def _yuan(column: str, unit: str, cents: bool, postgres: bool) -> str:
    """`cents`: whether two digits follow the point also where they are 0."""
    times = _TIMES[unit]
    if postgres:
        amount = f"({column}::numeric{times})"
        exact = f"round({amount}, 2)::text"
        return exact if cents else f"CASE WHEN {amount} = trunc({amount}) THEN trunc({amount})::text ELSE {exact} END"
    exact = f"CASE WHEN {column} IS NOT NULL THEN printf('%.2f', {column}{times}) END"
    return exact if cents else f"replace({exact}, '.00', '')"


def _day(place: Place, column: str, postgres: bool) -> str:
    if not place.formats:
        return f"{column}::text" if postgres else column
    text = f"nullif(trim({column}), '')"
    for nothing in filter(None, place.empty):
        text = f"nullif({text}, {_text(nothing)})"
    if "-" in place.formats[0]:
        return text
    parts = [f"substr({text}, 1, 4)", f"substr({text}, 5, 2)"]
    return " || '-' || ".join([*parts, f"substr({text}, 7, 2)"] if place.kind is Kind.DATE else parts)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(sql: str) -> str:
    return _NAME.sub(lambda found: found[0] if found[0].startswith("'") else f'"{found[0]}"', sql)
