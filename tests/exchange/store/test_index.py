"""The log's index on both stores: what it finds, that it never passes over the log, and that verify compares it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from exchange.audit import Fault, stamp
from exchange.consent import Ground
from exchange.decision import Decision, Treatment
from exchange.disclosure import Administrative
from exchange.index import indexed
from exchange.requester import Requester
from exchange.sought import Sought
from exchange.store.database import Database
from exchange.store.index import ITEMS, PEOPLE, TOTAL, ItemExposure, Place, conditions, statement
from exchange.store.log import Log
from exchange.store.schema import revisions, upgrade
from tests.exchange.store.conftest import NOW
from tests.exchange.store.fences import unfenced
from tests.exchange.store.test_tree import database_of, emptied

A, B, C = "aa" * 16, "bb" * 16, "cc" * 16
HOUR = timedelta(hours=1)
OTHER = Requester("bank-b", "bank-b-system", "op-1", "bank-officer")
NAME = Decision("PSB01.name", Treatment.FULL, rule="P-2", basis="x")
HIDDEN = Decision("PSB01.phone", Treatment.WITHHELD, rule="default-deny")
BALANCE = Decision("PBC03.balance", Treatment.BANDED, rule="P-1", basis="x")
WINDOW = (stamp(NOW), stamp(NOW + 9 * HOUR))


@pytest.fixture
async def filled(log, make_disclosure) -> Log:
    """Nine entries, an hour between them."""

    async def seal(number: int, **given: Any) -> None:
        await log.seal([make_disclosure(id=f"d-{number}", at=NOW + number * HOUR, **given)], None)

    decided = {each.item: each for each in (NAME, HIDDEN)}
    await seal(0, people=(A,), sources={"PBC": "DELIVERED"})
    await seal(1, people=(B,), sources={"PBC": "ABSENT"})
    await seal(2, people=(A,), decisions=decided, sources={"PSB": "STALE"})
    await seal(3, people=(A,), requester=OTHER, purpose="CARD_APPROVAL")
    await seal(4, people=(C,), code="CONSENT_REQUIRED", decisions={}, ground=Ground("none"))
    await seal(5, people=(), decisions={}, purpose=None, administrative=Administrative("CLIENT_SUSPEND", "client:a"))
    await seal(6, people=(C,), sources={"PBC.sub": "DELIVERED", "PBC.other": "UNAVAILABLE"})
    await seal(7, people=(A,), sources={"PBC": "DELIVERED"})
    await seal(8, people=(B, C), requester=OTHER)
    return log


async def ids(log: Log, sought: Sought, most: int = 100, after: Place | None = None) -> list[int]:
    found = await log.index.find(sought, most, after)
    return [int(json.loads(each.entry)["id"][2:]) for each in found]


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ({}, [8, 7, 6, 5, 4, 3, 2, 1, 0]),
        ({"client": "bank-b-system"}, [8, 3]),
        ({"organisation": "bank-a"}, [7, 6, 5, 4, 2, 1, 0]),
        ({"purpose": "CARD_APPROVAL"}, [3]),
        ({"role": "bank-officer"}, [8, 3]),
        ({"rule": "P-1"}, [8, 7, 6, 3, 1, 0]),
        ({"rule": "default-deny"}, [2]),
        ({"item": "PSB01.name"}, [2]),
        ({"item": "PSB01.name", "rule": "P-1"}, []),
        ({"code": "CONSENT_REQUIRED"}, [4]),
        ({"event": "administration"}, [5]),
        ({"event": "disclosure", "client": "bank-system", "rule": "P-1"}, [7, 6, 1, 0]),
        ({"since": stamp(NOW + 3 * HOUR), "until": stamp(NOW + 6 * HOUR)}, [5, 4, 3]),
        ({"client": "nobody"}, []),
        ({"client": "x' OR '1'='1"}, []),
    ],
)
async def test_entries_are_found_newest_first(filled: Log, sought: dict[str, str], found: list[int]) -> None:
    assert await ids(filled, Sought(**sought)) == found


async def test_pages_go_on_where_they_ended_whatever_comes_meanwhile(filled: Log, make_disclosure) -> None:
    found, after = [], None
    while page := await filled.index.find(Sought(organisation="bank-a"), 2, after):
        found += [json.loads(each.entry)["id"] for each in page]
        after = page[-1].place
        await filled.seal([make_disclosure(at=NOW + 100 * HOUR)], None)
    assert found == [f"d-{number}" for number in (7, 6, 5, 4, 2, 1, 0)]


async def test_entries_of_one_moment_are_parted_by_their_place(log, make_disclosure) -> None:
    await log.seal([make_disclosure(id=f"d-{number}") for number in range(5)], None)
    first = await log.index.find(Sought(), 3)
    assert [each.place.sequence for each in first] == [5, 4, 3]
    assert await ids(log, Sought(), after=first[-1].place) == [1, 0]


async def test_who_was_exposed_through_a_client_and_what(filled: Log) -> None:
    people, more = await filled.index.exposure("bank-system", *WINDOW, 100)
    assert [(one.person, one.count) for one in people] == [(A, 3), (B, 1), (C, 1)]
    assert not more
    assert people[0].items == [ItemExposure("PBC03.balance", "BANDED", 2, 2), ItemExposure("PSB01.name", "FULL", 1, 1)]
    assert people[1].items == [ItemExposure("PBC03.balance", "BANDED", 1, 0)]
    assert people[2].items == [ItemExposure("PBC03.balance", "BANDED", 1, 1)]
    assert (people[0].first, people[0].last) == (stamp(NOW), stamp(NOW + 7 * HOUR))
    assert await filled.index.exposed("bank-system", *WINDOW) == (3, 5)
    assert await filled.index.exposed("nobody", *WINDOW) == (0, 0)


async def test_exposure_is_paged_by_person_and_bounded_by_time(filled: Log) -> None:
    first, more = await filled.index.exposure("bank-system", *WINDOW, 2)
    assert ([one.person for one in first], more) == ([A, B], True)
    rest, more = await filled.index.exposure("bank-system", *WINDOW, 2, first[-1].person)
    assert ([one.person for one in rest], more) == ([C], False)
    (early,), _ = await filled.index.exposure("bank-system", stamp(NOW), stamp(NOW + HOUR), 9)
    assert (early.person, early.count) == (A, 1)


async def plans(database: Database, sql: str, values: list[Any]) -> str:
    """How the store would answer, as it says itself; of PostgreSQL as if every table were large."""
    if database_kind(database) == "sqlite":
        return "\n".join(row[3] for row in await database.read(f"EXPLAIN QUERY PLAN {sql}", values))
    connection = await database.connect()
    await connection.begin()
    await connection.run("SET LOCAL enable_seqscan = off")
    told = "\n".join(row[0] for row in await connection.run(f"EXPLAIN {sql}", values))
    await connection.close()
    return told


def database_kind(database: Database) -> str:
    return type(database).__name__.removesuffix("Database").lower()


def scanned(plan: str) -> list[str]:
    """Steps that pass over a whole table."""
    steps = [line.strip() for line in plan.splitlines()]
    return [
        step
        for step in steps
        if "Seq Scan" in step or (step.startswith("SCAN") and step not in ("SCAN page", "SCAN i"))
    ]


FILTERS = [
    {"client": "a"},
    {"organisation": "a"},
    {"purpose": "A"},
    {"role": "a"},
    {"code": "A"},
    {"event": "refusal"},
    {"rule": "P-1"},
    {"item": "PSB01.name"},
    {"client": "a", "since": WINDOW[0], "until": WINDOW[1]},
    {"since": WINDOW[0]},
    {"client": "a", "purpose": "A", "rule": "P-1"},
]


@pytest.mark.parametrize("sought", FILTERS, ids=lambda sought: "+".join(sought))
async def test_no_plan_passes_over_the_log_or_its_index(filled: Log, database, sought: dict[str, str]) -> None:
    where, values = conditions(Sought(**sought))
    plan = await plans(database, statement(where), [*values, 10])
    assert scanned(plan) == [], plan
    assert "log_index_" in plan
    if not {"rule", "item"} & set(sought):  # found in order: only the page itself is sorted
        assert plan.count("TEMP B-TREE") <= 1, plan
        assert "Sort" not in plan.partition("Limit")[2], plan
    assert "SCAN i" not in plan.replace("SCAN i USING", ""), plan


async def test_no_plan_of_an_exposure_passes_over_the_log(filled: Log, database) -> None:
    for sql, values in (
        (PEOPLE, ["a", "", *WINDOW, 10]),
        (ITEMS, ["a", [A, B], *WINDOW]),
        (TOTAL, ["a", *WINDOW]),
    ):
        plan = await plans(database, sql, values)
        assert [step for step in scanned(plan) if "json_each" not in step] == [], plan


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE log_index SET client = 'other' WHERE sequence = 2",
        "UPDATE log_index SET at = '2020' WHERE sequence = 2",
        "DELETE FROM log_index WHERE sequence = 9",
        "INSERT INTO log_index SELECT 99, at, event, code, organisation, client, role, purpose, decided FROM log_index"
        " WHERE sequence = 1",
        "UPDATE log_decided SET rule = 'P-9' WHERE item = 'PSB01.name'",
        "UPDATE log_decided SET delivered = 1 - delivered WHERE item = 'PSB01.name'",
        "DELETE FROM log_decided WHERE item = 'PSB01.phone'",
        "DELETE FROM log_exposed WHERE sequence = 3",
        "UPDATE log_exposed SET client = 'other' WHERE sequence = 3",
        "UPDATE log_exposed SET person = 'dd' WHERE sequence = 3",
    ],
)
async def test_verify_sees_an_index_that_is_not_what_the_entries_say(filled: Log, database, tampering: str) -> None:
    assert (await filled.verify()).sound
    async with database.write() as tx:
        await unfenced(tx)
        await tx.run(tampering)
    assert (await filled.verify()).fault is Fault.INDEX


async def test_what_was_decided_stands_once(log, database, make_disclosure) -> None:
    for _ in range(4):
        await log.seal([make_disclosure(sources={"PBC": "DELIVERED"}) for _ in range(3)], None)
    assert await database.read("SELECT count(*) FROM log_decided") == [(1,)]
    again = Log(database)
    await again.seal([make_disclosure(sources={"PBC": "DELIVERED"})], None)
    again.close()
    assert await database.read("SELECT count(*) FROM log_decided") == [(1,)]
    assert (await log.verify()).sound


async def test_a_store_from_before_gets_its_index(store_url, make_disclosure) -> None:
    if store_url.startswith("postgres"):
        await emptied(store_url)
    await upgrade(store_url)
    database = await Database.open(store_url)
    log = Log(database)
    for number in range(30):
        await log.seal([make_disclosure(people=(A if number % 3 else B,), sources={"PBC": "DELIVERED"})], None)
    kept = [await database.read(f"SELECT * FROM {table}") for table in ("log_index", "log_exposed", "log_decided")]
    log.close()
    await database.close()
    connection = await database_of(store_url).connect()
    await connection.begin()
    for table in ("log_index", "log_exposed", "log_decided"):
        await connection.run(f"DROP TABLE {table}")
    await connection.run("UPDATE alembic_version SET version_num = '0010'")
    await connection.commit()
    await connection.close()
    await upgrade(store_url, "0011")
    async with database_of(store_url).write() as tx:
        await tx.run("UPDATE alembic_version SET version_num = ?", (revisions()[-1],))
    database = await Database.open(store_url)
    log = Log(database)
    for table, before in zip(("log_index", "log_exposed", "log_decided"), kept, strict=True):
        assert sorted(await database.read(f"SELECT * FROM {table}")) == sorted(before)
    assert (await log.verify()).sound
    log.close()
    await database.close()


def test_an_entry_without_items_decided_nothing() -> None:
    words = ("sequence", "time", "event", "code", "organisation", "client", "role", "purpose")
    assert indexed(dict.fromkeys(words, "") | {"items": {}, "sources": {}}).decided == ""
