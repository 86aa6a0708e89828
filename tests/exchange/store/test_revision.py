from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from exchange.disclosure import Administrative, Disclosure
from exchange.refusals import ChangedMeanwhile
from exchange.revision import Revision, digest_of
from exchange.store.database import Database, StoreConflict
from exchange.store.log import Log
from exchange.store.revision import RevisionDamaged, Revisions
from tests.exchange.store.conftest import NOW
from tests.exchange.store.fences import unfenced

FIRST = Revision("rev-1", "1.0.0", {"policies/permits.csv": b"p, x\n", "standard/pbc.yaml": b"\xff\x00"})
SECOND = replace(FIRST, id="rev-2", files={**FIRST.files, "policies/permits.csv": b"p, y\n"})

Make = Callable[..., Disclosure]


@pytest.fixture
def revisions(database: Database) -> Revisions:
    return Revisions(database)


async def keep(log: Log, revisions: Revisions, make: Make, revision: Revision) -> None:
    said = Administrative("POLICY_IN_FORCE", f"policy:{revision.id}", digest=revision.digest)
    change = revisions.keeping(revision, NOW)
    await log.seal([make(people=(), purpose=None, decisions={}, administrative=said, changes=(change,))], None)


async def test_a_revision_is_kept_as_it_was_written_and_what_two_share_once(
    log: Log, revisions: Revisions, make_disclosure: Make, database: Database
) -> None:
    assert (await revisions.find("rev-1"), await revisions.kept("rev-1")) == (None, False)
    for revision in (FIRST, SECOND):
        await keep(log, revisions, make_disclosure, revision)
        assert await revisions.find(revision.id) == revision
        assert await revisions.kept(revision.id)
    assert await database.read("SELECT count(*) FROM revision_source") == [(3,)]
    assert [json.loads(text)["administrative"]["digest"] for text in await log.entries()] == [
        FIRST.digest,
        SECOND.digest,
    ]


async def test_of_two_who_begin_with_it_at_once_one_keeps_it(
    log: Log, revisions: Revisions, make_disclosure: Make
) -> None:
    both = (keep(log, revisions, make_disclosure, FIRST) for _ in range(2))
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert [type(one) for one in outcomes if one] == [ChangedMeanwhile]
    assert len(await log.entries()) == 1


@pytest.mark.parametrize("table", ["revision", "revision_source"])
async def test_what_is_kept_is_only_ever_added_to(
    log: Log, revisions: Revisions, make_disclosure: Make, database: Database, table: str
) -> None:
    await keep(log, revisions, make_disclosure, FIRST)
    column = {"revision": "files", "revision_source": "digest"}[table]
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = 'x'"):
        with pytest.raises(StoreConflict):
            async with database.write() as tx:
                await tx.run(statement)
    assert await revisions.find("rev-1") == FIRST


async def test_what_somebody_changed_all_the_same_is_seen(
    log: Log, revisions: Revisions, make_disclosure: Make, database: Database
) -> None:
    await keep(log, revisions, make_disclosure, FIRST)
    async with database.write() as tx:
        await unfenced(tx)
        digest = digest_of(b"p, x\n")
        await tx.run("UPDATE revision_source SET content = ? WHERE digest = ?", (b"p, z\n", digest))
    with pytest.raises(RevisionDamaged):
        await revisions.find("rev-1")
    async with database.write() as tx:
        await tx.run("DELETE FROM revision_source WHERE digest = ?", (digest,))
    with pytest.raises(RevisionDamaged):
        await revisions.find("rev-1")
