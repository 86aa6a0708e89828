"""What goes wrong with a department's SQLite file; there is no server, and so no proxy."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.departments.field import SHORT, Standing, fails_alone, recovered, register_mapping, standing


@pytest.fixture
def register(city: Path, tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return Path(shutil.copy(city / "departments" / "pbc.db", tmp_path / "source" / "pbc.db"))


@pytest.fixture
async def at(city: Path, tmp_path: Path, register: Path) -> AsyncIterator[Standing]:
    (tmp_path / "mappings").mkdir()
    text = register_mapping().replace("${GATEWAY_PBC_URL}", f"sqlite:///{register}")
    async with standing(city, tmp_path / "mappings", f"{text}\n{SHORT.format(seconds=2)}") as found:
        await recovered(found)
        yield found


def told(register: Path, *statements: str) -> None:
    with closing(sqlite3.connect(register)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@contextmanager
def locked(register: Path) -> Iterator[None]:
    with closing(sqlite3.connect(register, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def missing(register: Path) -> Iterator[None]:
    aside = register.rename(register.with_suffix(".aside"))
    yield
    aside.rename(register)


@contextmanager
def instead(register: Path, data: bytes) -> Iterator[None]:
    """Another file in its place."""
    aside = register.rename(register.with_suffix(".aside"))
    register.write_bytes(data)
    yield
    aside.replace(register)


@contextmanager
def renamed(register: Path, there: str, back: str) -> Iterator[None]:
    told(register, f'ALTER TABLE "LN_ACCT" RENAME {there}')
    yield
    told(register, f"ALTER TABLE {back}")


FAULTS: dict[str, tuple[Callable[[Path], AbstractContextManager[None]], str]] = {
    "locked": (locked, "TIMEOUT"),
    "missing": (missing, "UNREACHABLE"),
    "no database": (lambda register: instead(register, b"not a database" * 100), "UNREACHABLE"),
    "cut in half": (
        lambda register: instead(register, register.read_bytes()[: register.stat().st_size // 2]),
        "FAILED",
    ),
    "empty": (lambda register: instead(register, b""), "SHAPE_CHANGED"),
    "a column renamed": (
        lambda register: renamed(
            register, 'COLUMN "LN_BAL" TO "LN_BAL2"', '"LN_ACCT" RENAME COLUMN "LN_BAL2" TO "LN_BAL"'
        ),
        "SHAPE_CHANGED",
    ),
    "a table renamed": (
        lambda register: renamed(register, 'TO "LN_ACCT2"', '"LN_ACCT2" RENAME TO "LN_ACCT"'),
        "SHAPE_CHANGED",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_one_fails_and_the_others_answer_and_it_comes_back(at: Standing, register: Path, name: str) -> None:
    fault, why = FAULTS[name]
    before = await at.ask()
    assert (before.errors, before.complete, before.states["PBC"]) == ([], True, "DELIVERED")
    with fault(register):
        await fails_alone(at, before, why)
    after = await recovered(at)
    assert (after.register, after.others) == (before.register, before.others)


async def test_another_file_in_its_place_is_answered_anew(at: Standing, register: Path) -> None:
    before = await at.ask()
    other = Path(shutil.copy(register, register.with_suffix(".next")))
    told(other, 'UPDATE "LN_ACCT" SET "LN_BAL" = "LN_BAL" + 100')
    os.replace(other, register)
    after = await at.ask()
    assert (after.errors, after.others) == ([], before.others)
    raised = [
        {**loan, "balance": str(int(loan["balance"]) + 1)} if loan["balance"] else loan
        for loan in before.register["loanAccounts"]
    ]
    assert after.register["loanAccounts"] == raised != before.register["loanAccounts"]
