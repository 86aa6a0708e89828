"""One small city for the tests of the demo: 300 generated people and the published ones."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exchange.catalogue import Catalogue
from exchange.standard.load import load
from gateway.demo.city import City, make

DAY = date(2026, 11, 24)
Record = dict[str, Any]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load(approval=Path(__file__).parents[3] / "gateway" / "demo" / "approval.yaml")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("city")


@pytest.fixture(scope="session")
def city(folder: Path) -> City:
    return make(folder, people=300, day=DAY)


def read(folder: Path, department: str, table: str) -> list[Record]:
    """All rows of a native table, as dictionaries."""
    database = sqlite3.connect(folder / f"{department}.db")
    database.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in database.execute(f'SELECT * FROM "{table}"')]
    finally:
        database.close()


@pytest.fixture(scope="session")
def rows(city: City, folder: Path) -> Callable[[str, str], list[Record]]:
    return lambda department, table: read(folder, department, table)


def by(rows: list[Record], column: str) -> dict[Any, list[Record]]:
    found: dict[Any, list[Record]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found
