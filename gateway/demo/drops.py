"""A department's SQLite database written as drops, and its mapping file turned to them."""

from __future__ import annotations

import csv
import hashlib
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from sqlalchemy import Date, Numeric

from gateway.demo.load import metadata
from gateway.demo.natives.writing import Cell, Row

COMPLETE = "drops.done"
_CONNECTOR = re.compile(r"^connector: *sql *$", re.MULTILINE)
_FROM = re.compile(r"^ +from: *(?P<table>\w+) *$", re.MULTILINE)

Written = Callable[[Path, Sequence[str], Sequence[Row]], None]


def write_drops(department: str, url: str, mapping: str, folder: Path, format: str = "csv") -> tuple[str, str]:
    """Writes the tables and views that `mapping` (the text of a file with `connector: sql`) reads from the department's
    `sqlite:///` database into `folder`, as csv (GB 18030), xlsx or parquet.

    Returns the `file://` url of the folder and the text of the same mapping with `connector: files`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = list(dict.fromkeys(_FROM.findall(mapping)))
    lines: list[str] = []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        for table in tables:
            path = folder / f"{table}.{format}"
            _WRITERS[format](path, *_read(database, department, table))
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    (folder / COMPLETE).write_text("".join(lines), "utf-8")
    return folder.resolve().as_uri(), _turned(mapping, tables, format)


def _read(database: sqlite3.Connection, department: str, table: str) -> tuple[list[str], list[Row]]:
    """The columns and rows of a table or view, days and amounts as such."""
    found = database.execute(f'SELECT * FROM "{table}"')  # noqa: S608
    names = [column[0] for column in found.description]
    types = {column.name: column.type for each in metadata(department).tables.values() for column in each.columns}
    return names, [tuple(map(_cell, row, map(types.get, names))) for row in found]


def _cell(value: str | int | float | None, type_: object) -> Cell:
    if value is None or value == "":
        return None
    if isinstance(type_, Date):
        return date.fromisoformat(str(value))
    if isinstance(type_, Numeric) or isinstance(value, float):
        return Decimal(str(value))
    return value


def _csv(path: Path, names: Sequence[str], rows: Sequence[Row]) -> None:
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([names, *rows])


def _excel(path: Path, names: Sequence[str], rows: Sequence[Row]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (names, *rows):
        sheet.append(row)
    book.save(path)


def _parquet(path: Path, names: Sequence[str], rows: Sequence[Row]) -> None:
    columns = {name: pa.array([row[i] for row in rows]) for i, name in enumerate(names)}
    pq.write_table(pa.table(columns), path)


_WRITERS: dict[str, Written] = {"csv": _csv, "xlsx": _excel, "parquet": _parquet}


def _turned(mapping: str, tables: Sequence[str], format: str) -> str:
    lines = ["connector: files", "encoding: gb18030", f"complete: {COMPLETE}", "drops:"]
    lines += [f"  {table}: {{file: {table}.{format}}}" for table in tables]
    return _CONNECTOR.sub("\n".join(lines), mapping, count=1)
