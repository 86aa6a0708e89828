"""What goes wrong at one department × what is answered for it, and for the others; and recovery without a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from tests.acceptance.in_process import EVERYTHING
from tests.faults.departments.conftest import SERVERS
from tests.faults.departments.field import Field, fails_alone, recovered, whole_but_for_the_register
from tests.faults.proxy import Mode

Fault = Callable[[Field], AbstractAsyncContextManager[None]]


def _between(mode: Mode = Mode.PASS, *, delay_s: float = 0, reset_after: int | None = None) -> Fault:
    @asynccontextmanager
    async def fault(at: Field) -> AsyncIterator[None]:
        await at.proxy.set(mode, delay_s=delay_s, reset_after=reset_after)
        yield
        await at.proxy.set()

    return fault


@asynccontextmanager
async def frozen(at: Field) -> AsyncIterator[None]:
    at.server.freeze()
    try:
        yield
    finally:
        at.server.thaw()


@asynccontextmanager
async def stopped(at: Field) -> AsyncIterator[None]:
    await at.server.stop()
    try:
        yield
    finally:
        await at.server.start()


@asynccontextmanager
async def no_place_at_the_server(at: Field) -> AsyncIterator[None]:
    await at.proxy.set(Mode.REFUSE)
    await at.proxy.set()
    async with at.server.full():
        yield


@asynccontextmanager
async def without_the_right(at: Field) -> AsyncIterator[None]:
    async with at.server.revoked("LN_ACCT"):
        yield


def _altered(there: str, back: str) -> Fault:
    @asynccontextmanager
    async def fault(at: Field) -> AsyncIterator[None]:
        await at.server.execute(there)
        try:
            yield
        finally:
            await at.server.execute(back)

    return fault


FAULTS: dict[str, tuple[Fault, str]] = {
    "refuse": (_between(Mode.REFUSE), "UNREACHABLE"),
    "hang": (_between(Mode.HANG), "TIMEOUT"),
    "hang up": (_between(Mode.CLOSE), "UNREACHABLE"),
    "freeze the server": (frozen, "TIMEOUT"),
    "answer after 10 s": (_between(delay_s=10), "TIMEOUT"),
    "reset within a row": (_between(reset_after=300), "UNREACHABLE"),
    "stop the server": (stopped, "UNREACHABLE"),
    "no place at the server": (no_place_at_the_server, "BUSY"),
    "revoke a right": (without_the_right, "SHAPE_CHANGED"),
    "rename a column": (
        _altered(
            'ALTER TABLE "LN_ACCT" RENAME COLUMN "LN_BAL" TO "LN_BAL2"',
            'ALTER TABLE "LN_ACCT" RENAME COLUMN "LN_BAL2" TO "LN_BAL"',
        ),
        "SHAPE_CHANGED",
    ),
    "rename a table": (
        _altered('ALTER TABLE "LN_ACCT" RENAME TO "LN_ACCT2"', 'ALTER TABLE "LN_ACCT2" RENAME TO "LN_ACCT"'),
        "SHAPE_CHANGED",
    ),
}


CASES = [
    pytest.param(server, name, marks=kind.needs)
    for server, kind in SERVERS.items()
    for name in FAULTS
    if kind.beside.get(name, "") is not None
]
"""Each fault of the table at each server that knows it."""


@pytest.mark.parametrize(("server", "name"), CASES, indirect=["server"])
async def test_one_fails_and_the_others_answer_and_it_comes_back(at: Field, name: str) -> None:
    fault, why = FAULTS[name][0], at.server.beside.get(name, FAULTS[name][1])
    assert why is not None
    before = await at.ask()
    assert (before.errors, before.complete, before.states["PBC"]) == ([], True, "DELIVERED")
    async with fault(at):
        await fails_alone(at, before, why)
    after = await recovered(at)
    assert (after.register, after.others) == (before.register, before.others)


async def test_a_connection_reset_once_costs_nothing(at: Field) -> None:
    before = await at.ask()
    await at.proxy.set(reset_after=300, resets=1)
    again = await at.ask()
    assert (again.errors, again.register) == ([], before.register)
    assert at.proxy.resets == 0
    assert await at.metric("gateway_source_retries") == 1


async def test_half_open_connections_are_replaced_within_the_ask(at: Field) -> None:
    before = await at.ask()
    await at.proxy.set(Mode.HALF_OPEN)
    await asyncio.sleep(1.1)
    again = await at.ask()
    assert (again.errors, again.register) == ([], before.register)


async def test_a_server_that_restarts_between_two_asks_costs_nothing(at: Field) -> None:
    before = await at.ask()
    await at.server.stop()
    await at.server.start()
    again = await at.ask()
    assert (again.errors, again.register) == ([], before.register)


async def test_all_places_taken(at: Field) -> None:
    """Two run into their deadline, one waits for a place as long, and one finds the queue full."""
    before = await at.ask()
    # None of them wants the same of the register as another: those would share a statement, and so a place.
    asks = [EVERYTHING.replace("loanAccounts {", f"loanAccounts(first: {first}) {{") for first in (100, 99, 98, 97)]
    async with at.server.locked("LN_ACCT"):
        answers = await asyncio.gather(*map(at.ask, asks))
    for answer in answers:
        assert answer.seconds < at.deadline_s + 1
        whole_but_for_the_register(answer, before)
    assert sorted(why for answer in answers for _, why in answer.reasons) == ["BUSY", *["TIMEOUT"] * 3]
    after = await recovered(at)
    assert after.register == before.register
    assert await at.metric("gateway_source_running") == 0
    assert await at.metric("gateway_source_connections") <= 2


async def test_asks_that_share_a_statement_take_one_place(at: Field) -> None:
    before = await at.ask()
    async with at.server.locked("LN_ACCT"):
        answers = await asyncio.gather(*(at.ask() for _ in range(8)))
    for answer in answers:
        assert answer.seconds < at.deadline_s + 1
        whole_but_for_the_register(answer, before)
    assert {why for answer in answers for _, why in answer.reasons} == {"TIMEOUT"}
    assert (await recovered(at)).register == before.register


async def test_bad_rows_withhold_their_values_alone(at: Field) -> None:
    before = await at.ask()
    assert any(loan["openedOn"] for loan in before.register["loanAccounts"])
    change = """UPDATE "LN_ACCT" SET "OPEN_DT" = replace("OPEN_DT", '{}', '{}')"""
    await at.server.execute(change.format("20", "X0"))
    try:
        answer = await at.ask()
    finally:
        await at.server.execute(change.format("X0", "20"))
    assert {error["code"] for error in answer.errors} == {"SOURCE_DATA_INVALID"}
    assert answer.states == before.states
    assert answer.others == before.others
    loans = [{**loan, "openedOn": None} for loan in before.register["loanAccounts"]]
    assert answer.register["loanAccounts"] == loans
    assert await at.metric("gateway_source_invalid_values_total") == len(loans)
    assert (await at.ask()).register == before.register
