"""CSV, strictly: a line of another width than the header's has lost its structure, and the file is refused."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.files.cells import Cells, Needed, Table, picked, text_of
from connectors.files.drop import Drop
from connectors.files.folder import DropRefused

csv.field_size_limit(16 << 20)
"""Longer, and a quote was left open; a shorter one that is too long is a value that does not fit."""


@contextmanager
def csv_table(path: Path, drop: Drop, encoding: str, needed: Needed) -> Iterator[Table]:
    """Bytes that are none in the encoding make their value unreadable, no more. Raises DropRefused, in `rows` too."""
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    quoting = csv.QUOTE_MINIMAL if drop.quote else csv.QUOTE_NONE
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = csv.reader(file, delimiter=drop.delimiter, quotechar=drop.quote or None, quoting=quoting, strict=True)
        try:
            header = drop.header or next(lines, [])
        except csv.Error:
            raise DropRefused(drop.name, "its first line is not CSV") from None
        columns = picked(drop.name, header, needed)
        yield Table(tuple(columns), _rows(lines, drop, len(header), tuple(columns.values())))


def _rows(lines: Iterator[list[str]], drop: Drop, width: int, at: tuple[int, ...]) -> Iterator[Cells]:
    row = 0
    try:
        for row, line in enumerate(lines, start=1):
            if len(line) == width:
                yield tuple(text_of(line[i]) for i in at)
            elif line:
                raise DropRefused(drop.name, f"row {row} has {len(line)} values under {width} columns")
    except csv.Error:
        raise DropRefused(drop.name, f"is not CSV after row {row}; a quote may have been left open") from None
