"""The SQL of the hand-written endpoint: one statement for each department, over the columns the gateway released."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from benchmarks.workloads import CATALOGUE, camel
from connectors.place import PersonKey, RecordPlace, SourcePlace

_NAME = re.compile(r"'[^']*'|\b[A-Z][A-Z0-9_]+\b")


def spec(places: Mapping[str, SourcePlace], released: Iterable[str], day: date) -> list[dict[str, Any]]:
    """What `benchmarks.floor` needs to answer one workload: url, statement, and where each value goes."""
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
                    }
                    for code in held
                ],
            }
        )
    return found


def _rows(place: RecordPlace, names: list[str], day: date, postgres: bool) -> str:
    """A JSON list of rows: the person's key, then the values as the department writes them."""
    aggregate, array = ("json_agg", "json_build_array") if postgres else ("json_group_array", "json_array")
    key = _key(place.person_key)
    columns = [_quoted(place.items[name].column or place.items[name].expression or "NULL") for name in names]
    listed = ", ".join([f"{key} AS k", *(f"{column} AS c{place}" for place, column in enumerate(columns))])
    folded = "".join(f", {_quoted(column)}" for column in place.distinct)
    mine = f"{key} = ANY($1::text[])" if postgres else f"{key} IN (SELECT value FROM json_each(?1))"
    own = f" AND {_quoted(place.where)}" if place.where else ""
    if place.record == "PBC08":  # nearly everybody has an older one, which the gateway leaves out
        years = CATALOGUE.records["PBC08"].retention.shown_years
        own += f" AND \"INQ_DT\" > '{day.year - years}{day:%m%d}'"
    order = ""
    if place.order_by:
        ways = (f"{_quoted(column)} {'DESC' if greatest else 'ASC'}" for column, greatest in place.order_by)
        order = f" ORDER BY {', '.join(ways)}"
    head = f"SELECT {'DISTINCT ' if folded else ''}{listed}{folded}"
    inner = f"{head} FROM {_quoted(place.table or '')} WHERE {mine}{own}{order}"
    values = ", ".join(["r.k", *(f"r.c{place}" for place in range(len(columns)))])
    return f"SELECT {aggregate}({array}({values}))" + ("::text" if postgres else "") + f" FROM ({inner}) r"


def _key(key: PersonKey) -> str:
    column = _quoted(key.column or key.expression or "NULL")
    if "upper" in key.clean:
        column = f"upper({column})"
    return f"trim({column})" if "trim" in key.clean else column


def _quoted(sql: str) -> str:
    return _NAME.sub(lambda found: found[0] if found[0].startswith("'") else f'"{found[0]}"', sql)
