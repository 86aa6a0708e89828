"""A flood in the log: the first of its kind by itself, the others in one count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from exchange.disclosure import Disclosure
from exchange.refusals import AuditUnavailable
from exchange.requester import Requester
from exchange.store.log import Log
from gateway.repeats import Repeats

ONE = Disclosure("d-1", datetime(2026, 11, 24, tzinfo=UTC), Requester("bank-a", "bank-system", "li.wei", "bank-system"))
REFUSED = replace(ONE, code="RATE_LIMITED")


class _Log:
    """What was sealed; `away` = it cannot be written."""

    def __init__(self) -> None:
        self.sealed: list[Disclosure] = []
        self.away = False

    async def seal(self, disclosures: Sequence[Disclosure], answer: str | None) -> None:
        if self.away:
            raise AuditUnavailable()
        self.sealed += disclosures


@pytest.fixture
def log() -> _Log:
    return _Log()


def repeats(log: _Log, window_s: float = 60.0) -> Repeats:
    return Repeats(cast("Log", log), window_s)


async def until(holds: Callable[[], bool], pause_s: float = 0.005) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(pause_s)


async def test_the_first_is_by_itself_and_the_rest_are_counted(log: _Log) -> None:
    one = repeats(log)
    assert [one.counts(REFUSED) for _ in range(5)] == [False, True, True, True, True]
    await one.close()
    assert [(each.code, each.times) for each in log.sealed] == [("RATE_LIMITED", 4)]


@pytest.mark.parametrize(
    "other",
    [
        {"code": "LIMITS_UNAVAILABLE"},
        {"requester": replace(ONE.requester, operator="zhang.min")},
        {"requester": replace(ONE.requester, client="bank-officer")},
        {"requester": replace(ONE.requester, role="bank-officer")},
        {"requester": replace(ONE.requester, person="ab" * 16)},
    ],
)
async def test_another_requester_or_code_is_told_by_itself(log: _Log, other: dict[str, object]) -> None:
    one = repeats(log)
    assert not one.counts(REFUSED)
    assert not one.counts(replace(REFUSED, **other))  # type: ignore[arg-type]
    await one.close()
    assert log.sealed == []


async def test_a_window_is_sealed_when_it_ends_and_a_quiet_one_is_forgotten(log: _Log) -> None:
    one = repeats(log, window_s=0.02)
    assert [one.counts(REFUSED) for _ in range(3)] == [False, True, True]
    await until(lambda: bool(log.sealed))
    assert sum(each.times for each in log.sealed) == 2
    await until(lambda: not one.counts(REFUSED), pause_s=0.2)
    await one.close()


async def test_what_cannot_be_sealed_is_told_later(log: _Log) -> None:
    one = repeats(log, window_s=0.02)
    log.away = True
    assert not one.counts(REFUSED)
    one.not_sealed(REFUSED)
    assert one.counts(REFUSED)
    await asyncio.sleep(0.1)
    log.away = False
    await until(lambda: bool(log.sealed))
    await one.close()
    assert [each.times for each in log.sealed] == [2]
    assert len({each.id for each in (*log.sealed, REFUSED)}) == 2
