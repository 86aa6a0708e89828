"""What every test may use."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import ADVICE, Cluster, programs

_LEFT_OUT = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Url of a PostgreSQL server of the tests' own, whose user may make databases. Mark such tests `postgres`."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-postgres-", dir="/tmp"))
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster.url
        cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without PostgreSQL its tests are left out, not skipped: the summary says so."""
    if programs() is not None:
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    items[:] = [item for item in items if not item.get_closest_marker("postgres")]
    config.hook.pytest_deselected(items=left_out)
    config.stash[_LEFT_OUT] = len(left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    count = config.stash.get(_LEFT_OUT, 0)
    if count:
        terminalreporter.section("LEFT OUT: PostgreSQL is not installed", sep="!", red=True, bold=True)
        terminalreporter.line(f"{count} tests did not run. To run them: {ADVICE}", red=True, bold=True)
