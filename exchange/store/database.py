"""The gateway's own database: one SQLite file, its schema and its connections.

WAL, so that readers and the one writer do not wait for each other; synchronous=FULL, so that a COMMIT that returned
is on the disk.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from exchange.refusals import StoreUnavailable
from exchange.store.migrations import MIGRATIONS

_PREFIX = "sqlite:///"
_WRITE_WAIT_S = 2.0
_READ_WAIT_S = 0.25


class StoreNewer(RuntimeError):
    """This store was written by a newer version of the gateway."""

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


class LogHashDiffers(RuntimeError):
    """The log's tree was begun with another hash than the setting log_hash names; a log keeps its hash."""

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


class Database:
    """Connections to one store. Safe to share between threads and event loops."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, url: str, log_hash: str | None = None) -> Database:
        """`sqlite:///relative.db` or `sqlite:////absolute.db`; the file is made, readable by its owner alone.

        `log_hash`: hash of the log's tree (`sha256`, `sm3`); it can be chosen while the log is empty.
        Raises ValueError for another kind of URL, StoreNewer, LogHashDiffers, and StoreUnavailable.
        """
        if not url.startswith(_PREFIX) or len(url) == len(_PREFIX):
            raise ValueError("the store's URL must be sqlite:///<path>")
        path = Path(url.removeprefix(_PREFIX))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # SQLite gives its -wal and -shm files the mode of the database.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
        except OSError:
            raise StoreUnavailable() from None
        database = cls(path)
        database._migrate()
        if log_hash is not None:
            database._hashed_by(log_hash)
        return database

    def connect(self, wait_s: float = _WRITE_WAIT_S) -> sqlite3.Connection:
        """A connection that may write, without implicit transactions. Raises sqlite3.Error."""
        connection = sqlite3.connect(self.path, timeout=wait_s, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement, on this thread's read-only connection. Raises StoreUnavailable."""
        try:
            return self._reader().execute(sql, parameters).fetchall()
        except sqlite3.Error:
            raise StoreUnavailable() from None

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction on a connection of its own; durable when the block has ended. Raises StoreUnavailable."""
        try:
            connection = self.connect()
        except sqlite3.Error:
            raise StoreUnavailable() from None
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error:
            raise StoreUnavailable() from None
        finally:
            connection.close()  # rolls back what was not committed

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for connection in self._readers:
                with suppress(sqlite3.Error):
                    connection.close()
            self._readers.clear()

    def _reader(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            with self._lock:
                if self._closed:
                    raise sqlite3.ProgrammingError("closed")
                found = sqlite3.connect(
                    f"{self.path.absolute().as_uri()}?mode=ro",
                    uri=True,
                    timeout=_READ_WAIT_S,
                    isolation_level=None,
                    check_same_thread=False,
                )
                self._readers.append(found)
            self._local.connection = found
        return found

    def _migrate(self) -> None:
        with self.write() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT")
            (version,) = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
            if version > len(MIGRATIONS):
                raise StoreNewer()
            # All in one transaction: if we die here the store is as it was.
            for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
                for step in statements:
                    if isinstance(step, str):
                        connection.execute(step)
                    else:
                        step(connection)
                connection.execute("INSERT INTO schema_version VALUES (?)", (number,))

    def _hashed_by(self, log_hash: str) -> None:
        if self.read("SELECT hash FROM log_tree") == [(log_hash,)]:
            return
        with self.write() as connection:
            connection.execute("UPDATE log_tree SET hash = ? WHERE NOT EXISTS (SELECT 1 FROM log)", (log_hash,))
            (hash_,) = connection.execute("SELECT hash FROM log_tree").fetchone()
        if hash_ != log_hash:
            raise LogHashDiffers()
