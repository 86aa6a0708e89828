from __future__ import annotations

import sqlite3
import stat

import pytest

from exchange.refusals import StoreUnavailable
from exchange.store.database import Database, StoreNewer
from exchange.store.migrations import MIGRATIONS


def test_the_files_are_their_owners_alone(database):
    connection = database.connect()
    connection.execute("INSERT INTO pulse VALUES (1, 1)")
    files = list(database.path.parent.glob("store.db*"))
    assert len(files) == 3  # with -wal and -shm
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    connection.close()


def test_a_writing_connection_is_durable_and_strict(database):
    connection = database.connect()
    pragmas = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO log_person VALUES ('aa', 99, 1, x'00')")
    connection.close()


def test_opening_again_changes_nothing(url, database):
    again = Database.open(url)
    assert again.read("SELECT version FROM schema_version") == [(n,) for n in range(1, len(MIGRATIONS) + 1)]
    again.close()


def test_a_newer_store_is_not_touched(url, database):
    with database.write() as connection:
        connection.execute("INSERT INTO schema_version VALUES (999)")
    with pytest.raises(StoreNewer, match="newer version"):
        Database.open(url)


def test_readers_cannot_write(database):
    with pytest.raises(StoreUnavailable):
        database.read("INSERT INTO pulse VALUES (1, 1) RETURNING beat")


def test_a_failed_block_leaves_nothing(database):
    def fail_midway() -> None:
        with database.write() as connection:
            connection.execute("INSERT INTO pulse VALUES (1, 1)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_midway()
    assert database.read("SELECT * FROM pulse") == []


@pytest.mark.parametrize("url", ["store.db", "sqlite:///", "sqlite://", "mysql://host/store"])
def test_another_url_is_refused(url):
    with pytest.raises(ValueError, match="sqlite"):
        Database.open(url)


def test_a_place_that_cannot_be_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        Database.open(f"sqlite:///{tmp_path / 'file' / 'store.db'}")
