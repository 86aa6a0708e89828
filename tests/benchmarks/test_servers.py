from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from benchmarks import node_peers
from benchmarks.city import Loaded
from benchmarks.servers import ON_NODE, peers
from gateway.demo.cluster import PostgresServer
from web.build import CannotBuild


def _city(folder: Path, postgres: PostgresServer | None) -> Loaded:
    return Loaded("PostgreSQL" if postgres else "SQLite", 80, date(2026, 1, 1), folder, "", postgres)


def test_on_sqlite_the_peers_on_node_are_left_out(tmp_path: Path) -> None:
    with peers(_city(tmp_path, None), {}, tmp_path, ON_NODE) as (found, left_out):
        assert found == []
        assert left_out == dict.fromkeys(ON_NODE, "it is measured on PostgreSQL alone")


def test_without_a_new_enough_node_they_are_left_out_and_nothing_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise CannotBuild("Node 22 or newer with npm was not found.\n  Next: …")

    monkeypatch.setattr(node_peers, "find_toolchain", missing)
    nowhere = PostgresServer(tmp_path, tmp_path, 1, None)
    with peers(_city(tmp_path, nowhere), {}, tmp_path, ON_NODE) as (found, left_out):
        assert found == []
        assert left_out == dict.fromkeys(ON_NODE, "Node 22 or newer with npm was not found.")
