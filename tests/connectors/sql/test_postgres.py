"""PostgreSQL sits the exam."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date

import asyncpg
import pytest
import pytest_asyncio

from connectors.contract import Connector
from connectors.mapping import read
from connectors.sql.connector import Sql
from connectors.sql.postgres import PostgresRunner
from connectors.sql.runner import SourceFailed
from tests.connectors.contract import ConnectorExam
from tests.connectors.small import CATALOGUE, DDL, NATIVE, write_mapping

pytestmark = pytest.mark.postgres


async def make_postgres(server: str, name: str, native: Mapping[str, list[tuple[object, ...]]] = NATIVE) -> str:
    """The native rows in a database of this name; its url."""
    connection = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    url = server.rpartition("/")[0] + "/" + name
    connection = await asyncpg.connect(url)
    for statement in DDL:
        await connection.execute(statement)
    for table, rows in native.items():
        for row in rows:
            await connection.execute(f"INSERT INTO {table} VALUES ({', '.join(map(_literal, row))})")
    await connection.close()
    return url


def _literal(value: object) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


@pytest_asyncio.fixture(scope="module")
async def environ(postgres_url: str) -> Mapping[str, str]:
    return {"SMALL_URL": await make_postgres(postgres_url, "small")}


@pytest_asyncio.fixture(scope="module")
async def connector(environ: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Connector]:
    folder = write_mapping(tmp_path_factory.mktemp("mappings"))
    connector = Sql(read(folder, CATALOGUE, environ, date(2026, 11, 24))["PBC"].sources[0], CATALOGUE)
    yield connector
    await connector.close()


class TestPostgres(ConnectorExam):
    pass


async def test_sessions_are_read_only(environ: Mapping[str, str]) -> None:
    runner = PostgresRunner(environ["SMALL_URL"])
    with pytest.raises(SourceFailed):
        await runner.run("DELETE FROM pay", [])
    assert [tuple(row) for row in await runner.run("SELECT count(*) FROM pay", [])] == [(5,)]
    await runner.close()
