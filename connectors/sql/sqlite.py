"""SQLite, opened read-only, on its own driver: one thread hop for each statement."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from connectors.place import RecordPlace
from connectors.sql.dialect import SQLITE
from connectors.sql.runner import SourceFailed
from connectors.sql.shape import Columns, Shape
from connectors.sql.trial import trial_fragments, trial_source

_T = TypeVar("_T")
_THREADS = 4


class SqliteRunner:
    """One connection in each thread, opened at its first statement."""

    dialect = SQLITE

    def __init__(self, url: str) -> None:
        self._path = Path(url.removeprefix("sqlite://").removeprefix("/"))
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sqlite")
        self._own = threading.local()
        self._open: list[sqlite3.Connection] = []

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        def fetch(connection: sqlite3.Connection) -> list[Sequence[Any]]:
            return connection.execute(text, values).fetchall()

        return await self._in_thread(fetch)

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        return await self._in_thread(lambda connection: _inspect(connection, tuple(places)))

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for connection in self._open:
            connection.interrupt()
        self._open.clear()

    async def _in_thread(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        used: list[sqlite3.Connection] = []

        def hop() -> _T:
            used.append(self._connection())
            return work(used[0])

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, hop)
        except sqlite3.Error as error:
            raise SourceFailed(_why(error)) from None
        except RuntimeError:  # the threads are shut down
            raise SourceFailed("UNREACHABLE") from None
        except asyncio.CancelledError:
            for connection in used:
                connection.interrupt()
            raise

    def _connection(self) -> sqlite3.Connection:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            uri = f"file:{quote(str(self._path))}?mode=ro"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False, cached_statements=256)
            connection.execute("PRAGMA query_only = ON")
            self._own.connection = connection
            self._open.append(connection)
        return connection


def _why(error: sqlite3.Error) -> str:
    text = str(error)
    if "no such" in text or isinstance(error, sqlite3.ProgrammingError):
        return "SHAPE_CHANGED"
    if "unable to open" in text or "not a database" in text:
        return "UNREACHABLE"
    return "TIMEOUT" if "interrupted" in text else "FAILED"


def _inspect(connection: sqlite3.Connection, places: tuple[RecordPlace, ...]) -> Shape:
    tables: dict[str, Columns] = {}
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall():
        columns = connection.execute("SELECT name, lower(type) FROM pragma_table_info(?)", (name,)).fetchall()
        tables[name.lower()] = Columns(name, dict(columns))
    selects: dict[str, Columns] = {}
    broken: dict[str, str] = {}
    for place in places:
        if place.select is not None:
            try:
                cursor = connection.execute(trial_source(place, {}, SQLITE))
            except sqlite3.Error:
                broken[place.record] = "from"
                continue
            selects[place.record] = Columns(place.record, {column[0]: "" for column in cursor.description})
        elif (place.table or "").lower() not in tables:
            continue
        table = "" if place.table is None else f'"{tables[place.table.lower()].name}"'
        for name, _, text in trial_fragments(place, table, {}, SQLITE):
            try:
                connection.execute(text)
            except sqlite3.Error:
                broken.setdefault(place.record, name)
    return Shape(tables, selects, broken)
