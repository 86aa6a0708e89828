"""CSV, strictly: a line of another width than the header's has lost its structure, and the file is refused."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.files.cells import Cells, Needed, Table, picked, text_of
from connectors.files.drop import Drop
from connectors.files.folder import DropRefused

_LOOKED_AT = 4 << 20
"""Bytes of the beginning."""
_TELLING = 8
"""Characters of three bytes, as Chinese ones are in UTF-8; two may be chance."""
csv.field_size_limit(16 << 20)
"""Longer, and a quote was left open; a shorter one that is too long is a value that does not fit."""


@contextmanager
def csv_table(path: Path, drop: Drop, encoding: str, needed: Needed) -> Iterator[Table]:
    """Bytes that are none in the encoding make their value unreadable, no more. Raises DropRefused, in `rows` too."""
    if not encoding.startswith("utf") and _is_utf8(path):
        raise DropRefused(drop.name, "is UTF-8, and the mapping says another encoding")
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


def _is_utf8(path: Path) -> bool:
    """Nearly every pair of bytes is a character of GB 18030, so that UTF-8 read as such gives wrong names and no fault.
    The other way round text of a few Chinese characters is no UTF-8 any more."""
    with path.open("rb") as file:
        data = file.read(_LOOKED_AT)
    if data.startswith(codecs.BOM_UTF8):
        return True
    try:
        text, _ = codecs.utf_8_decode(data, "strict", len(data) < _LOOKED_AT)
    except UnicodeDecodeError:
        return False
    return sum(character > "\u2e80" for character in text) >= _TELLING


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
