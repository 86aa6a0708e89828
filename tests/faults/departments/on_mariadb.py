"""The bank's register on a MariaDB server of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncmy
from asyncmy.connection import Connection
from asyncmy.errors import OperationalError
from sqlalchemy.dialects import mysql

from gateway.demo.load import indexes_ddl, metadata, tables_ddl, views, views_ddl
from gateway.demo.mariadb_server import mariadb_server

_DATABASE = "gateway_pbc"
_WAIT_S = 30
_DURABLE = "--innodb-flush-log-at-trx-commit=1"
"""What was committed is there after a kill."""


class MariaDb:
    beside: Mapping[str, str | None] = {}
    deadline_s = 2

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self._pid = pid
        self._command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
        self._again: subprocess.Popen[bytes] | None = None
        """The server that was started anew; the first one is its starter's."""

    def mapping(self, text: str, port: int) -> str:
        return text.replace("${GATEWAY_PBC_URL}", f"mariadb://reader@127.0.0.1:{port}/{_DATABASE}")

    async def execute(self, statement: str) -> None:
        async with _connected(self.port) as connection:
            await _told(connection, statement)

    async def running(self) -> int:
        async with _connected(self.port) as connection:
            sessions = "SELECT count(*) FROM information_schema.processlist"
            ((found,),) = await _told(connection, f"{sessions} WHERE user = 'reader' AND command <> 'Sleep'")
            return found

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[None]:
        async with _connected(self.port) as connection:
            await _told(connection, f'LOCK TABLES "{table}" WRITE')
            yield

    @asynccontextmanager
    async def revoked(self, table: str) -> AsyncIterator[None]:
        await self.execute(f'REVOKE SELECT ON "{table}" FROM reader')
        try:
            yield
        finally:
            await self.execute(f'GRANT SELECT ON "{table}" TO reader')

    @asynccontextmanager
    async def slow(self, table: str) -> AsyncIterator[None]:
        await self.execute(f'ALTER TABLE "{table}" RENAME TO "{table}_RENAMED"')
        # It works, and does not sleep: a sleeping statement would notice by itself that the gateway has gone.
        busy = "benchmark(100000000000, md5(1)) = 0"
        await self.execute(f'CREATE VIEW "{table}" AS SELECT * FROM "{table}_RENAMED" WHERE {busy}')
        await self.execute(f'GRANT SELECT ON "{table}" TO reader')
        try:
            yield
        finally:
            await self.execute(f'DROP VIEW "{table}"')
            await self.execute(f'ALTER TABLE "{table}_RENAMED" RENAME TO "{table}"')

    @asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        """The user may have one connection, and somebody else has it."""
        await self.execute("ALTER USER reader WITH MAX_USER_CONNECTIONS 1")
        try:
            until = time.monotonic() + _WAIT_S
            while (held := await self._held()) is None:
                assert time.monotonic() < until, "the server still counts connections that were cut"
                await asyncio.sleep(0.05)
            try:
                yield
            finally:
                await held.ensure_closed()
        finally:
            await self.execute("ALTER USER reader WITH MAX_USER_CONNECTIONS 0")

    async def _held(self) -> Connection | None:
        try:
            return await _opened(self.port, "reader")
        except OperationalError:
            return None

    def freeze(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._pid, signal.SIGCONT)

    async def stop(self) -> None:
        await asyncio.to_thread(self.kill)

    async def start(self) -> None:
        await asyncio.to_thread(self._start)

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        if self._again:
            self._again.wait()
        until = time.monotonic() + _WAIT_S
        while _alive(self._pid):
            assert time.monotonic() < until, "the server does not end"
            time.sleep(0.02)

    def close(self) -> None:
        if self._again:
            self._again.kill()
            self._again.wait()

    def _start(self) -> None:
        self._again = subprocess.Popen(
            [*self._command, _DURABLE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._pid = self._again.pid
        until = time.monotonic() + _WAIT_S
        while time.monotonic() < until and self._again.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError("the server does not start again")


def _alive(pid: int) -> bool:
    """A server that has ended stays a zombie until its starter asks; its threads, which hold the port, end after it."""
    states = []
    for task in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            states.append(task.read_text().rpartition(")")[2].split()[0])
    return any(state not in "ZX" for state in states)


@contextmanager
def mariadb(register: Path) -> Iterator[MariaDb]:
    """A server of its own that holds what `register`, the bank's SQLite file, holds."""
    with mariadb_server() as url:
        port = urlsplit(url).port or 0
        server = MariaDb(port, asyncio.run(_filled(port, register)))
        try:
            yield server
        finally:
            server.close()


async def _filled(port: int, register: Path) -> int:
    """The server's process."""
    dialect, tables = mysql.dialect(), metadata("PBC")
    async with _connected(port, database=None) as connection:
        await _told(connection, "SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        await _told(connection, f"CREATE DATABASE {_DATABASE} CHARACTER SET utf8mb4")
        await _told(connection, f"USE {_DATABASE}")
        for statement in tables_ddl(tables, dialect):
            await _told(connection, statement)
        source = sqlite3.connect(register)
        for name, table in tables.tables.items():
            rows = source.execute(f'SELECT * FROM "{name}"').fetchall()
            marks = ", ".join(["%s"] * len(table.columns))
            async with connection.cursor() as cursor:
                await cursor.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)
        source.close()
        for statement in (*indexes_ddl(tables, dialect), *views_ddl(tables)):
            await _told(connection, statement)
        await _told(connection, "CREATE USER reader")
        for name in (*tables.tables, *views(tables)):
            await _told(connection, f'GRANT SELECT ON "{name}" TO reader')
        ((folder, file),) = await _told(connection, "SELECT @@datadir, @@pid_file")
    return int((Path(folder) / file).read_text())


async def _opened(port: int, user: str, database: str | None = _DATABASE) -> Connection:
    return await asyncmy.connect(
        host="127.0.0.1",
        port=port,
        user=user,
        database=database,
        charset="utf8mb4",
        autocommit=True,
        init_command="SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'",
    )


@asynccontextmanager
async def _connected(port: int, database: str | None = _DATABASE) -> AsyncIterator[Connection]:
    connection = await _opened(port, "root", database)
    try:
        yield connection
    finally:
        await connection.ensure_closed()


async def _told(connection: Connection, statement: str) -> Sequence[Sequence[Any]]:
    async with connection.cursor() as cursor:
        await cursor.execute(statement)
        return await cursor.fetchall()
