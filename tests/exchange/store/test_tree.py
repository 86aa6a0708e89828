from __future__ import annotations

import asyncio
import hashlib
import json

import asyncpg
import pytest

from exchange.audit import START, Fault, Head, canonical, entry, entry_hash
from exchange.store import tree
from exchange.store.database import Database, LogHashDiffers, StoreOlder
from exchange.store.log import Log
from exchange.store.personal import entries
from exchange.store.postgres import PostgresDatabase
from exchange.store.schema import revision_of, revisions, upgrade
from exchange.store.sqlite import SqliteDatabase
from exchange.tree import SHA256, Growing, Hashing, consistent, included
from tests.exchange.store.fences import unfenced

SOMEBODY, ANOTHER = "5a" * 16, "6b" * 16


def root_of(texts: list[bytes], hashing: Hashing = SHA256) -> bytes:
    growing = Growing(hashing)
    for text in texts:
        growing.add(text)
    return growing.root()


async def test_each_entry_is_in_the_tree_by_its_proof(log, make_disclosure):
    await asyncio.gather(*(log.seal([make_disclosure()], None) for _ in range(37)))
    texts = await log.entries()
    for size in range(1, 38):
        top = await log.tree.root(size)
        assert top == root_of(texts[:size])
        for sequence in range(1, size + 1):
            path = await log.tree.inclusion(sequence, size)
            assert included(SHA256.leaf(texts[sequence - 1]), sequence - 1, size, path, top)
        assert consistent(size, top, 37, await log.tree.root(37), await log.tree.consistency(size, 37))
    every = list(range(1, 38))
    assert await log.tree.inclusions(every, 37) == [await log.tree.inclusion(each, 37) for each in every]
    with pytest.raises(ValueError, match="no such leaf"):
        await log.tree.inclusion(38, 37)


async def test_a_refused_ask_leaves_nothing_in_the_tree(log, database, make_consent, make_disclosure):
    bad = [make_disclosure(), make_disclosure(make_consent("never-stored"))]
    asks = [[make_disclosure()], bad, [make_disclosure()]]
    await asyncio.gather(*(log.seal(ask, None) for ask in asks), return_exceptions=True)
    assert await log.tree.size() == 2
    assert await log.tree.root(2) == root_of(await log.entries())
    assert await database.read("SELECT count(*) FROM log_node") == [(3,)]
    assert (await log.verify()).sound


async def test_a_log_with_sm3_keeps_it(store_url, make_disclosure):
    database = await Database.open(store_url, "sm3")
    log = Log(database)
    for _ in range(5):
        await log.seal([make_disclosure()], None)
    texts = await log.entries()
    assert await log.tree.root(5) == root_of(texts, Hashing("sm3")) != root_of(texts)
    # Chain and commitments too: nothing in the log rests on another hash.
    digests = [hashlib.new("sm3", b"\0" + text).hexdigest() for text in texts]
    assert [json.loads(text)["previous"] for text in texts[1:]] == digests[:-1]
    assert await log.head() == Head(5, digests[-1])
    for number, (text, (salt,)) in enumerate(
        zip(texts, await database.read("SELECT salt FROM log_person ORDER BY sequence"), strict=True), 1
    ):
        before = digests[number - 2] if number > 1 else START.hash
        said = canonical({"count": number, "person": "5a" * 16, "previous": before})
        assert json.loads(text)["personal"] == [hashlib.new("sm3", b"\2" + salt + said).hexdigest()]
    assert (await log.verify(Head(5, digests[-1]))).sound
    assert (await log.verify()).sound
    log.close()
    await database.close()
    with pytest.raises(LogHashDiffers):
        await Database.open(store_url, "sha256")
    for hash_ in ("sm3", None):
        await (await Database.open(store_url, hash_)).close()


async def test_verify_sees_a_tree_that_is_not_that_of_the_entries(log, database, make_disclosure):
    for _ in range(5):
        await log.seal([make_disclosure()], None)
    async with database.write() as tx:
        await unfenced(tx)
        await tx.run("UPDATE log_node SET hash = ? WHERE level = 2", (bytes(32),))
    assert ((await log.verify()).fault, (await log.verify()).at) == (Fault.FORKED, 5)


# The chain of a person


