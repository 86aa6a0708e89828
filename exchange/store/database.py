"""The gateway's own database, behind one interface: SQLite (a file) or PostgreSQL.

Statements are written once, in the SQL that both understand: `?` for a value, `IN ?*` for a list of texts, and
`FROM EACH ?*` for such a list as a table (`listed`, of one column `value`). Times are text in UTC as
`exchange.audit.stamp` writes them, yes/no is 0 or 1, lists and objects are JSON in a text.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from exchange.change import Statement
from exchange.refusals import StoreUnavailable

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")
UNKNOWN = "the store's URL must be sqlite:///<path> or postgresql://<user>@<host>/<name>"
Row = tuple[Any, ...]
WRITE_WAIT_S = 2.0
"""How long a transaction waits for its lock."""


class StoreOlder(RuntimeError):
    """This store was written by an older version of the gateway: run 'gateway db upgrade'."""

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


class StoreNewer(RuntimeError):
    """This store was written by a newer version of the gateway."""

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


class StoreNotDurable(RuntimeError):
    """This server acknowledges what is not on the disk (fsync, full_page_writes or synchronous_commit is off)."""

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


class LogHashDiffers(RuntimeError):
    """The log's tree was begun with another hash than the setting log_hash names; a log keeps its hash."""

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


class StoreBusy(StoreUnavailable):
    """Somebody else holds the lock; nothing was done."""


class StoreConflict(StoreUnavailable):
    """The tables' own fence held: a key that is there already, or a row that may not be changed."""


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows of one table, as many as there are, in one statement."""

    table: str
    columns: tuple[tuple[str, str], ...]
    """(name, type): `text`, `bigint` or `bytea`."""
    otherwise: str = ""
    """What becomes of a row whose key is there already, as SQL: `ON CONFLICT …`."""

    @property
    def names(self) -> str:
        return ", ".join(name for name, _ in self.columns)


class Tx(Protocol):
    """One transaction under way. Its methods raise StoreUnavailable; then the whole transaction is undone."""

    async def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of one statement (none, where it returns none: say RETURNING to learn what was changed)."""
        ...

    async def read_all(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """The rows of each, in one round trip. None of them changes anything."""
        ...

    async def insert(self, rows: Sequence[tuple[Insert, Sequence[Row]]]) -> None:
        """All or none, in one round trip, whatever refers to what. Of one table at most once."""
        ...

    async def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """One statement for each row of parameters."""
        ...


class Database(ABC):
    """Connections to one store. Safe to share between threads and event loops."""

    remote = False
    """Whether a read is a round trip to a server."""

    @staticmethod
    async def open(url: str, log_hash: str | None = None) -> Database:
        """`sqlite:////absolute.db` (made where it is missing, for its owner alone) or `postgresql://user@host/name`.

        `log_hash`: hash of the log's tree (`sha256`, `sm3`); it can be chosen while the log is empty.
        Raises ValueError for another kind of URL, StoreOlder, StoreNewer, StoreNotDurable, LogHashDiffers, and
        StoreUnavailable.
        """
        database = _made(url)
        try:
            await database.prepare()
            if log_hash is not None:
                await database._hashed_by(log_hash)
        except BaseException:
            await database.close()
            raise
        return database

    @staticmethod
    def loop() -> asyncio.AbstractEventLoop:
        """A loop for a thread that talks to this store alone."""
        return asyncio.new_event_loop()

    @abstractmethod
    async def prepare(self) -> None:
        """Make a new SQLite file, and look whether the schema is this version's."""

    @abstractmethod
    async def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of one statement that changes nothing. Raises StoreUnavailable."""

    async def read_all(self, statements: Sequence[Statement]) -> list[list[Row]]:
        """The same of several, in one round trip. Raises StoreUnavailable."""
        return [await self.read(each.sql, each.parameters) for each in statements]

    @abstractmethod
    async def connect(self, wait_s: float = WRITE_WAIT_S) -> Connection:
        """A connection of one's own, for one event loop. Raises StoreUnavailable."""

    @abstractmethod
    async def close(self) -> None: ...

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """One transaction; durable when the block has ended, undone when it raises. Raises StoreUnavailable."""
        connection = await self.connect()
        try:
            await connection.begin()
            yield connection
            await connection.commit()
        finally:
            await connection.close()  # rolls back what was not committed

    async def _hashed_by(self, log_hash: str) -> None:
        if await self.read("SELECT hash FROM log_tree") == [(log_hash,)]:
            return
        async with self.write() as tx:
            await tx.run("UPDATE log_tree SET hash = ? WHERE NOT EXISTS (SELECT 1 FROM log)", (log_hash,))
            [(hash_,)] = await tx.run("SELECT hash FROM log_tree")
        if hash_ != log_hash:
            raise LogHashDiffers()


class Connection(Tx, Protocol):
    """A connection that may write. Raises StoreUnavailable; after that it is of no more use."""

    async def begin(self, wait_s: float = WRITE_WAIT_S) -> None: ...

    async def begin_log(self, wait_s: float = WRITE_WAIT_S) -> None:
        """Begin, as the one who may append to the log until the transaction ends. Raises StoreBusy."""
        ...

    async def append(self, rows: Sequence[tuple[Insert, Sequence[Row]]], guard: Statement) -> bool:
        """`insert` as a transaction of its own, durable when it returns, if the log's lock is free and `guard` gives a
        row. False: nothing was done; so always where beginning a transaction is no round trip."""
        ...

    async def commit(self) -> None:
        """Returns when what was written is on the disk."""
        ...

    async def rollback(self) -> None: ...

    async def close(self) -> None: ...


def storable(value: Any) -> Any:
    """No server takes a NUL in a text, or half a character; no id of ours has one."""
    if type(value) is str and (not value.isascii() or "\0" in value):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return value


def _made(url: str) -> Database:
    from exchange.store.postgres import PostgresDatabase
    from exchange.store.sqlite import SqliteDatabase

    if url.startswith(POSTGRES):
        return PostgresDatabase(url)
    if url.startswith(SQLITE) and url != SQLITE:
        return SqliteDatabase.at(url)
    raise ValueError(UNKNOWN)
