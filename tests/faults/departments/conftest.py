"""One city for all faults; one server for each kind of database; a gateway of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.in_process import made
from tests.faults.departments.field import Field, field
from tests.faults.departments.on_postgres import Postgres, postgres
from tests.faults.departments.over_http import Service, http
from tests.faults.departments.server import Server

SERVERS = {
    "postgresql": (postgres, Postgres.beside, [pytest.mark.postgres]),
    "http": (http, Service.beside, []),
}
"""How each is started, what it answers otherwise, and what it needs."""


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("faults") / "data"
    made(data)
    return data


@pytest.fixture(scope="session", params=[pytest.param(name, marks=mark) for name, (*_, mark) in SERVERS.items()])
def server(request: pytest.FixtureRequest, city: Path) -> Iterator[Server]:
    with SERVERS[request.param][0](city / "departments" / "pbc.db") as running:
        yield running


@pytest_asyncio.fixture
async def at(city: Path, tmp_path: Path, server: Server) -> AsyncIterator[Field]:
    async with field(city, tmp_path, server) as found:
        yield found
