"""A department behind HTTP sits the exam."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio

from connectors.contract import Connector
from connectors.counting import Counts
from connectors.http.connector import Http
from connectors.mapping import read
from exchange.records import Unavailable
from gateway.demo.service import department_app, http_mapping
from tests.connectors.contract import ConnectorExam
from tests.connectors.http.served import served
from tests.connectors.small import CATALOGUE, MAPPING, make_sqlite, write_mapping


@pytest_asyncio.fixture(scope="module")
async def connector(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Connector]:
    folder, today = tmp_path_factory.mktemp("http"), date(2026, 11, 24)
    database = folder / "small.db"
    native = read(write_mapping(folder / "sql"), CATALOGUE, {"SMALL_URL": make_sqlite(database)}, today)["PBC"]
    text = http_mapping(MAPPING, native.sources[0], database)
    with served(department_app(native.sources[0], database)) as url:
        mappings = read(write_mapping(folder / "http", text), CATALOGUE, {"SMALL_URL": url}, today)
        connector = Http(mappings["PBC"].sources[0], CATALOGUE)
        assert await connector.faults() == ()
        yield connector
        await connector.close()


class TestHttp(ConnectorExam):
    async def test_what_is_held_is_counted_without_a_row(
        self, connector: Connector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A service is asked about persons only."""
        assert isinstance(connector, Counts)
        found = await connector.holdings({"PBC03": ()}, 0)
        assert isinstance(found, Unavailable)
        assert found.why == "NOT_COUNTED"
