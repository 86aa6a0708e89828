"""Excel workbooks, read in a stream. What is packed in them is measured before anything is parsed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from openpyxl import load_workbook

from connectors.encoding import INVALID
from connectors.files.cells import MOST_COLUMNS, Cells, Needed, Table, cell_text, picked, plain
from connectors.files.drop import Drop
from connectors.files.folder import DropRefused

MOST_UNPACKED = 1 << 30
"""Bytes of all parts of a workbook together."""
_MOST_PARTS = 2000
_EXACT = 10**15
"""Excel keeps fifteen digits; a longer number is no longer the one that was typed in."""
_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_LOCAL_HEADER = 30


@contextmanager
def excel_table(path: Path, drop: Drop, needed: Needed) -> Iterator[Table]:
    """A formula counts as the value that was stored with it. Raises DropRefused."""
    _measure(path, drop.name)
    with (
        path.open("rb") as file,
        closing(load_workbook(file, read_only=True, data_only=True, keep_links=False)) as book,
    ):
        if drop.sheet is not None and drop.sheet not in book.sheetnames:
            raise DropRefused(drop.name, "has no sheet of the mapping's name", "SHAPE_CHANGED")
        sheet = book[drop.sheet] if drop.sheet is not None else book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size is not believed
        rows = sheet.iter_rows(values_only=True)
        header = drop.header or next(rows, ())
        columns = picked(drop.name, header, needed)
        yield Table(tuple(columns), _rows(rows, drop.name, tuple(columns.values())))


def _rows(rows: Iterator[tuple[object, ...]], drop: str, at: tuple[int, ...]) -> Iterator[Cells]:
    for row in rows:
        if len(row) > MOST_COLUMNS:
            raise DropRefused(drop, f"has more than {MOST_COLUMNS} columns")
        if any(value is not None for value in row):
            yield tuple(_text(row[i]) if i < len(row) else None for i in at)


def _text(value: object) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) < _EXACT:
            return INVALID
        return str(value) if isinstance(value, int) else plain(str(Decimal(f"{value:.15g}")))
    return INVALID if isinstance(value, str) and value in _ERRORS else cell_text(value)


def _measure(path: Path, drop: str) -> None:
    """Unpacks every part to nowhere: what a part says of its own size is not believed. Raises DropRefused."""
    bomb = DropRefused(drop, "unpacks to more than a workbook may hold")
    left = MOST_UNPACKED
    try:
        with ZipFile(path) as parts, path.open("rb") as file:
            if len(parts.infolist()) > _MOST_PARTS:
                raise bomb
            for part in parts.infolist():
                if part.compress_size > left:
                    raise bomb
                file.seek(part.header_offset)
                head = file.read(_LOCAL_HEADER)
                skipped = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
                file.seek(part.header_offset + _LOCAL_HEADER + skipped)
                size = _unpacked(file.read(part.compress_size), part.compress_type, left)
                left -= size
                if left < 0:
                    raise bomb
                if size != part.file_size:
                    raise BadZipFile
    except (BadZipFile, zlib.error, NotImplementedError):  # the last is zipfile's, of archives newer than it knows
        raise DropRefused(drop, "is not a workbook, or a damaged one") from None


def _unpacked(packed: bytes, how: int, most: int) -> int:
    """Bytes of one part, counted as far as one more than `most`."""
    if how == ZIP_STORED:
        return len(packed)
    if how != ZIP_DEFLATED:
        raise BadZipFile
    stream, size, tail = zlib.decompressobj(-zlib.MAX_WBITS), 0, packed
    before = b""
    while size <= most and not stream.eof and (piece := stream.decompress(tail, 1 << 20)):
        if b"<!DOCTYPE" in before + piece:
            raise BadZipFile  # no workbook has one: entities are how XML is made to swell
        before, size, tail = piece[-16:], size + len(piece), stream.unconsumed_tail
    return size
