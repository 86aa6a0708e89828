"""What a seal reads of the persons' chains does not grow with them."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from exchange.store import personal
from exchange.store.database import Database
from exchange.store.log import Log
from exchange.store.sqlite import SqliteDatabase, _sql
from tests.exchange.store.conftest import SOMEBODY

OTHER = "aa" * 16


async def work(database: Database, people: list[str]) -> int:
    """SQLite: steps of its virtual machine, in hundreds. PostgreSQL: rows that the parts of the plan handled."""
    if isinstance(database, SqliteDatabase):
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += 1

        connection = sqlite3.connect(database.path)
        connection.set_progress_handler(count, 100)
        connection.execute(_sql(personal.LAST), [json.dumps(people)] * 2).fetchall()
        connection.close()
        return steps
    connection = await database.connect()
    await connection.run("SET enable_seqscan = off")
    told = await connection.run(f"EXPLAIN (ANALYZE, FORMAT JSON) {personal.LAST}", [people, people])
    await connection.close()
    return _handled(json.loads(told[0][0])[0]["Plan"])


def _handled(plan: dict[str, Any]) -> int:
    lost = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Join Filter", 0)
    return (plan["Actual Rows"] + lost) * plan["Actual Loops"] + sum(map(_handled, plan.get("Plans", ())))


async def test_the_last_entry_of_somebody_costs_the_same_after_many(
    database: Database, log: Log, make_disclosure: Any
) -> None:
    await log.seal([make_disclosure(people=(SOMEBODY, OTHER))], None)
    few = await work(database, [SOMEBODY, OTHER])
    await log.seal([make_disclosure() for _ in range(400)], None)
    many = await work(database, [SOMEBODY, OTHER])
    assert many <= few + 2


async def test_the_last_entries_are_those_of_the_persons_that_have_one(
    database: Database, log: Log, make_disclosure: Any
) -> None:
    await log.seal([make_disclosure(people=(SOMEBODY, OTHER))], None)
    await log.seal([make_disclosure()], None)
    hashes = dict(await database.read("SELECT sequence, hash FROM log"))
    async with database.write() as tx:
        [found] = await tx.read_all([personal.last([OTHER, SOMEBODY, "bb" * 16])])
    assert sorted(found) == [(SOMEBODY, 2, hashes[2]), (OTHER, 1, hashes[1])]
