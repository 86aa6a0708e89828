"""A private SQLite in memory: rows that came from elsewhere, under the mapping's own names, for one statement."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from connectors.place import RecordPlace
from connectors.sql.runner import SourceFailed
from connectors.sql.shape import Shape
from connectors.sql.sqlite import give_functions, inspect, why
from connectors.sql.sqlite_dialect import SQLITE

_T = TypeVar("_T")
_STEPS = 10_000
"""Of SQLite's machine between two looks whether the ask is still there."""


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str | None]] = ()
    indexed: tuple[str, ...] = ()
    """Columns by which people are found."""


class Scratch:
    """Every column is TEXT, so that `01` stays `01`, and 18 digits stay 18 digits."""

    dialect = SQLITE

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables

    @property
    def connections(self) -> int:
        """None stays open between two statements."""
        return 0

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        return await self._in_thread(lambda database: database.execute(text, values).fetchall())

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        return await self._in_thread(lambda database: inspect(database, tuple(places), self.dialect))

    async def close(self) -> None:
        """Nothing is open."""

    async def _in_thread(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        gone = threading.Event()

        def hop() -> _T:
            with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
                database.set_progress_handler(gone.is_set, _STEPS)
                give_functions(database)
                self._fill(database)
                return work(database)

        try:
            return await asyncio.to_thread(hop)
        except sqlite3.Error as error:
            raise SourceFailed(why(error)) from None
        finally:
            gone.set()

    def _fill(self, database: sqlite3.Connection) -> None:
        database.execute("BEGIN")
        for name, table in self._tables.items():
            database.execute(f'CREATE TABLE "{name}" ({", ".join(f"{_quoted(c)} TEXT" for c in table.columns)})')
            marks = ", ".join("?" * len(table.columns))
            database.executemany(f'INSERT INTO "{name}" VALUES ({marks})', table.rows)  # noqa: S608 - checked names
            for column in table.indexed:
                database.execute(f'CREATE INDEX "{name} by {column}" ON "{name}" ({_quoted(column)})')
        database.execute("COMMIT")
        database.execute("PRAGMA query_only = ON")


def _quoted(name: str) -> str:
    return f'"{name}"'
