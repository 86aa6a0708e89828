"""The bank's register on a PostgreSQL server of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from sqlalchemy.dialects import postgresql

from gateway.demo.cluster import binaries, cluster
from gateway.demo.load import indexes_ddl, metadata, tables_ddl, views_ddl


class Postgres:
    beside: Mapping[str, str | None] = {}
    deadline_s = 2

    def __init__(self, url: str, data: Path) -> None:
        self.port = urlsplit(url).port or 0
        self._admin = f"{url}/gateway_pbc"
        self._data = data
        self._owner = data.stat().st_uid

    def mapping(self, text: str, port: int) -> str:
        return text.replace("${GATEWAY_PBC_URL}", f"postgresql://reader@127.0.0.1:{port}/gateway_pbc")

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._admin)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[None]:
        connection = await asyncpg.connect(self._admin)
        try:
            async with connection.transaction():
                await connection.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
                yield
        finally:
            await connection.close()

    @asynccontextmanager
    async def slow(self, table: str) -> AsyncIterator[None]:
        await self.execute(f'ALTER TABLE "{table}" RENAME TO "{table}_RENAMED"')
        await self.execute(f'CREATE VIEW "{table}" AS SELECT * FROM "{table}_RENAMED" WHERE pg_sleep(60) IS NOT NULL')
        await self.execute(f'GRANT SELECT ON "{table}" TO reader')
        try:
            yield
        finally:
            await self.execute(f'DROP VIEW "{table}"')
            await self.execute(f'ALTER TABLE "{table}_RENAMED" RENAME TO "{table}"')

    @asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        await self.execute("ALTER ROLE reader CONNECTION LIMIT 0")
        try:
            yield
        finally:
            await self.execute("ALTER ROLE reader CONNECTION LIMIT -1")

    @asynccontextmanager
    async def revoked(self, table: str) -> AsyncIterator[None]:
        await self.execute(f'REVOKE SELECT ON "{table}" FROM reader')
        try:
            yield
        finally:
            await self.execute(f'GRANT SELECT ON "{table}" TO reader')

    async def running(self) -> int:
        connection = await asyncpg.connect(self._admin)
        try:
            sessions = "SELECT count(*) FROM pg_stat_activity"
            return await connection.fetchval(f"{sessions} WHERE usename = 'reader' AND state = 'active'")
        finally:
            await connection.close()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    async def stop(self) -> None:
        await asyncio.to_thread(self._control, "-m", "immediate", "stop")

    async def start(self) -> None:
        options = (self._data / "postmaster.opts").read_text().partition(" ")[2]
        await asyncio.to_thread(self._control, "-o", options.strip(), "start")

    def _signal(self, number: signal.Signals) -> None:
        """To the server and each of its sessions."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        for each in (pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())):
            with suppress(ProcessLookupError):  # a session that has just ended
                os.kill(each, number)

    def _control(self, *arguments: str) -> None:
        programs = binaries()
        assert programs
        subprocess.run(
            [programs / "pg_ctl", "-D", self._data, "-w", *arguments],
            check=True,
            cwd="/",
            user=self._owner,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def postgres(register: Path) -> Iterator[Postgres]:
    """A cluster of its own that holds what `register`, the bank's SQLite file, holds."""
    with cluster() as url:
        yield Postgres(url, asyncio.run(_filled(url, register)))


async def _filled(url: str, register: Path) -> Path:
    """The folder of the cluster's data."""
    admin = await asyncpg.connect(f"{url}/postgres")
    await admin.execute("CREATE ROLE reader LOGIN")
    await admin.execute("CREATE DATABASE gateway_pbc TEMPLATE template0 ENCODING 'UTF8'")
    folder = Path(await admin.fetchval("SHOW data_directory"))
    await admin.close()
    database = await asyncpg.connect(f"{url}/gateway_pbc")
    dialect, tables = postgresql.dialect(), metadata("PBC")
    for statement in tables_ddl(tables, dialect):
        await database.execute(statement)
    source = sqlite3.connect(register)
    for name in tables.tables:
        rows = source.execute(f'SELECT * FROM "{name}"').fetchall()
        await database.copy_records_to_table(name, records=rows)
    source.close()
    for statement in (*indexes_ddl(tables, dialect), *views_ddl(tables)):
        await database.execute(statement)
    await database.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    await database.close()
    return folder
