"""Drops of each format sit the exam."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from connectors.contract import Connector
from tests.connectors.contract import ConnectorExam
from tests.connectors.files.dropping import drops_text, files, write_all, write_all_excel, write_all_parquet


@pytest_asyncio.fixture(scope="module", params=["utf-8", "utf-8-sig", "gbk", "gb18030", "xlsx", "parquet"])
async def connector(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Connector]:
    folder: Path = tmp_path_factory.mktemp("drops")
    match request.param:
        case "xlsx":
            write_all_excel(folder)
            mapping = drops_text(".xlsx", ", sheet: 数据")
        case "parquet":
            write_all_parquet(folder)
            mapping = drops_text(".parquet")
        case encoding:
            write_all(folder, encoding)
            mapping = drops_text(".csv", f", encoding: {encoding.removesuffix('-sig')}")
    connector = files(folder, mapping)
    yield connector
    await connector.close()


class TestFiles(ConnectorExam):
    pass
