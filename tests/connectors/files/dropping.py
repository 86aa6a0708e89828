"""The rows of `tests/connectors/small.py` as drops, and the mapping that reads them."""

from __future__ import annotations

import csv
import os
import re
import time
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

from connectors.files.connector import Files
from connectors.mapping import read
from tests.connectors.small import CATALOGUE, DDL, MAPPING, NATIVE, write_mapping

Cell = object
TODAY = date(2026, 11, 24)
COLUMNS = {
    found[1]: re.findall(r'[(,]\s*"?(\w+)"? (?:TEXT|DATE|BIGINT)', ddl)
    for ddl in DDL
    if (found := re.search(r'CREATE TABLE "?(\w+)"?', ddl))
}
ROWS = {name.strip('"'): rows for name, rows in NATIVE.items()}


def drops_text(suffix: str, more: str = "", quiet_s: str = "0") -> str:
    """The mapping of `small` on drops of this suffix."""
    drops = "\n".join(f"  {name}: {{file: {name}_*{suffix}{more}}}" for name in COLUMNS)
    return MAPPING.replace("connector: sql", f"connector: files\nquiet_s: {quiet_s}\ndrops:\n{drops}")


def write_csv(path: Path, names: Sequence[str], rows: Iterable[Sequence[Cell]], encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([names, *(["" if cell is None else cell for cell in row] for row in rows)])


def write_excel(path: Path, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    for row in [names, *rows]:
        sheet.append(row)
    book.save(path)


def write_parquet(path: Path, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    columns = list(zip(*rows, strict=True))
    pq.write_table(pa.table(dict(zip(names, map(pa.array, columns), strict=True))), path)


def typed(name: str, row: Sequence[Cell]) -> list[Cell]:
    """The row as a typed format keeps it: days as days, amounts as numbers."""
    days = {"STL", "day"}
    return [
        date.fromisoformat(cell)
        if column in days and isinstance(cell, str)
        else Decimal(cell)
        if column == "fen" and isinstance(cell, int)
        else cell
        for column, cell in zip(COLUMNS[name], row, strict=True)
    ]


def files(folder: Path, mapping: str, environ: dict[str, str] | None = None) -> Files:
    """The connector of `folder/drops`, its private folder beside it."""
    mappings = write_mapping(folder / "mappings", mapping)
    place = read(mappings, CATALOGUE, environ or {"SMALL_URL": f"file://{folder / 'drops'}"}, TODAY)["PBC"].sources[0]
    return Files(place, CATALOGUE, base=folder / "private")


def write_all(folder: Path, encoding: str = "utf-8", day: str = "20261031") -> Path:
    """All tables as CSV in `folder/drops`."""
    drops = folder / "drops"
    drops.mkdir(exist_ok=True)
    for name, names in COLUMNS.items():
        write_csv(drops / f"{name}_{day}.csv", names, ROWS[name], encoding)
    return drops


def aged(path: Path, seconds: float = 60) -> None:
    """As if last written so long ago."""
    os.utime(path, (time.time() - seconds,) * 2)


def write_all_excel(folder: Path) -> None:
    (folder / "drops").mkdir()
    for name, names in COLUMNS.items():
        write_excel(folder / "drops" / f"{name}_1.xlsx", names, [typed(name, row) for row in ROWS[name]])


def write_all_parquet(folder: Path) -> None:
    (folder / "drops").mkdir()
    for name, names in COLUMNS.items():
        write_parquet(folder / "drops" / f"{name}_1.parquet", names, [typed(name, row) for row in ROWS[name]])
