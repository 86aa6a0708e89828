"""One city for all faults; one server for each kind of database; a gateway of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.acceptance.in_process import made
from tests.faults.departments.field import Field, field, recovered
from tests.faults.departments.on_mariadb import MariaDb, mariadb
from tests.faults.departments.on_postgres import Postgres, postgres
from tests.faults.departments.over_http import Service, http
from tests.faults.departments.server import Server


@dataclass(frozen=True)
class Kind:
    start: Callable[[Path], AbstractContextManager[Server]]
    beside: Mapping[str, str | None]
    needs: list[pytest.MarkDecorator]
    counts: bool
    """Whether it tells which statements run."""


SERVERS = {
    "postgresql": Kind(postgres, Postgres.beside, [pytest.mark.postgres], counts=True),
    "mariadb": Kind(mariadb, MariaDb.beside, [pytest.mark.mariadb], counts=True),
    "http": Kind(http, Service.beside, [], counts=False),
}


def at_each(*names: str) -> pytest.MarkDecorator:
    """For a test that not every server can sit."""
    return pytest.mark.parametrize(
        "server", [pytest.param(name, marks=SERVERS[name].needs) for name in names], indirect=True
    )


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("faults") / "data"
    made(data)
    return data


@pytest.fixture(scope="session", params=[pytest.param(name, marks=kind.needs) for name, kind in SERVERS.items()])
def server(request: pytest.FixtureRequest, city: Path) -> Iterator[Server]:
    with SERVERS[request.param].start(city / "departments" / "pbc.db") as running:
        yield running


@pytest_asyncio.fixture
async def at(city: Path, tmp_path: Path, server: Server) -> AsyncIterator[Field]:
    async with field(city, tmp_path, server) as found:
        await recovered(found)  # the first ask of all compiles and connects, which a busy machine does not do in time
        yield found
