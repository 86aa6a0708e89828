"""Both kinds of counters sit one exam, and never differ."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from exchange.quota import Allowance, Charge, Demand, Period, Scope, Shortage, demand
from exchange.store.counters import MOST, Counters, CountersDown, memory
from exchange.store.counters.memory import MemoryCounters
from exchange.store.counters.redis import RedisCounters
from tests.redis_server import PASSWORD, RedisServer

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
_PATIENT_S = 20.0
"""A busy machine is not a server that is away."""


@pytest.fixture(scope="module")
def shared_server() -> Iterator[RedisServer]:
    with RedisServer.running() as server:
        yield server


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def counters(request: pytest.FixtureRequest) -> AsyncIterator[Counters]:
    if request.param == "memory":
        yield MemoryCounters()
        return
    found = RedisCounters(request.getfixturevalue("shared_server").url, timeout_s=_PATIENT_S)
    await found._redis.flushall()
    yield found
    await found.close()


def ask(allowance: Allowance, number: int = 1, at: datetime = NOON, scope: Scope = Scope.CLIENT) -> Demand:
    return demand([Charge(scope, "{c}:" + scope, allowance, number, number)], at)


async def test_a_bucket_runs_dry_and_refills(counters: Counters) -> None:
    bucket = Allowance(per_minute=60, burst=3)
    assert [await counters.charge(ask(bucket)) for _ in range(4)] == [None] * 3 + [Shortage(Scope.CLIENT, 1)]
    later = NOON + timedelta(seconds=1)
    assert [await counters.charge(ask(bucket, at=later)) for _ in range(2)] == [None, Shortage(Scope.CLIENT, 1)]


async def test_a_quota_is_used_up_until_the_period_ends(counters: Counters) -> None:
    quota = Allowance(per_day=100, per_month=150)
    assert await counters.charge(ask(quota, 100)) is None
    assert await counters.charge(ask(quota)) == Shortage(Scope.CLIENT, 12 * 3600, Period.DAY)
    tomorrow = NOON + timedelta(days=1)
    assert await counters.charge(ask(quota, 51, tomorrow)) == Shortage(
        Scope.CLIENT, 12 * 3600 + 5 * 86_400, Period.MONTH
    )
    assert await counters.charge(ask(quota, 50, tomorrow)) is None
    assert await counters.charge(ask(quota, 100, NOON + timedelta(days=7))) is None


async def test_to_look_takes_nothing(counters: Counters) -> None:
    once = ask(Allowance(per_minute=60, burst=1, per_day=1))
    assert [await counters.short(once) for _ in range(20)] == [None] * 20
    assert await counters.charge(once) is None
    told = await counters.short(once)
    assert told == Shortage(Scope.CLIENT, 1)
    assert [await counters.short(once) for _ in range(20)] == [told] * 20
    assert await counters.charge(once) == told


async def test_all_draws_of_an_ask_are_granted_or_none(counters: Counters) -> None:
    wide, narrow = Allowance(per_minute=60, burst=10), Allowance(per_minute=60, burst=1)
    both = demand([Charge(Scope.CLIENT, "{c}:a", wide, 1, 0), Charge(Scope.OPERATOR, "{c}:b", narrow, 1, 0)], NOON)
    assert await counters.charge(both) is None
    for _ in range(20):
        assert await counters.charge(both) == Shortage(Scope.OPERATOR, 1)
    alone = demand([Charge(Scope.CLIENT, "{c}:a", wide, 9, 0)], NOON)
    assert await counters.charge(alone) is None
    assert await counters.charge(demand([Charge(Scope.CLIENT, "{c}:a", wide, 1, 0)], NOON)) is not None


async def test_short_of_quota_the_rate_is_taken_and_no_quota_anywhere(counters: Counters) -> None:
    client, operator = Allowance(per_minute=60, burst=3, per_day=5), Allowance(per_day=1)
    both = demand([Charge(Scope.CLIENT, "{c}:a", client, 1, 1), Charge(Scope.OPERATOR, "{c}:b", operator, 1, 1)], NOON)
    assert await counters.charge(both) is None
    for _ in range(2):
        assert await counters.charge(both) == Shortage(Scope.OPERATOR, 12 * 3600, Period.DAY)
    assert await counters.charge(both) == Shortage(Scope.CLIENT, 1)
    whole = Allowance(per_day=5)
    assert await counters.charge(demand([Charge(Scope.CLIENT, "{c}:a", whole, 0, 4)], NOON)) is None


async def test_what_is_given_back_can_be_had_again_and_never_more(counters: Counters) -> None:
    quota = Allowance(per_day=2)
    first = ask(quota, 2)
    assert await counters.charge(first) is None
    await counters.give_back(first.counts)
    await counters.give_back(first.counts)
    assert await counters.charge(first) is None
    assert await counters.charge(ask(quota)) is not None
    await counters.give_back(ask(quota, at=NOON + timedelta(days=1)).counts)  # nothing was ever counted there
    assert await counters.charge(ask(quota, 2, NOON + timedelta(days=1))) is None
    assert await counters.charge(ask(quota, 1, NOON + timedelta(days=1))) is not None


async def test_what_was_granted_elsewhere_counts(counters: Counters) -> None:
    quota = Allowance(per_day=2)
    await counters.count(ask(quota, 3).counts)
    assert await counters.charge(ask(quota)) is not None


async def test_of_many_at_once_exactly_the_quota_passes(counters: Counters) -> None:
    quota = Allowance(per_day=50)
    told = await asyncio.gather(*(counters.charge(ask(quota)) for _ in range(200)))
    assert told.count(None) == 50


async def test_distinct_members_within_a_sliding_window(counters: Counters) -> None:
    second = 1_000_000
    at = 10**15
    assert await counters.distinct("{c}:n", ["a", "b", "a"], at, 10) == 2
    assert await counters.distinct("{c}:n", ["a"], at + 5 * second, 10) == 2
    assert await counters.distinct("{c}:n", ["c"], at + 10 * second, 10) == 2  # b is out of the window, a is not
    assert await counters.distinct("{c}:m", ["c"], at, 10) == 1
    assert await counters.distinct("{c}:n", [], at + 100 * second, 10) == 0


async def test_of_one_name_a_bounded_number_is_kept(counters: Counters) -> None:
    for page in range(3):
        members = [f"{page}-{n}" for n in range(MOST // 2)]
        kept = await counters.distinct("{c}:many", members, 10**15 + page, 3600)
    assert kept == MOST


@pytest.mark.redis
async def test_memory_and_redis_answer_alike(shared_server: RedisServer) -> None:
    """A random month of asks: each answer, and so each figure behind it, is the same."""
    redis, own = RedisCounters(shared_server.url, timeout_s=_PATIENT_S), MemoryCounters()
    await redis._redis.flushall()
    rng, at, granted = Random(7), NOON, []
    kinds: set[tuple[Scope, Period | None] | None] = set()
    allowances = {
        Scope.CLIENT: Allowance(per_minute=40, burst=12, per_day=150, per_month=1_200),
        Scope.OPERATOR: Allowance(per_minute=7, burst=9, per_day=60),
        Scope.PURPOSE: Allowance(per_minute=11, burst=3, per_month=900),
    }
    for _ in range(3_000):
        at += timedelta(milliseconds=rng.choice((0, 1, 250, 5_000, 60_000, 900_000, 3_600_000)))
        number = rng.choice((1, 1, 1, 2, 5, 15))
        charges = [
            Charge(scope, f"{{c}}:{scope}", allowance, number, number)
            for scope, allowance in allowances.items()
            if rng.random() < 0.8
        ]
        asked = demand(charges, at)
        foreseen = [await own.short(asked), await redis.short(asked)]
        told = await own.charge(asked)
        assert await redis.charge(asked) == told
        assert foreseen == [told, told]
        kinds.add(told and (told.scope, told.period))
        if told is None:
            granted.append(asked.counts)
        if granted and rng.random() < 0.1:
            back = granted.pop(rng.randrange(len(granted)))
            await own.give_back(back)
            await redis.give_back(back)
    assert len(kinds) >= 6
    await redis.close()


@pytest.mark.redis
async def test_every_key_expires_and_none_names_anybody(shared_server: RedisServer) -> None:
    counters = RedisCounters(shared_server.url)
    await counters._redis.flushall()
    await counters.charge(ask(Allowance(per_minute=1, burst=1, per_day=1, per_month=1)))
    await counters.distinct("{c}:people", ["x"], 10**15, 3600)
    keys = await counters._redis.keys()
    assert len(keys) == 4
    assert all([await counters._redis.ttl(key) > 0 for key in keys])
    await counters.close()


@pytest.mark.redis
async def test_a_server_that_refuses_or_is_not_there_is_down_and_not_named(shared_server: RedisServer) -> None:
    for url in (shared_server.url.replace(PASSWORD, "wrong"), "redis://127.0.0.1:1/0"):
        counters = RedisCounters(url)
        with pytest.raises(CountersDown) as caught:
            await counters.charge(ask(Allowance(per_day=1)))
        assert str(caught.value) == ""
        assert caught.value.__cause__ is None
        await counters.close()


async def test_memory_forgets_what_has_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_SWEEP_EVERY", 1)
    counters = MemoryCounters()
    await counters.charge(ask(Allowance(per_minute=60, per_day=5, per_month=5)))
    await counters.distinct("n", ["a"], round(NOON.timestamp() * 1e6), 60)
    await counters.charge(ask(Allowance(), at=NOON + timedelta(days=40)))
    assert not any((counters._until, counters._counted, counters._ends, counters._seen, counters._windows))
