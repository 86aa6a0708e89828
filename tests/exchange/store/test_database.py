from __future__ import annotations

import asyncio
import stat

import asyncpg
import pytest

from exchange.refusals import StoreUnavailable
from exchange.store.database import Database, StoreConflict, StoreNewer, StoreNotDurable, StoreOlder
from exchange.store.schema import revision_of, revisions, upgrade
from exchange.store.sqlite import SqliteDatabase


@pytest.fixture
async def file(tmp_path):
    database = await Database.open(f"sqlite:///{tmp_path / 'store.db'}")
    assert isinstance(database, SqliteDatabase)
    yield database
    await database.close()


async def test_the_files_are_their_owners_alone(file):
    connection = file.opened()
    connection.execute("INSERT INTO pulse VALUES (1, 1)")
    files = list(file.path.parent.glob("store.db*"))
    assert len(files) == 3  # with -wal and -shm
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    connection.close()


async def test_a_writing_connection_is_durable(file):
    connection = file.opened()
    pragmas = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}
    connection.close()


@pytest.mark.postgres
async def test_a_server_that_acknowledges_too_early_is_not_taken(postgres_url, store_template):
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE DATABASE hasty TEMPLATE store_template")
    await connection.execute("ALTER DATABASE hasty SET synchronous_commit = off")
    url = f"{postgres_url.rpartition('/')[0]}/hasty"
    await (await Database.open(url)).close()  # our own sessions set it on again
    await connection.execute("ALTER SYSTEM SET full_page_writes = off")
    await connection.execute("SELECT pg_reload_conf()")
    try:
        await asyncio.sleep(0.5)
        with pytest.raises(StoreNotDurable):
            await Database.open(url)
    finally:
        await connection.execute("ALTER SYSTEM RESET full_page_writes")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.execute("DROP DATABASE hasty WITH (FORCE)")
        await connection.close()


async def test_rows_refer_to_what_is_there(database):
    with pytest.raises(StoreConflict):
        async with database.write() as tx:
            await tx.run("INSERT INTO log_person (person, sequence, count, salt) VALUES ('aa', 99, 1, ?)", (b"",))


async def test_opening_again_changes_nothing(store_url, database):
    again = await Database.open(store_url)
    assert await again.read("SELECT version_num FROM alembic_version") == [(revisions()[-1],)]
    await again.close()
    assert await upgrade(store_url) == (revisions()[-1],) * 2


async def test_a_newer_store_is_not_touched(store_url, database):
    async with database.write() as tx:
        await tx.run("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreNewer, match="newer version"):
        await Database.open(store_url)
    with pytest.raises(StoreNewer):
        await upgrade(store_url)
    assert await revision_of(store_url) == "9999"


@pytest.mark.postgres
async def test_an_empty_server_is_told_what_it_needs(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE DATABASE empty_store")
    url = f"{postgres_url.rpartition('/')[0]}/empty_store"
    with pytest.raises(StoreOlder, match="gateway db upgrade"):
        await Database.open(url)
    both = await asyncio.gather(upgrade(url), upgrade(url))  # at once: one after the other
    assert {after for _, after in both} == {revisions()[-1]}
    await (await Database.open(url)).close()
    await connection.execute("DROP DATABASE empty_store WITH (FORCE)")
    await connection.close()


async def test_both_kinds_have_the_same_tables_and_columns(postgres_url, store_template, file):
    connection = await asyncpg.connect(store_template)
    there = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    )
    await connection.close()
    here = await file.read(
        "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns"
        " WHERE tables.type = 'table'"
    )
    assert {tuple(row) for row in there} == set(here)


async def test_readers_cannot_write(database):
    with pytest.raises(StoreUnavailable):
        await database.read("INSERT INTO pulse VALUES (1, 1) RETURNING beat")


async def test_a_failed_block_leaves_nothing(database):
    with pytest.raises(RuntimeError):  # noqa: PT012
        async with database.write() as tx:
            await tx.run("INSERT INTO pulse VALUES (1, 1)")
            raise RuntimeError
    assert await database.read("SELECT * FROM pulse") == []


async def test_lists_and_strange_texts_are_values_like_others(database):
    texts = ["plain", "'; DROP TABLE log; --", "中文", "\ud800", "a\0b", "a?b"]
    async with database.write() as tx:
        for text in texts:
            await tx.run(
                "INSERT INTO dispute (id, kind, person, record, record_key, opened_on) VALUES (?, ?, ?, ?, ?, ?)",
                (text, "dispute", text, "PBC03", text, "2026-01-01"),
            )
    found = await database.read("SELECT id FROM dispute WHERE person IN ?*", (texts[:3],))
    assert {id for (id,) in found} == set(texts[:3])
    assert await database.read("SELECT count(*) FROM dispute WHERE person IN ?*", ([],)) == [(0,)]
    assert await database.read("SELECT count(*) FROM dispute") == [(6,)]


@pytest.mark.parametrize("url", ["store.db", "sqlite:///", "sqlite://", "mysql://host/store"])
async def test_another_url_is_refused(url):
    with pytest.raises(ValueError, match="sqlite"):
        await Database.open(url)


async def test_a_place_that_cannot_be_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    for url in (f"sqlite:///{tmp_path / 'file' / 'store.db'}", "postgresql://nobody:secret@127.0.0.1:1/nothing"):
        with pytest.raises(StoreUnavailable) as told:
            await Database.open(url)
        assert "secret" not in str(told.value)
