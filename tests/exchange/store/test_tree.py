from __future__ import annotations

import asyncio
import json
import sqlite3

import pytest

from exchange.audit import START, Fault, canonical, entry, entry_hash
from exchange.store import tree
from exchange.store.database import Database, LogHashDiffers
from exchange.store.log import Log
from exchange.store.migrations import MIGRATIONS
from exchange.store.personal import entries
from exchange.tree import SHA256, Growing, Hashing, consistent, included

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
        top = log.tree.root(size)
        assert top == root_of(texts[:size])
        for sequence in range(1, size + 1):
            path = log.tree.inclusion(sequence, size)
            assert included(SHA256.leaf(texts[sequence - 1]), sequence - 1, size, path, top)
        assert consistent(size, top, 37, log.tree.root(37), log.tree.consistency(size, 37))
    with pytest.raises(ValueError, match="no such leaf"):
        log.tree.inclusion(38, 37)


async def test_a_refused_ask_leaves_nothing_in_the_tree(log, database, make_consent, make_disclosure):
    bad = [make_disclosure(), make_disclosure(make_consent("never-stored"))]
    asks = [[make_disclosure()], bad, [make_disclosure()]]
    await asyncio.gather(*(log.seal(ask, None) for ask in asks), return_exceptions=True)
    assert log.tree.size() == 2
    assert log.tree.root(2) == root_of(await log.entries())
    assert database.read("SELECT count(*) FROM log_node") == [(3,)]
    assert log.verify().sound


async def test_a_log_with_sm3_keeps_it(url, make_disclosure):
    database = Database.open(url, "sm3")
    log = Log(database)
    for _ in range(5):
        await log.seal([make_disclosure()], None)
    assert log.tree.root(5) == root_of(await log.entries(), Hashing("sm3")) != root_of(await log.entries())
    assert log.verify().sound
    log.close()
    database.close()
    with pytest.raises(LogHashDiffers):
        Database.open(url, "sha256")
    Database.open(url, "sm3").close()
    Database.open(url).close()


async def test_verify_sees_a_tree_that_is_not_that_of_the_entries(log, database, make_disclosure):
    for _ in range(5):
        await log.seal([make_disclosure()], None)
    with database.write() as connection:
        connection.execute("DROP TRIGGER log_node_keeps")
        connection.execute("UPDATE log_node SET hash = zeroblob(32) WHERE level = 2")
    assert (log.verify().fault, log.verify().at) == (Fault.FORKED, 5)


async def test_the_table_of_nodes_refuses_changes(log, database, make_disclosure):
    await log.seal([make_disclosure()], None)
    connection = database.connect()
    for statement in ("UPDATE log_node SET hash = x'00'", "DELETE FROM log_node"):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    connection.close()


# The chain of a person


async def test_a_persons_entries_are_chained_and_open_their_commitments(log, database, make_disclosure):
    for people in ((SOMEBODY,), (ANOTHER,), (SOMEBODY, ANOTHER), (SOMEBODY,)):
        await log.seal([make_disclosure(people=people)], None)
    found = list(entries(database.read, SOMEBODY, 9))
    assert [(each.sequence, each.count) for each in found] == [(1, 1), (3, 2), (4, 3)]
    assert len({each.salt for each in found}) == 3
    assert [len(json.loads(text)["personal"]) for text in await log.entries()] == [1, 1, 2, 1]
    assert log.verify().sound


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log_person SET count = 9 WHERE sequence = 2",
        "UPDATE log_person SET salt = randomblob(32) WHERE sequence = 2",
        "DELETE FROM log_person WHERE sequence = 2",
    ],
)
async def test_verify_sees_a_chain_that_was_tampered_with(log, database, make_disclosure, change):
    for _ in range(3):
        await log.seal([make_disclosure()], None)
    with database.write() as connection:
        connection.execute(change)
    assert log.verify().fault is Fault.PERSONAL


async def test_an_ask_that_comes_again_is_known_by_its_openings(log, make_disclosure):
    disclosure = make_disclosure(people=(SOMEBODY, ANOTHER))
    await log.seal([make_disclosure()], None)
    await log.seal([disclosure], "ab" * 32)
    await log.seal([make_disclosure()], None)
    await log.seal([disclosure], "ab" * 32)
    assert (await log.head()).sequence == 3


# Stores from before


@pytest.fixture
def older(url, make_disclosure) -> list[bytes]:
    """A store as the first step of the schema left it, with seven entries of version 1."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT")
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute("INSERT INTO schema_version VALUES (1)")
    texts, previous = [], START.hash
    for sequence in range(1, 8):
        disclosure = make_disclosure(people=(SOMEBODY if sequence % 2 else ANOTHER,))
        made = entry(disclosure, sequence=sequence, previous=previous, answer=None)
        del made["personal"]
        texts.append(canonical(made | {"version": 1}))
        previous = entry_hash(texts[-1])
        connection.execute("INSERT INTO log VALUES (?, ?, ?, ?)", (sequence, disclosure.id, texts[-1], previous))
        connection.execute("INSERT INTO log_person VALUES (?, ?)", (disclosure.people[0], sequence))
    connection.commit()
    connection.close()
    return texts


async def test_a_store_from_before_the_tree_gets_it(url, older, make_disclosure):
    database = Database.open(url)
    log = Log(database)
    assert await log.entries() == older
    assert log.tree.root(7) == root_of(older)
    assert log.verify().sound
    await log.seal([make_disclosure(people=(SOMEBODY,))], None)
    assert [each.count for each in entries(database.read, SOMEBODY, 9)] == [1, 2, 3, 4, 5]
    assert log.tree.root(8) == root_of(await log.entries())
    assert log.verify().sound
    log.close()
    database.close()


def test_a_migration_that_fails_midway_leaves_the_store_as_it_was(url, older, monkeypatch):
    def fail(connection: sqlite3.Connection) -> None:
        tree.build(connection)
        raise MemoryError

    steps = tuple(fail if step is tree.build else step for step in MIGRATIONS[1])
    monkeypatch.setattr("exchange.store.database.MIGRATIONS", (MIGRATIONS[0], steps))
    with pytest.raises(MemoryError):
        Database.open(url)
    monkeypatch.undo()
    database = Database.open(url)
    assert tree.Tree(database.read).root(7) == root_of(older)
    database.close()
