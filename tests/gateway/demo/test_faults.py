"""A source that is down for one person works for all others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from exchange.person import PersonId
from exchange.records import Delivered, Findings, Givens, Outcome, Unavailable, Wanted
from gateway.demo.faults import SourceDownFor

DOWN = PersonId.parse("530199198501300026")
OTHER = PersonId.parse("530199199003070015")


class _Recording:
    department = "HPF"

    def __init__(self) -> None:
        self.asked: list[Sequence[PersonId]] = []
        self.closed = False

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        self.asked.append(people)
        return Delivered(dict.fromkeys(people, ()))

    async def check(self) -> Findings:
        return Findings("HPF", True)

    async def close(self) -> None:
        self.closed = True


async def test_it_is_unreachable_whenever_that_person_is_asked_about() -> None:
    inner = _Recording()
    connector = SourceDownFor(inner, frozenset({DOWN}))
    deadline = asyncio.get_running_loop().time() + 1
    for people in ([DOWN], [OTHER, DOWN]):
        outcome = await connector.fetch((), people, {}, deadline)
        assert isinstance(outcome, Unavailable)
        assert outcome.why == "UNREACHABLE"
    assert inner.asked == []
    assert isinstance(await connector.fetch((), [OTHER], {}, deadline), Delivered)
    assert inner.asked == [[OTHER]]


async def test_all_else_passes_through() -> None:
    inner = _Recording()
    connector = SourceDownFor(inner, frozenset({DOWN}))
    assert connector.department == "HPF"
    assert (await connector.check()).reachable
    await connector.close()
    assert inner.closed
