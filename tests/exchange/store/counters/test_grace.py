"""The shared server goes away and comes back: a short grace, then nothing, then as before. A real server each time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from exchange.quota import Allowance, Charge, Demand, Scope, demand
from exchange.refusals import LimitsUnavailable
from exchange.store.counters.grace import GraceCounters
from exchange.store.counters.redis import RedisCounters
from tests.redis_server import RedisServer

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
GRACE_S, RETRY_S = 10.0, 0.5
pytestmark = pytest.mark.redis


@dataclass
class Watched:
    counters: GraceCounters
    now: float = 0.0
    changes: list[bool] = field(default_factory=list)


def graced(server: RedisServer) -> Watched:
    watched = Watched(counters=None)  # type: ignore[arg-type]
    watched.counters = GraceCounters(
        RedisCounters(server.url, timeout_s=0.1),
        grace_s=GRACE_S,
        retry_s=RETRY_S,
        clock=lambda: watched.now,
        changed=watched.changes.append,
    )
    return watched


def ask(number: int = 1) -> Demand:
    return demand([Charge(Scope.CLIENT, "{c}:c", Allowance(per_day=10), number, number)], NOON)


async def test_a_stopped_server_gets_a_grace_under_the_same_figures_and_then_nothing(redis_server: RedisServer) -> None:
    watched = graced(redis_server)
    assert await watched.counters.charge(ask(4)) is None
    redis_server.stop()
    assert await watched.counters.charge(ask(6)) is None
    assert await watched.counters.charge(ask(5)) is not None  # this process's own count is 6
    assert watched.counters.state == "grace"
    watched.now = GRACE_S
    assert await watched.counters.charge(ask(4)) is None
    watched.now = GRACE_S + 0.1
    for _ in range(3):
        with pytest.raises(LimitsUnavailable) as caught:
            await watched.counters.charge(ask())
        assert caught.value.retry_after_s == 1
    assert watched.counters.state == "away"
    assert watched.changes == [False]
    await watched.counters.close()


async def test_it_recovers_by_itself_and_the_server_hears_of_the_grace(redis_server: RedisServer) -> None:
    watched = graced(redis_server)
    redis_server.stop()
    kept, refused = ask(6), ask(3)
    assert await watched.counters.charge(kept) is None
    assert await watched.counters.charge(refused) is None
    await watched.counters.give_back(refused.counts)
    redis_server.start()
    assert await watched.counters.charge(ask()) is None  # too early to try again: still of its own
    assert watched.changes == [False]
    watched.now = RETRY_S
    assert await watched.counters.charge(ask()) is None
    assert watched.changes == [False, True]
    assert watched.counters.state == "shared"
    other = graced(redis_server)
    assert await other.counters.charge(ask(2)) is None  # 6 + 1 + 1 were counted
    assert await other.counters.charge(ask()) is not None
    await watched.counters.close()
    await other.counters.close()


async def test_what_was_reserved_before_and_given_back_during_is_given_back(redis_server: RedisServer) -> None:
    watched = graced(redis_server)
    reserved = ask(10)
    assert await watched.counters.charge(reserved) is None
    redis_server.freeze()
    await watched.counters.give_back(reserved.counts)
    assert watched.counters.state == "grace"
    redis_server.thaw()
    watched.now = RETRY_S
    await watched.counters.distinct("{c}:n", ["x"], 10**15, 60)
    assert await watched.counters.charge(ask(10)) is None
    await watched.counters.close()


async def test_a_frozen_server_makes_one_ask_wait_and_not_the_rest(redis_server: RedisServer) -> None:
    watched = graced(redis_server)
    redis_server.freeze()
    assert await watched.counters.charge(ask()) is None
    tried = 0
    charge = watched.counters._shared.charge

    async def counted(demand: Demand) -> object:
        nonlocal tried
        tried += 1
        return await charge(demand)

    watched.counters._shared.charge = counted  # type: ignore[method-assign,assignment]
    told = await asyncio.gather(*(watched.counters.charge(ask()) for _ in range(20)))
    assert told.count(None) == 9
    assert tried == 0
    watched.now = RETRY_S
    await asyncio.gather(*(watched.counters.charge(ask()) for _ in range(20)))
    assert tried == 1
    redis_server.thaw()
    await watched.counters.close()


async def test_a_restart_leaves_no_dead_connection_in_the_way(redis_server: RedisServer) -> None:
    watched = graced(redis_server)
    await asyncio.gather(*(watched.counters.charge(ask()) for _ in range(8)))
    redis_server.stop()
    redis_server.start()
    assert [await watched.counters.charge(ask(2)) for _ in range(4)] == [None] * 4
    assert watched.changes == []
    await watched.counters.close()


async def test_watching_goes_on_without_the_server(redis_server: RedisServer) -> None:
    watched = graced(redis_server)
    redis_server.stop()
    watched.now = 100.0
    assert await watched.counters.distinct("{c}:n", ["a", "b"], 10**15, 60) == 2
    watched.now = 200.0
    assert await watched.counters.distinct("{c}:n", ["c"], 10**15, 60) == 3
    await watched.counters.close()
