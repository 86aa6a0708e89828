"""One pool over two drivers: what it holds, how long it lets wait, and what it does with connections that broke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from connectors.place import GuardsPlace
from connectors.sql import pool
from connectors.sql.mariadb import MariaDbRunner
from connectors.sql.postgres import PostgresRunner
from connectors.sql.runner import Runner, SourceFailed
from tests.faults.proxy import Mode, Proxy


@dataclass(frozen=True)
class At:
    """A server behind a proxy, as the gateway sees it."""

    proxy: Proxy
    opened: Callable[[GuardsPlace], Runner]
    nap: str
    """A statement that lasts so many seconds."""
    who: str
    """A statement that says which session runs it."""


@pytest_asyncio.fixture(
    params=[pytest.param("postgres", marks=pytest.mark.postgres), pytest.param("mariadb", marks=pytest.mark.mariadb)]
)
async def at(request: pytest.FixtureRequest) -> AsyncIterator[At]:
    postgres = request.param == "postgres"
    parts = urlsplit(request.getfixturevalue(f"{request.param}_url"))
    proxy = await Proxy(parts.port or 0).start()
    url = parts._replace(netloc=f"{parts.username}@127.0.0.1:{proxy.port}").geturl()
    if postgres:
        yield At(proxy, lambda guards: PostgresRunner(url, guards), "SELECT pg_sleep({})", "SELECT pg_backend_pid()")
    else:
        yield At(proxy, lambda guards: MariaDbRunner(url, guards), "SELECT sleep({})", "SELECT connection_id()")
    await proxy.stop()


async def failure(runner: Runner, text: str = "SELECT 1") -> str:
    with pytest.raises(SourceFailed) as caught:
        await runner.run(text, [])
    return caught.value.why


async def session(runner: Runner, at: At) -> object:
    async with asyncio.timeout(5):  # not for ever, where it hangs
        return (await runner.run(at.who, []))[0][0]


async def test_the_queue_is_bounded(at: At) -> None:
    """Two run, one waits, and the fourth is told at once."""
    runner = at.opened(GuardsPlace(at_once=2, queue=1))
    asks = [asyncio.ensure_future(runner.run(at.nap.format(0.3), [])) for _ in range(3)]
    await asyncio.sleep(0.05)
    with pytest.raises(SourceFailed, match="BUSY") as busy:
        await runner.run("SELECT 1", [])
    assert busy.value.retry_after_s == 1
    await asyncio.gather(*asks)
    assert runner.connections == 2
    assert len(await runner.run("SELECT 1", [])) == 1
    await runner.close()


async def test_who_waits_for_a_place_waits_within_the_deadline(at: At) -> None:
    runner = at.opened(GuardsPlace(at_once=1, deadline_s=0.3, statement_timeout_s=20))
    ask = asyncio.ensure_future(runner.run(at.nap.format(1), []))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(0.9):
        assert await failure(runner) == "TIMEOUT"
    await ask
    assert len(await runner.run("SELECT 1", [])) == 1
    await runner.close()


async def test_an_ask_that_goes_while_it_waits_takes_no_place_along(at: At) -> None:
    runner = at.opened(GuardsPlace(at_once=1, queue=1))
    ask = asyncio.ensure_future(runner.run(at.nap.format(0.2), []))
    waiting = asyncio.ensure_future(runner.run("SELECT 1", []))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.gather(ask, waiting, return_exceptions=True)
    assert waiting.cancelled()
    assert await asyncio.gather(*(runner.run("SELECT 1", []) for _ in range(2)))
    await runner.close()


async def test_a_rested_connection_that_answers_is_used_again(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "RESTED_S", 0.0)
    runner = at.opened(GuardsPlace())
    assert len({await session(runner, at) for _ in range(3)}) == 1
    assert runner.connections == 1
    await runner.close()


async def test_a_rested_connection_that_is_half_open_is_replaced_within_the_ask(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "RESTED_S", 0.0)
    runner = at.opened(GuardsPlace())
    before = await session(runner, at)
    await at.proxy.set(Mode.HALF_OPEN)
    assert await session(runner, at) != before
    assert runner.connections == 1
    await runner.close()


async def test_after_a_hang_what_was_idle_meanwhile_is_tried(at: At) -> None:
    """Whoever hung, all connections lead to the same server: none of them is trusted again unasked."""
    runner = at.opened(GuardsPlace(at_once=3))
    await asyncio.gather(*(runner.run(at.nap.format(0.1), []) for _ in range(3)))
    await at.proxy.set(Mode.HALF_OPEN)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await runner.run("SELECT 1", [])
    await session(runner, at)
    assert runner.connections <= 2  # the one that hung may still be ending
    await runner.close()
    assert runner.connections == 0


async def test_a_closed_pool_begins_nothing(at: At) -> None:
    runner = at.opened(GuardsPlace())
    await runner.run("SELECT 1", [])
    running = asyncio.ensure_future(runner.run(at.nap.format(0.2), []))
    await asyncio.sleep(0.05)
    await runner.close()
    assert await failure(runner) == "UNREACHABLE"
    await running
    assert runner.connections == 0
