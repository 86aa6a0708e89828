"""SQLite, opened read-only, on its own driver: one thread hop for each statement."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import quote

from connectors.encoding import LEGACY, halfwidth, legible
from connectors.place import GuardsPlace, RecordPlace
from connectors.sql.dialect import Dialect
from connectors.sql.encoded import EncodedSqlite
from connectors.sql.runner import SourceFailed
from connectors.sql.shape import Columns, Shape
from connectors.sql.sqlite_dialect import SQLITE
from connectors.sql.trial import trial_fragments, trial_source

_T = TypeVar("_T")
_THREADS = 4
_STEPS = 20_000
"""Of SQLite's machine, between two looks at the clock: well under a millisecond."""
_DEFAULT = GuardsPlace()


@dataclass(slots=True, eq=False)
class _Job:
    """One piece of work in a thread, which ends when its time is up or its ask has gone.

    No `interrupt()`: that would strike whatever the connection works at by then.
    """

    until: float
    """By the monotonic clock."""
    gone: bool = False

    def over(self) -> bool:
        return self.gone or monotonic() >= self.until


@dataclass(frozen=True, slots=True)
class _Opened:
    connection: sqlite3.Connection
    file: tuple[int, int]
    """Device and inode: a file put in the place of another is another one."""


class SqliteRunner:
    """One connection in each thread, opened at its first statement, and again when the file has been replaced."""

    def __init__(self, url: str, guards: GuardsPlace = _DEFAULT, encoding: str = "utf-8") -> None:
        self.dialect = EncodedSqlite(encoding) if encoding in LEGACY else SQLITE
        self._encoding = encoding
        self._path = Path(url.removeprefix("sqlite://").removeprefix("/"))
        self._seconds = guards.statement_s
        self._threads = ThreadPoolExecutor(min(_THREADS, guards.at_once), thread_name_prefix="sqlite")
        self._own = threading.local()
        self._jobs: set[_Job] = set()
        self._open: set[sqlite3.Connection] = set()

    @property
    def connections(self) -> int:
        return len(self._open)

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        def fetch(connection: sqlite3.Connection) -> list[Sequence[Any]]:
            return connection.execute(text, values).fetchall()

        return await self._in_thread(fetch)

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        return await self._in_thread(lambda connection: inspect(connection, tuple(places), self.dialect))

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for job in self._jobs:
            job.gone = True
        self._open.clear()

    async def _in_thread(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        job = _Job(monotonic() + self._seconds)

        def hop() -> _T:
            connection = self._connection()
            connection.set_progress_handler(job.over, _STEPS)
            return work(connection)

        self._jobs.add(job)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, hop)
        except (sqlite3.Error, OSError) as error:
            raise SourceFailed(why(error)) from None
        except RuntimeError:  # the threads are shut down
            raise SourceFailed("UNREACHABLE") from None
        finally:
            self._jobs.discard(job)
            job.gone = True

    def _connection(self) -> sqlite3.Connection:
        """Raises OSError where there is no such file (any more)."""
        found = self._path.stat()
        file = (found.st_dev, found.st_ino)
        opened: _Opened | None = getattr(self._own, "opened", None)
        if opened and opened.file != file:
            self._open.discard(opened.connection)
            opened.connection.close()
            opened = None
        if opened is None:
            uri = f"file:{quote(str(self._path))}?mode=ro"
            connection = sqlite3.connect(
                uri, uri=True, check_same_thread=False, cached_statements=256, timeout=self._seconds
            )
            # Bytes that are no text make one value that fits nothing, not an answer that cannot be read.
            connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
            connection.execute("PRAGMA query_only = ON")
            give_functions(connection, self._encoding)
            opened = self._own.opened = _Opened(connection, file)
            self._open.add(connection)
        return opened.connection


def give_functions(connection: sqlite3.Connection, encoding: str = "utf-8") -> None:
    """What the statements of this dialect call and SQLite lacks."""

    def read(data: bytes | None) -> str | None:
        return None if data is None else legible(data, encoding)

    def narrowed(data: bytes | None) -> str | None:
        return None if data is None else halfwidth(legible(data, "utf-8"))

    def digest(data: bytes | None) -> str | None:
        return None if data is None else hashlib.md5(data, usedforsecurity=False).hexdigest()

    connection.create_function("md5", 1, digest, deterministic=True)
    connection.create_function("legible", 1, read, deterministic=True)
    connection.create_function("halfwidth", 1, narrowed, deterministic=True)


def why(error: sqlite3.Error | OSError) -> str:
    if isinstance(error, OSError):
        return "UNREACHABLE"
    text = str(error)
    if "no such" in text or isinstance(error, sqlite3.ProgrammingError):
        return "SHAPE_CHANGED"
    if "unable to open" in text or "not a database" in text:
        return "UNREACHABLE"
    return "TIMEOUT" if "interrupted" in text or "locked" in text else "FAILED"


def inspect(connection: sqlite3.Connection, places: tuple[RecordPlace, ...], dialect: Dialect) -> Shape:
    tables: dict[str, Columns] = {}
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall():
        try:
            columns = connection.execute("SELECT name, lower(type) FROM pragma_table_info(?)", (name,)).fetchall()
        except sqlite3.Error:  # a view over what is gone, or a table of a module that is not here
            continue
        tables[name.lower()] = Columns(name, dict(columns))
    selects: dict[str, Columns] = {}
    broken: dict[str, str] = {}
    for place in places:
        if place.select is not None:
            try:
                cursor = connection.execute(trial_source(place, {}, dialect))
            except sqlite3.Error:
                broken[place.record] = "from"
                continue
            selects[place.record] = Columns(place.record, {column[0]: "" for column in cursor.description})
        elif (place.table or "").lower() not in tables:
            continue
        table = "" if place.table is None else f'"{tables[place.table.lower()].name}"'
        for name, _, text in trial_fragments(place, table, {}, dialect):
            try:
                connection.execute(text)
            except sqlite3.Error:
                broken.setdefault(place.record, name)
    return Shape(tables, selects, broken)
