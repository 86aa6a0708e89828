"""A source that has no place is not broken; and a statement that nobody waits for gives its place back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

from tests.faults.departments.conftest import SERVERS, at_each
from tests.faults.departments.field import RECOVERY_S, Field, field, recovered
from tests.faults.departments.over_http import Service
from tests.faults.departments.server import Server
from tests.faults.proxy import Mode

LONG = "guards: {{deadline_s: 30}}\n"
"""So that the request's own deadline ends a statement, not the source's, nor the server's own limit."""


async def test_a_busy_server_is_asked_on_and_answers_as_soon_as_it_can(at: Field) -> None:
    before = await at.ask()
    await at.proxy.set(Mode.REFUSE)
    await at.proxy.set()
    async with at.server.full():
        for _ in range(6):
            assert (await at.ask()).reasons == {("PBC", "BUSY")}
        assert await at.metric("gateway_source_breaker_open") == 0
        assert await at.metric("gateway_source_retries") == 0
    after = await at.ask()
    assert (after.errors, after.register) == ([], before.register)


@at_each("http")
async def test_a_service_says_when_to_come_again(at: Field) -> None:
    await at.ask()
    async with at.server.full():
        assert {error["retryAfter"] for error in (await at.ask()).errors} == {7}


@at_each("http")
async def test_a_service_that_is_not_there_for_a_moment_costs_nothing(at: Field) -> None:
    before = await at.ask()
    assert isinstance(at.server, Service)
    at.server.answer_once(503)
    again = await at.ask()
    assert (again.errors, again.register) == ([], before.register)
    assert await at.metric("gateway_source_retries") == 1


@at_each("http")
async def test_a_service_that_is_busy_for_a_moment_is_not_asked_again_at_once(at: Field) -> None:
    before = await at.ask()
    assert isinstance(at.server, Service)
    at.server.answer_once(429)
    assert (await at.ask()).reasons == {("PBC", "BUSY")}
    assert (await at.ask()).register == before.register


@at_each(*(name for name, server in SERVERS.items() if server.counts))
async def test_a_statement_that_nobody_waits_for_is_ended_at_the_server(
    city: Path, tmp_path: Path, server: Server
) -> None:
    async with field(city, tmp_path, server, guards=LONG) as at:
        before = await recovered(at)
        async with server.slow("LN_ACCT"):
            asked = asyncio.create_task(at.ask())
            await _running(server, 1)
            assert (await asked).reasons == {("PBC", "TIMEOUT")}
            await _running(server, 0)
        assert (await at.ask()).register == before.register


async def _running(server: Server, statements: int) -> None:
    until = monotonic() + RECOVERY_S
    while (found := await server.running()) != statements:
        assert monotonic() < until, found
        await asyncio.sleep(0.05)
