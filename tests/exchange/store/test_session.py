"""Sessions on either store: found by their secret alone, for their time alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from exchange.session import Lasting, Secret
from exchange.store.database import Database
from exchange.store.session import Sessions

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
IDLE, MOST = timedelta(minutes=30), timedelta(hours=8)
TOKEN = "a.b.c"


@pytest.fixture
async def database(store_url: str) -> AsyncIterator[Database]:
    found = await Database.open(store_url)
    yield found
    await found.close()


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return Sessions(database, Lasting(IDLE, MOST))


async def _rows(database: Database) -> int:
    return (await database.read("SELECT count(*) FROM session"))[0][0]


async def test_a_session_is_found_by_its_secret_and_by_no_other(sessions: Sessions, database: Database) -> None:
    begun = await sessions.begin(TOKEN, NOW + timedelta(days=1), NOW)
    found = await sessions.find(begun.secret, NOW)
    assert found
    assert (found.token, found.ends_at, found.idle_at) == (TOKEN, NOW + MOST, NOW + IDLE)
    assert await sessions.find(Secret.new(), NOW) is None
    [(id, sealed)] = await database.read("SELECT id, sealed FROM session")
    assert begun.secret.text not in id + sealed
    assert TOKEN not in sealed


async def test_what_another_rows_secret_sealed_opens_nothing(sessions: Sessions, database: Database) -> None:
    """Whoever can write the store cannot give one session the token of another."""
    one = await sessions.begin("one", NOW + MOST, NOW)
    other = await sessions.begin("other", NOW + MOST, NOW)
    [(sealed,)] = await database.read("SELECT sealed FROM session WHERE id = ?", (other.secret.id,))
    async with database.write() as tx:
        await tx.run("UPDATE session SET sealed = ? WHERE id = ?", (sealed, one.secret.id))
    assert await sessions.find(one.secret, NOW) is None
    assert await sessions.find(other.secret, NOW)


async def test_use_moves_the_idle_end_and_never_the_longest(sessions: Sessions) -> None:
    begun = await sessions.begin(TOKEN, NOW + MOST, NOW)
    at = NOW
    while at + IDLE < NOW + MOST:
        at += IDLE - timedelta(seconds=1)
        found = await sessions.find(begun.secret, at)
        assert found
        assert found.ends_at == NOW + MOST
    assert await sessions.find(begun.secret, NOW + MOST) is None


async def test_what_a_page_asks_by_itself_keeps_nothing_awake(sessions: Sessions) -> None:
    begun = await sessions.begin(TOKEN, NOW + MOST, NOW)
    for minutes in (10, 20, 29):
        assert await sessions.find(begun.secret, NOW + timedelta(minutes=minutes), use=False)
    assert await sessions.find(begun.secret, NOW + IDLE, use=False) is None


async def test_a_session_ends_with_its_token(sessions: Sessions) -> None:
    begun = await sessions.begin(TOKEN, NOW + timedelta(minutes=5), NOW)
    assert await sessions.find(begun.secret, NOW + timedelta(minutes=5)) is None


async def test_an_ended_session_leaves_nothing_and_old_ones_go_with_the_next_sign_in(
    sessions: Sessions, database: Database
) -> None:
    begun = await sessions.begin(TOKEN, NOW + MOST, NOW)
    await sessions.end(begun.secret)
    assert await sessions.find(begun.secret, NOW) is None
    assert await _rows(database) == 0
    await sessions.begin(TOKEN, NOW + MOST, NOW)
    await sessions.begin(TOKEN, NOW + MOST, NOW + IDLE)
    assert await _rows(database) == 1
