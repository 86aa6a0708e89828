"""A service that gives too much, or gives it too slowly, for ever: what is taken of it has an end."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.responses import Response, StreamingResponse

from connectors.http.asking import MOST_OCTETS
from connectors.http.client import MOST_BYTES
from exchange.records import Bad, Delivered, Outcome, Unavailable
from tests.connectors.http.conftest import Open, ask
from tests.connectors.http.lying import RESOURCE, Lying, row, rows
from tests.connectors.http.served import served
from tests.connectors.small import NEW

GOOD = [("1", "2026-01-01")]
PAGED = RESOURCE + "    paging: {page: page, first: 1, size: size, rows: 2}\n"


@dataclass
class Pouring:
    """An answer that goes on until nobody listens."""

    piece: Callable[[], bytes]
    every_s: float = 0.0
    sent: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def answer(self) -> Response:
        return StreamingResponse(self._pieces(), media_type="application/json")

    async def _pieces(self) -> AsyncIterator[bytes]:
        try:
            yield b'{"data": {"list": ['
            while True:
                some = self.piece()
                self.sent += len(some)
                yield some
                await asyncio.sleep(self.every_s)
        finally:
            self.ended.set()


def why(outcome: Outcome) -> str:
    assert isinstance(outcome, Unavailable), outcome
    return outcome.why


def values(outcome: Outcome) -> list[tuple[Any, ...]]:
    assert isinstance(outcome, Delivered), outcome
    (found,) = outcome.answers[NEW]
    assert isinstance(found, Sequence)
    return [each.values for each in found]


def about_somebody(answer: Callable[[dict[str, Any]], Response]) -> Callable[[dict[str, Any]], Response]:
    """Nobody is answered well, so that the shape is known."""
    return lambda body: rows(total=0) if body["ids"] == ["0" * 18] else answer(body)


@pytest.mark.parametrize(
    ("piece", "every_s", "code"),
    [
        (lambda: b" " * 65536, 0.0, "FAILED"),
        (lambda: b'"' + b"9" * 65536, 0.0, "FAILED"),
        (lambda: b"[" * 65536, 0.0, "FAILED"),
        (lambda: b" ", 0.02, "TIMEOUT"),
    ],
    ids=["blanks", "one value", "nested", "slow drip"],
)
async def test_an_answer_without_an_end_is_left(
    connect: Open, piece: Callable[[], bytes], every_s: float, code: str
) -> None:
    """The drip never lets a read time out: only the deadline ends it. The service notices; the next ask is answered."""
    pouring = Pouring(piece, every_s)
    lying = Lying(about_somebody(lambda body: pouring.answer()))
    with served(lying) as url:
        http = connect(url)
        assert await http.faults() == ()
        assert why(await ask(http, seconds=0.6 if every_s else 20)) == code
        assert await asyncio.to_thread(pouring.ended.wait, 10), "the connection is closed"
        assert pouring.sent < 4 * MOST_BYTES
        lying.answer = lambda body: rows(row(NEW.number))
        assert values(await ask(http)) == GOOD


async def test_a_body_of_ten_megabytes_is_not_taken_whole(connect: Open) -> None:
    whole = rows(row(NEW.number, day="2" * 10_000_000))
    with served(Lying(about_somebody(lambda body: whole))) as url:
        assert why(await ask(connect(url))) == "FAILED"


async def test_a_value_of_four_megabytes_is_withheld_alone(connect: Open) -> None:
    """It is within what a response may have, and no value; the row beside it is."""
    answer = rows(row(NEW.number, day="2" * 4_000_000), row(NEW.number, no="2"))
    with served(Lying(about_somebody(lambda body: answer))) as url:
        outcome = await ask(connect(url))
    assert values(outcome) == [("1", Bad.VALUE), *GOOD]
    assert isinstance(outcome, Delivered)
    assert outcome.invalid == 1


async def test_pages_that_are_each_within_their_bound_end_together(connect: Open) -> None:
    """Two rows of 3 MB on each page, for two hundred pages."""
    page = json.dumps({"data": {"list": [row(NEW.number, day="2" * 3_000_000)] * 2}}).encode()
    lying = Lying(about_somebody(lambda body: Response(page, media_type="application/json")))
    with served(lying) as url:
        http = connect(url, PAGED)
        assert await http.faults() == ()
        lying.asked.clear()
        assert why(await ask(http)) == "FAILED"
    assert len(lying.asked) == MOST_OCTETS // len(page) + 1
