"""Counters in Redis or Valkey: each method is one Lua script, so atomic for every process that shares the server.

Keys hold keyed digests only; those of one client carry one hash tag, so that a cluster keeps them together. Each
expires by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unconnected
from redis.exceptions import RedisError

from exchange.quota import Count, Demand, Period, Scope, Shortage, dry, seconds, used_up
from exchange.store.counters import MOST, CountersDown, CountersState

_CHARGE = """
local flows, now = tonumber(ARGV[1]), tonumber(ARGV[2])
local worst, wait, at = 0, 0, 3
local full = {}
for i = 1, flows do
  local interval, burst, taken = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  at = at + 3
  local known = tonumber(redis.call('GET', KEYS[i]) or '0')
  local short = math.max(known - now, 0) + math.min(taken, burst) * interval - burst * interval
  if short > wait then worst, wait = i, short end
  full[i] = math.max(known, now) + taken * interval
end
if worst > 0 then return {worst, wait} end
for i = 1, flows do
  redis.call('SET', KEYS[i], string.format('%.0f', full[i]), 'PX', math.ceil((full[i] - now) / 1000) + 1)
end
local first = at
for i = flows + 1, #KEYS do
  local most, counted, left = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  at = at + 3
  if tonumber(redis.call('GET', KEYS[i]) or '0') + counted > most and left > wait then worst, wait = i, left end
end
if worst > 0 then return {worst, wait} end
at = first
for i = flows + 1, #KEYS do
  redis.call('INCRBY', KEYS[i], ARGV[at + 1])
  redis.call('EXPIRE', KEYS[i], ARGV[at + 2] + 60)
  at = at + 3
end
return {0, 0}
"""
_COUNT = """
for i = 1, #KEYS do
  local by, left = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  if by > 0 or redis.call('EXISTS', KEYS[i]) == 1 then
    if redis.call('INCRBY', KEYS[i], by) < 0 then redis.call('SET', KEYS[i], 0) end
    redis.call('EXPIRE', KEYS[i], left + 60)
  end
end
"""
_DISTINCT = """
local now, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 4, #ARGV do redis.call('ZADD', KEYS[1], ARGV[1], ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - window * 1000000))
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -most - 1)
redis.call('EXPIRE', KEYS[1], window + 1)
return redis.call('ZCARD', KEYS[1])
"""
_PREFIX = "gateway:"
_CONNECTIONS = 32


class RedisCounters:
    def __init__(self, url: str, *, timeout_s: float = 1.0) -> None:
        """`redis://`, or `rediss://` for TLS. Connects at the first call. Raises ValueError for another URL."""
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=2 * timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            # A kept connection may have died with the server. A charge that was made and is made again counts twice:
            # on the safe side.
            retry=Retry(NoBackoff(), 1, (Unconnected,)),
        )
        self._redis = Redis.from_pool(pool)
        self._charge = self._redis.register_script(_CHARGE)
        self._count = self._redis.register_script(_COUNT)
        self._distinct = self._redis.register_script(_DISTINCT)

    @property
    def state(self) -> CountersState:
        return CountersState.SHARED

    async def charge(self, demand: Demand) -> Shortage | None:
        draws: list[tuple[str, Scope, Period | None]] = []
        arguments: list[int] = [len(demand.flows), demand.at_us]
        for flow in demand.flows:
            draws.append((flow.name, flow.scope, None))
            arguments += (flow.interval_us, flow.burst, flow.taken)
        for count in demand.counts:
            draws.append((count.name, count.scope, count.period))
            arguments += (count.most, count.counted, count.left_s)
        if not draws:
            return None
        worst, wait = await _told(self._charge(_keys(name for name, _, _ in draws), arguments))
        if not worst:
            return None
        _, scope, period = draws[worst - 1]
        return Shortage(scope, wait if period else seconds(wait), period)

    async def short(self, demand: Demand) -> Shortage | None:
        names = [draw.name for draw in (*demand.flows, *demand.counts)]
        if not names:
            return None
        found = await _told(self._redis.mget(_keys(names)))
        known = {name: int(value) for name, value in zip(names, found, strict=True) if value is not None}
        return dry(demand, known) or used_up(demand, known)

    async def give_back(self, counts: Sequence[Count]) -> None:
        await self._add(counts, -1)

    async def count(self, counts: Sequence[Count]) -> None:
        await self._add(counts, 1)

    async def distinct(self, name: str, members: Sequence[str], at_us: int, window_s: int) -> int:
        return await _told(self._distinct(_keys([name]), [at_us, window_s, MOST, *members]))

    async def close(self) -> None:
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()

    async def _add(self, counts: Sequence[Count], sign: int) -> None:
        if counts:
            arguments = [figure for count in counts for figure in (sign * count.counted, count.left_s)]
            await _told(self._count(_keys(count.name for count in counts), arguments))


def _keys(names: Any) -> list[str]:
    return [_PREFIX + name for name in names]


async def _told(script: object) -> Any:
    """Raises CountersDown without the server's address in it."""
    try:
        return await cast("Awaitable[Any]", script)
    except (RedisError, OSError):
        raise CountersDown() from None
