"""SQLite sits the exam."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from connectors.contract import Connector
from connectors.mapping import read
from connectors.sql.connector import Sql
from tests.connectors.contract import ConnectorExam
from tests.connectors.small import CATALOGUE, make_sqlite, write_mapping


@pytest_asyncio.fixture(scope="module")
async def connector(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Connector]:
    folder: Path = tmp_path_factory.mktemp("sqlite")
    environ = {"SMALL_URL": make_sqlite(folder / "small.db")}
    mappings = read(write_mapping(folder / "mappings"), CATALOGUE, environ, date(2026, 11, 24))
    connector = Sql(mappings["PBC"].sources[0], CATALOGUE)
    yield connector
    await connector.close()


class TestSqlite(ConnectorExam):
    pass
