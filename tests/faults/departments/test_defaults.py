"""A mapping that says nothing of guards: one dead source costs a bounded wait, and soon nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.departments.field import field, recovered
from tests.faults.departments.server import Server
from tests.faults.proxy import Mode


async def test_one_dead_source_is_named_in_a_partial_profile_within_three_seconds(
    city: Path, tmp_path: Path, server: Server
) -> None:
    async with field(city, tmp_path, server, guards="") as at:
        before = await recovered(at)
        await at.proxy.set(Mode.HANG)
        for answer in await asyncio.gather(*(at.ask() for _ in range(5))):
            assert answer.seconds < 3
            assert answer.reasons == {("PBC", "TIMEOUT")}
            assert answer.others == before.others
            assert not answer.complete
        await asyncio.sleep(1)  # those that were asked about alone beside a shared statement have ended too
        answer = await at.ask()
        assert answer.reasons == {("PBC", "BREAKER_OPEN")}
        assert answer.seconds < 1
        (error,) = {(e["since"], e["retryAfter"]) for e in answer.errors}
        assert 1 <= error[1] <= 10


async def test_a_source_that_is_dead_at_the_start_does_not_hold_it_up(
    city: Path, tmp_path: Path, server: Server
) -> None:
    server.freeze()
    try:
        async with field(city, tmp_path, server) as at:
            answer = await at.ask()
            assert answer.reasons == {("PBC", "TIMEOUT")}
            server.thaw()
            assert (await recovered(at)).states["PBC"] == "DELIVERED"
    finally:
        server.thaw()


async def test_nothing_is_sent_during_maintenance(city: Path, tmp_path: Path, server: Server) -> None:
    window = "maintenance: [2026-01-01T00:00/2099-01-01T00:00]\n"
    async with field(city, tmp_path, server, guards=window) as at:
        answer = await at.ask()
        assert answer.reasons == {("PBC", "MAINTENANCE")}
        assert not answer.complete
        assert at.proxy.accepted == 0
