"""Parquet files: only the columns that the mapping reads are unpacked, some thousand rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.encoding import INVALID
from connectors.files.cells import Cells, Needed, Table, cell_text, picked, plain
from connectors.files.drop import Drop
from connectors.files.folder import DropRefused

MOST_UNPACKED = 16 << 30
"""Bytes of all row groups together, as the file itself says."""
_BATCH = 4096


@contextmanager
def parquet_table(path: Path, drop: Drop, encoding: str, needed: Needed) -> Iterator[Table]:
    """Raises DropRefused."""
    with pq.ParquetFile(path) as file:
        said = file.metadata
        if sum(said.row_group(i).total_byte_size for i in range(said.num_row_groups)) > MOST_UNPACKED:
            raise DropRefused(drop.name, "unpacks to more than a drop may hold")
        columns = picked(drop.name, file.schema_arrow.names, needed)
        yield Table(tuple(columns), _rows(file, tuple(columns), encoding))


def _rows(file: Any, names: tuple[str, ...], encoding: str) -> Iterator[Cells]:
    if not names:
        return
    for batch in file.iter_batches(_BATCH, columns=list(names)):
        yield from zip(*(_texts(batch.column(name), encoding) for name in names), strict=True)


def _texts(column: Any, encoding: str) -> list[str | None]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_floating(column.type):  # of 32 bits too: 0.1 stays 0.1
        return [_float(text) for text in pc.cast(column, pa.string()).to_pylist()]
    return [cell_text(value, encoding) for value in column.to_pylist()]


def _float(text: str | None) -> str | None:
    if text is None:
        return None
    return INVALID if text.strip("-") in ("nan", "inf") else plain(text)
