"""A demo department's SQLite database as an HTTP service: the same rows as JSON, and the mapping file that reads them.

`http_mapping` says a mapping of the kind `sql` in the words of the kind `http`; `department_app` serves what it names.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.fragment import words_of
from connectors.place import RecordPlace, SourcePlace
from connectors.sql.source import cleaned
from connectors.sql.sqlite_dialect import SQLITE

_PAGE_ROWS = 500
_KEYED = re.compile(r"\{key:(?:(?P<table>\w+)\.)?(?P<column>\w+)\}")


@dataclass(frozen=True, slots=True)
class Offered:
    """One table, as the service offers it."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    """SQL for the numbers under which a row's person is found."""
    order: str
    """So that pages do not overlap; a view has no rowid."""


def http_mapping(text: str, place: SourcePlace, database: Path) -> str:
    """`text`: the mapping file that was read as `place`. Its url must come to name the running service."""
    resources = {
        table.name: {
            "path": f"/{table.name}",
            "people": {"field": "people", "formats": ["id18", "id15"], "batch": 100},
            "rows": "answer.rows",
            "paging": {"page": "page.number", "size": "page.size", "rows": _PAGE_ROWS, "last": "answer.last"},
            "fields": "fields",
            "columns": {column: f"row.{column}" for column in table.columns},
        }
        for table in offered(place, database)
    }
    said = re.sub(r"(?m)^connector: sql\b", "connector: http", text)
    return f"{said}\n{yaml.safe_dump({'resources': resources}, sort_keys=False, allow_unicode=True)}"


def department_app(place: SourcePlace, database: Path, asked: list[dict[str, Any]] | None = None) -> Starlette:
    """`asked` collects the bodies of the asks, `{"resource": table, …}`; for tests of what is read."""
    tables = {table.name: table for table in offered(place, database)}

    async def answer(request: Request) -> Response:
        table = tables.get(request.path_params["table"])
        if table is None:
            return Response(status_code=404)
        body = await request.json()
        if asked is not None:
            asked.append({"resource": table.name, **body})
        rows, last = await run_in_threadpool(_rows, database, table, body)
        return JSONResponse({"answer": {"rows": rows, "last": last}})

    return Starlette(routes=[Route("/{table}", answer, methods=["POST"])])


def offered(place: SourcePlace, database: Path) -> list[Offered]:
    """The tables that the mapping reads, with their keys."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        kinds = dict(connection.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
        columns = {
            name: tuple(column for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (name,)))
            for name in kinds
        }
    found: list[Offered] = []
    for name, kind in kinds.items():
        keys = dict.fromkeys(key for each in place.records.values() for key in _keys(each, name, columns[name]))
        if keys:
            order = "rowid" if kind == "table" else ", ".join(f'"{column}"' for column in columns[name])
            found.append(Offered(name, columns[name], tuple(keys), order))
    return found


def _keys(place: RecordPlace, table: str, columns: Iterable[str]) -> Iterable[str]:
    if place.select is None:
        if (place.table or "").lower() == table.lower():
            yield _key(place, place.person_key.column or f"({place.person_key.expression})")
    elif table.lower() in words_of(place.select):
        for found in _KEYED.finditer(place.select):
            if (found["table"] or table).lower() == table.lower() and found["column"] in columns:
                yield _key(place, found["column"])


def _key(place: RecordPlace, column: str) -> str:
    return SQLITE.inline(cleaned(sa.literal_column(column, sa.Text), place.person_key.clean, SQLITE))


def _rows(database: Path, table: Offered, body: Mapping[str, Any]) -> tuple[list[dict[str, Any]], bool]:
    fields = [field.removeprefix("row.") for field in body["fields"]]
    if not set(fields) <= set(table.columns):
        raise ValueError("asked for a column that the table has not")
    number, size = int(body["page"]["number"]), int(body["page"]["size"])
    # A bare quoted name that the table lacks would be a string to SQLite.
    listed = ", ".join(f'"{table.name}"."{field}"' for field in fields) or "NULL"
    numbers = "(SELECT value FROM json_each(?1))"
    where = " OR ".join(f"{key} IN {numbers}" for key in table.keys)
    text = f'SELECT {listed} FROM "{table.name}" WHERE {where} ORDER BY {table.order} LIMIT ?2 OFFSET ?3'  # noqa: S608
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute(text, (json.dumps(body["people"]), size + 1, (number - 1) * size)).fetchall()
    return [{"row": dict(zip(fields, row, strict=False))} for row in rows[:size]], len(rows) <= size