async def test_a_persons_entries_are_chained_and_open_their_commitments(log, database, make_disclosure):
    for people in ((SOMEBODY,), (ANOTHER,), (SOMEBODY, ANOTHER), (SOMEBODY,)):
        await log.seal([make_disclosure(people=people)], None)
    found = [each async for each in entries(database, SOMEBODY, 9)]
    assert [(each.sequence, each.count) for each in found] == [(1, 1), (3, 2), (4, 3)]
    assert len({each.salt for each in found}) == 3
    assert [len(json.loads(text)["personal"]) for text in await log.entries()] == [1, 1, 2, 1]
    assert (await log.verify()).sound


@pytest.mark.parametrize(
    "change",
    [
        ("UPDATE log_person SET count = 9 WHERE sequence = 2", ()),
        ("UPDATE log_person SET salt = ? WHERE sequence = 2", (b"\1" * 32,)),
        ("DELETE FROM log_person WHERE sequence = 2", ()),
    ],
)
async def test_verify_sees_a_chain_that_was_tampered_with(log, database, make_disclosure, change):
    for _ in range(3):
        await log.seal([make_disclosure()], None)
    async with database.write() as tx:
        await tx.run(*change)
    assert (await log.verify()).fault is Fault.PERSONAL


async def test_an_ask_that_comes_again_is_known_by_its_openings(log, make_disclosure):
    disclosure = make_disclosure(people=(SOMEBODY, ANOTHER))
    await log.seal([make_disclosure()], None)
    await log.seal([disclosure], "ab" * 32)
    await log.seal([make_disclosure()], None)
    await log.seal([disclosure], "ab" * 32)
    assert (await log.head()).sequence == 3


# Stores from before


@pytest.fixture(params=["numbered", "0001"])
async def older(request: pytest.FixtureRequest, store_url: str, make_disclosure) -> list[bytes]:
    """A store as the first step of the schema left it, with seven entries of version 1: as alembic marks it, and as
    it was marked before."""
    sqlite = store_url.startswith("sqlite")
    if sqlite:
        await upgrade(store_url, "0001")
    else:
        await emptied(store_url)
        await upgrade(store_url, "0001")
    texts, previous = [], START.hash
    connection = await database_of(store_url).connect()
    await connection.begin()
    for sequence in range(1, 8):
        disclosure = make_disclosure(people=(SOMEBODY if sequence % 2 else ANOTHER,))
        made = entry(disclosure, sequence=sequence, previous=previous, answer=None)
        del made["personal"], made["administrative"]
        texts.append(canonical(made | {"version": 1}))
        previous = entry_hash(texts[-1])
        await connection.run("INSERT INTO log VALUES (?, ?, ?, ?)", (sequence, disclosure.id, texts[-1], previous))
        await connection.run("INSERT INTO log_person VALUES (?, ?)", (disclosure.people[0], sequence))
    if request.param == "numbered":
        await connection.run("DROP TABLE alembic_version")
        await connection.run("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)")
        await connection.run("INSERT INTO schema_version VALUES (1)")
    await connection.commit()
    await connection.close()
    return texts


def database_of(url: str) -> Database:
    return PostgresDatabase(url) if url.startswith("postgres") else SqliteDatabase.at(url)


async def emptied(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()


async def test_a_store_from_before_the_tree_gets_it(store_url, older, make_disclosure):
    with pytest.raises(StoreOlder, match="gateway db upgrade"):
        await Database.open(store_url)
    assert await upgrade(store_url) == ("0001", revisions()[-1])
    database = await Database.open(store_url)
    log = Log(database)
    assert await log.entries() == older
    assert await log.tree.root(7) == root_of(older)
    assert (await log.verify()).sound
    await log.seal([make_disclosure(people=(SOMEBODY,))], None)
    assert [each.count async for each in entries(database, SOMEBODY, 9)] == [1, 2, 3, 4, 5]
    assert await log.tree.root(8) == root_of(await log.entries())
    assert (await log.verify()).sound
    log.close()
    await database.close()


async def test_an_upgrade_that_fails_midway_leaves_the_store_as_it_was(store_url, older, monkeypatch):
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("exchange.tree.grown", fail)
    with pytest.raises(MemoryError):
        await upgrade(store_url)
    monkeypatch.undo()
    assert await revision_of(store_url) == "0001"
    await upgrade(store_url)
    database = await Database.open(store_url)
    assert await tree.Tree(database).root(7) == root_of(older)
    await database.close()
