"""What every test may use, and what a run says of the tests that it had to leave out."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from exchange.store.schema import upgrade
from gateway.demo.cluster import binaries, cluster
from gateway.demo.mariadb_server import mariadb_server, program
from tests import nursery
from tests.deploy import nginx
from tests.redis_server import RedisServer
from tests.redis_server import program as redis_program

TABLES = Path(__file__).parents[2] / "shared" / "data" / "berka"
_LEFT_OUT = pytest.StashKey[dict[str, int]]()


@dataclass(frozen=True)
class _Need:
    """Something that is not installed with the project."""

    what: str
    is_there: Callable[[], bool]
    advice: str
    in_full: bool = True
    """Whether a full run (TEST_EVERYTHING) may not do without it."""


def _traces() -> bool:
    program = shutil.which("strace")
    return (
        program is not None and subprocess.run([program, "-qq", "-o", "/dev/null", "true"], check=False).returncode == 0
    )


NEEDS = {
    "postgres": _Need("PostgreSQL", lambda: binaries() is not None, "apt-get install postgresql"),
    "mariadb": _Need("MariaDB", lambda: program() is not None, "apt-get install mariadb-server"),
    "redis": _Need("Redis", lambda: redis_program() is not None, "apt-get install redis-server"),
    "browser": _Need("Chromium", lambda: Path("/usr/bin/chromium").exists(), "apt-get install chromium"),
    "nginx": _Need("nginx", lambda: nginx.program() is not None, "apt-get install nginx-light"),
    "strace": _Need("strace, and the right to use it", _traces, "apt-get install strace", False),
    "node": _Need("Node with npm", lambda: shutil.which("npm") is not None, "apt-get install nodejs npm", False),
    "bank_tables": _Need(
        "a real bank's tables", TABLES.is_dir, "put client.tsv, loan.tsv … into ../shared/data/berka", False
    ),
}


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Url of a PostgreSQL server of the tests' own, whose user may make databases. Mark such tests `postgres`."""
    with cluster() as url:
        yield f"{url}/postgres"


@pytest.fixture(scope="session")
def store_template(postgres_url: str) -> str:
    """Url of a PostgreSQL database that holds an empty store of this version, to be copied."""
    url = f"{postgres_url.rpartition('/')[0]}/store_template"
    _aside(_executed(postgres_url, "CREATE DATABASE store_template"))
    _aside(upgrade(url))
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Url of an empty store of the gateway's own: the test runs on each kind of server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    server = request.getfixturevalue("postgres_url")
    template = request.getfixturevalue("store_template").rpartition("/")[2]
    name = f"store_{secrets.token_hex(6)}"
    _aside(_executed(server, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield f"{server.rpartition('/')[0]}/{name}"
    _aside(_executed(server, f"DROP DATABASE {name} WITH (FORCE)"))


def _aside(work: Coroutine[Any, Any, object]) -> None:
    """On an event loop of its own, whatever this thread's is doing."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _executed(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """Url of a MariaDB server of the tests' own, whose user may make databases. Mark such tests `mariadb`."""
    with mariadb_server() as url:
        yield url


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of the test's own, empty, that it may stop and start. Mark such tests `redis`."""
    with RedisServer.running() as server:
        yield server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests whose need is missing are left out, not skipped: the summary says so, and a full run refuses."""
    long = {item.path for item in items if any(map(item.get_closest_marker, ("slow", "browser")))}
    items.sort(key=lambda item: item.path not in long)  # else the longest file is begun last, and a core has no work
    counts: dict[str, int] = {}
    for marker, need in NEEDS.items():
        if need.is_there():
            continue
        left_out = [item for item in items if item.get_closest_marker(marker)]
        if not left_out:
            continue
        if need.in_full and os.environ.get("TEST_EVERYTHING"):
            pytest.exit(f"{need.what} is missing, and nothing may be left out here: {need.advice}", 1)
        items[:] = [item for item in items if not item.get_closest_marker(marker)]
        config.hook.pytest_deselected(items=left_out)
        counts[marker] = len(left_out)
    config.stash[_LEFT_OUT] = counts


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """What a process of a parallel run left out: each of them collects every test."""
    node.config.stash[_LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for marker, count in config.stash.get(_LEFT_OUT, {}).items():
        need = NEEDS[marker]
        terminalreporter.section(f"LEFT OUT: {need.what} is not installed", sep="!", red=True, bold=True)
        terminalreporter.line(f"{count} tests did not run. To run them: {need.advice}", red=True, bold=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a test that did not run: a full run fails on it."""
    nursery.closed()
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(_LEFT_OUT, {})
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("TEST_EVERYTHING") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
