"""All drops of a department as one SQLite database: private, all columns text, only those that the mapping reads."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from connectors.encoding import INVALID
from connectors.files.cells import Cells, Table
from connectors.files.drop import Drop, Drops
from connectors.files.excel import excel_table
from connectors.files.folder import DropRefused, Seen, check_manifest, copied, look
from connectors.files.lines import csv_table
from connectors.files.parquet import parquet_table
from connectors.files.reads import Reads
from connectors.files.shelf import Shelf
from connectors.place import Place, SourcePlace
from exchange.catalogue import Kind

MOST_ROWS = 50_000_000
"""Of one drop."""
_EVERY = 4096


@dataclass(frozen=True, slots=True)
class Snapshot:
    path: Path
    seen: Seen
    place: SourcePlace
    """The department's, with the day of each record type that has no `as_of` of its own."""
    lost: Mapping[str, int]
    """Drop → rows whose id number cannot be read: they are nobody's."""
    digests: Mapping[str, str]
    """Drop → SHA-256 of its file."""


def load(
    folder: Path,
    seen: Seen,
    place: SourcePlace,
    drops: Drops,
    shelf: Shelf,
    stop: threading.Event,
    before: Snapshot | None = None,
) -> Snapshot:
    """Copies, checks that nothing moved meanwhile, and only then parses. Raises DropRefused; leaves nothing behind.

    A drop whose file is still the one of the snapshot before is taken from there.
    """
    kept = {name for name in seen if name and before and before.seen.get(name) == seen[name]}
    copies = {name: shelf.path(".drop") for name in seen if name not in kept}
    path = shelf.path(".db")
    try:
        digests = {name: copied(folder, seen[name], name, copies[name], stop) for name in copies}
        digests |= {name: before.digests[name] for name in kept if before}
        if look(folder, drops) != seen:
            raise DropRefused("", "a drop was replaced while the drops were read", passing=True)
        if "" in seen:
            check_manifest(copies[""], seen, digests)
        lost = _fill(path, copies, place, drops, stop, before if kept else None)
        return Snapshot(path, seen, _dated(place, seen, drops), lost, digests)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        for copy in copies.values():
            copy.unlink(missing_ok=True)


def _fill(
    path: Path,
    copies: Mapping[str, Path],
    place: SourcePlace,
    drops: Drops,
    stop: threading.Event,
    before: Snapshot | None,
) -> dict[str, int]:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    reads, lost = Reads(place), dict(before.lost) if before else {}
    if before:
        shutil.copyfile(before.path, path)  # nobody writes to a snapshot
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        for name, drop in drops.drops.items():
            if name not in copies:
                continue
            database.execute(f"DROP TABLE IF EXISTS {_quoted(name)}")
            try:
                with _opened(copies[name], drop, place.encoding, reads) as table:
                    _insert(database, name, table, stop)
                lost[name] = _index(database, name, table, reads)
            except (DropRefused, sqlite3.OperationalError):
                raise
            except Exception:  # whatever a parser makes of a damaged file
                raise DropRefused(name, f"cannot be read as {drop.format}") from None
        database.commit()
    return lost


def _opened(path: Path, drop: Drop, encoding: str, reads: Reads) -> AbstractContextManager[Table]:
    def needed(column: str) -> bool:
        return reads.needs(drop.name, column)

    match drop.format:
        case "csv":
            return csv_table(path, drop, drop.encoding or encoding, needed)
        case "xlsx":
            return excel_table(path, drop, needed)
        case _:
            return parquet_table(path, drop, drop.encoding or encoding, needed)


def _insert(database: sqlite3.Connection, name: str, table: Table, stop: threading.Event) -> None:
    columns = ", ".join(f"{_quoted(column)} TEXT" for column in table.names)
    database.execute(f"CREATE TABLE {_quoted(name)} ({columns or 'nothing TEXT'})")
    if table.names:
        marks = ", ".join("?" * len(table.names))
        database.executemany(f"INSERT INTO {_quoted(name)} VALUES ({marks})", _counted(name, table, stop))  # noqa: S608


def _counted(name: str, table: Table, stop: threading.Event) -> Iterator[Cells]:
    for count, row in enumerate(table.rows):
        if count >= MOST_ROWS:
            raise DropRefused(name, f"has more than {MOST_ROWS} rows")
        if count % _EVERY == 0 and stop.is_set():
            raise DropRefused(name, "was not read to its end", "UNREACHABLE", passing=True)
        yield row


def _index(database: sqlite3.Connection, name: str, table: Table, reads: Reads) -> int:
    """Indexes the drop; how many rows are nobody's because their id number cannot be read."""
    for count, expression in enumerate(reads.indexes(name, table.names)):
        with suppress(sqlite3.OperationalError):  # an expression that SQLite does not accept is a fault of `check`
            database.execute(f"CREATE INDEX {_quoted(f'{name} {count}')} ON {_quoted(name)} ({expression})")
    counts = f"SELECT count(*) FROM {_quoted(name)} WHERE "  # noqa: S608
    keys = reads.key_columns(name, table.names)
    return sum(database.execute(f"{counts} {_quoted(key)} = ?", (INVALID,)).fetchone()[0] for key in keys)


def _dated(place: SourcePlace, seen: Seen, drops: Drops) -> SourcePlace:
    """A record of several drops is vouched for by the oldest."""
    reads = Reads(place)
    days = {record: [] for record in place.records}
    for name, drop in drops.drops.items():
        for record in reads.of(name):
            days[record.record].append(seen[name].day(drop))
    records = dict(place.records)
    for code, record in records.items():
        if record.as_of is None and days[code] and all(days[code]):
            records[code] = replace(record, as_of=Place(record.line, Kind.DATE, value=min(days[code])))
    return replace(place, records=records)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
