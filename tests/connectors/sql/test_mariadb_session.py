"""What a session is told at its start, for each family of servers. No MySQL server runs here: of it, only the words."""

from __future__ import annotations

import pytest

from connectors.sql.mariadb_session import settings


@pytest.mark.parametrize("server", ["5.5.5-10.11.6-MariaDB-0+deb12u1", "11.4.2-MariaDB", "12.0.1-mariadb-log"])
def test_mariadb(server: str) -> None:
    names, _, reads, zone, limit, unnoted = settings(server, 2.25)
    assert names == "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin"
    assert reads == "SET SESSION TRANSACTION READ ONLY"
    assert zone == "SET SESSION time_zone = '+08:00'"
    assert limit == "SET SESSION max_statement_time = 2.250000"
    assert unnoted == "SET SESSION slow_query_log = OFF"


@pytest.mark.parametrize("server", ["8.0.36", "8.4.0-commercial", "9.1.0", "8.0.11-TiDB-v7.5.1"])
def test_mysql(server: str) -> None:
    names, mode, reads, zone, limit = settings(server, 2.2501)
    assert names == "SET NAMES utf8mb4 COLLATE utf8mb4_0900_bin"
    assert mode == settings("11.4.2-MariaDB", 1)[1]
    assert reads == "SET SESSION TRANSACTION READ ONLY"
    assert zone == "SET SESSION time_zone = '+08:00'"
    assert limit == "SET SESSION max_execution_time = 2251"
