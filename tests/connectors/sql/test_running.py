"""What the runners do with statements that take too long, connections that broke and files that were replaced."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from time import monotonic

import asyncpg
import pytest
import pytest_asyncio

from connectors.place import GuardsPlace
from connectors.sql.postgres import PostgresRunner
from connectors.sql.runner import Runner, SourceFailed
from connectors.sql.sqlite import SqliteRunner

FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
SLOW = "SELECT pg_sleep(20)"
OURS = "FROM pg_stat_activity WHERE application_name = 'credit-gateway'"


@pytest_asyncio.fixture
async def server(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 5) -> None:
    ends = monotonic() + seconds
    while not await holds():
        assert monotonic() < ends
        await asyncio.sleep(0.02)


async def failure(runner: Runner, text: str) -> str:
    with pytest.raises(SourceFailed) as caught:
        await runner.run(text, [])
    return caught.value.why


@pytest.mark.postgres
async def test_postgres_ends_a_statement_by_itself(postgres_url: str) -> None:
    runner = PostgresRunner(postgres_url, GuardsPlace(statement_timeout_s=0.2))
    began = monotonic()
    assert await failure(runner, SLOW) == "TIMEOUT"
    assert monotonic() - began < 2
    assert (await runner.run("SHOW statement_timeout", []))[0][0] == "200ms"
    assert runner.connections == 1
    await runner.close()


@pytest.mark.postgres
async def test_a_statement_whose_ask_has_gone_is_cancelled_at_the_server(
    postgres_url: str, server: asyncpg.Connection
) -> None:
    runner = PostgresRunner(postgres_url, GuardsPlace(at_once=1, deadline_s=30))

    async def runs() -> bool:
        return bool(await server.fetchval(f"SELECT count(*) {OURS} AND query LIKE '%pg_sleep%' AND state = 'active'"))

    async def runs_not() -> bool:
        return not await runs()

    ask = asyncio.ensure_future(runner.run(SLOW, []))
    await until(runs)
    ask.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ask
    await until(runs_not, 2)
    assert [tuple(row) for row in await runner.run("SELECT 1", [])] == [(1,)]
    await runner.close()
    assert runner.connections == 0


@pytest.mark.postgres
async def test_connections_are_bounded(postgres_url: str, server: asyncpg.Connection) -> None:
    runner = PostgresRunner(postgres_url, GuardsPlace(at_once=2))
    before = await server.fetchval(f"SELECT count(*) {OURS}")
    asks = [asyncio.ensure_future(runner.run("SELECT pg_sleep(0.1)", [])) for _ in range(6)]
    await asyncio.sleep(0.15)
    assert await server.fetchval(f"SELECT count(*) {OURS}") - before <= 2
    await asyncio.gather(*asks)
    assert runner.connections == 2
    await runner.close()


@pytest.mark.postgres
async def test_connections_cut_while_idle_cost_no_ask(postgres_url: str, server: asyncpg.Connection) -> None:
    runner = PostgresRunner(postgres_url)
    rows = await asyncio.gather(*(runner.run("SELECT pg_backend_pid(), pg_sleep(0.05)", []) for _ in range(3)))
    pids = {found[0][0] for found in rows}
    assert len(pids) == 3
    for pid in pids:
        await server.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.sleep(0.1)
    assert len(await runner.run("SELECT 1", [])) == 1
    assert runner.connections == 1
    await runner.close()


@pytest.mark.postgres
async def test_after_a_cut_within_a_statement_the_next_ask_has_a_new_connection(
    postgres_url: str, server: asyncpg.Connection
) -> None:
    runner = PostgresRunner(postgres_url)
    assert await failure(runner, "SELECT pg_terminate_backend(pg_backend_pid())") == "UNREACHABLE"
    assert len(await runner.run("SELECT 1", [])) == 1
    await runner.close()


async def test_sqlite_ends_a_statement_by_itself(tmp_path: Path) -> None:
    runner = SqliteRunner(_small(tmp_path / "small.db", 1), GuardsPlace(statement_timeout_s=0.2))
    began = monotonic()
    assert await failure(runner, FOREVER) == "TIMEOUT"
    assert monotonic() - began < 2
    assert await runner.run("SELECT n FROM one", []) == [(1,)]
    await runner.close()


async def test_sqlite_stops_work_whose_ask_has_gone(tmp_path: Path) -> None:
    runner = SqliteRunner(_small(tmp_path / "small.db", 1), GuardsPlace(at_once=1, deadline_s=30))
    ask = asyncio.ensure_future(runner.run(FOREVER, []))
    await asyncio.sleep(0.05)
    ask.cancel()
    async with asyncio.timeout(2):  # the only thread is free again
        assert await runner.run("SELECT n FROM one", []) == [(1,)]
    assert ask.cancelled()
    await runner.close()


async def test_a_sqlite_file_that_is_replaced_is_read_anew_and_one_that_is_gone_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "small.db"
    runner = SqliteRunner(_small(path, 1), GuardsPlace(at_once=1))
    assert await runner.run("SELECT n FROM one", []) == [(1,)]
    _small(tmp_path / "next.db", 2)
    os.replace(tmp_path / "next.db", path)
    assert await runner.run("SELECT n FROM one", []) == [(2,)]
    assert runner.connections == 1
    path.unlink()
    assert await failure(runner, "SELECT n FROM one") == "UNREACHABLE"
    _small(path, 3)
    assert await runner.run("SELECT n FROM one", []) == [(3,)]
    await runner.close()


async def test_a_sqlite_file_that_somebody_locks_is_waited_for_within_the_statement_timeout(tmp_path: Path) -> None:
    runner = SqliteRunner(_small(tmp_path / "small.db", 1), GuardsPlace(statement_timeout_s=0.2))
    writer = sqlite3.connect(tmp_path / "small.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    began = monotonic()
    assert await failure(runner, "SELECT n FROM one") == "TIMEOUT"
    assert monotonic() - began < 2
    writer.execute("ROLLBACK")
    assert await runner.run("SELECT n FROM one", []) == [(1,)]
    writer.close()
    await runner.close()


def _small(path: Path, number: int) -> str:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE one (n INTEGER)")
    connection.execute("INSERT INTO one VALUES (?)", (number,))
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"
