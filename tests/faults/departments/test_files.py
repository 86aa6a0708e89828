"""What goes wrong with a department's drops: before any was taken, and while the gateway answers from one."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio

from gateway.demo.drops import COMPLETE, write_drops
from tests.faults.departments.field import (
    RECOVERY_S,
    SHORT,
    Answer,
    Standing,
    fails_alone,
    recovered,
    register_mapping,
    standing,
)

_LOOKS_S = 0.5
"""Time for many looks at the folder, which come every 20 ms."""


@dataclass
class Department:
    """Its own database, and the folder of its drops."""

    work: Path
    database: Path
    versions: int = 0

    @property
    def folder(self) -> Path:
        return self.work / "drops"

    def drop(self, pause_s: float = 0) -> str:
        """Writes all drops as the database is now, each renamed over the one before; the mapping that reads them.

        `pause_s`: between two of them.
        """
        self.versions += 1
        self.folder.mkdir(exist_ok=True)
        staged = self.work / f"staged{self.versions}"
        _, text = write_drops("PBC", f"sqlite:///{self.database}", register_mapping(), staged)
        for path in sorted(staged.iterdir(), key=lambda path: path.name == COMPLETE):
            os.replace(path, self.folder / path.name)
            time.sleep(pause_s)
        return text.replace("${GATEWAY_PBC_URL}", self.folder.resolve().as_uri()) + "\nrenew_s: 0.02\n"

    def replace(self, name: str, data: bytes) -> None:
        (self.work / "next").write_bytes(data)
        os.replace(self.work / "next", self.folder / name)

    def change(self, name: str, change: Callable[[bytes], bytes]) -> None:
        self.replace(name, change((self.folder / name).read_bytes()))

    def sign(self) -> None:
        """The file that completes the drops, as it must be."""
        lines = [
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in self.folder.glob("*.csv")
        ]
        self.replace(COMPLETE, "".join(lines).encode())


@pytest.fixture
def department(city: Path, tmp_path: Path) -> Department:
    work = tmp_path / "department"
    work.mkdir()
    return Department(work, Path(shutil.copy(city / "departments" / "pbc.db", work / "pbc.db")))


@asynccontextmanager
async def opened(city: Path, tmp_path: Path, mapping: str) -> AsyncIterator[Standing]:
    mappings = tmp_path / "mappings"
    shutil.rmtree(mappings, ignore_errors=True)
    mappings.mkdir()
    async with standing(city, mappings, f"{mapping}{SHORT.format(seconds=2)}") as at:
        yield at


def file_missing(department: Department) -> None:
    (department.folder / "LN_ACCT.csv").unlink()


def not_completed(department: Department) -> None:
    (department.folder / COMPLETE).unlink()


def folder_gone(department: Department) -> None:
    shutil.rmtree(department.folder)


def half_written(department: Department) -> None:
    department.change("LN_ACCT.csv", lambda data: data[: len(data) // 2])


def of_another_digest(department: Department) -> None:
    """As if the copy had broken off between two rows, and the file that completes it had come all the same."""
    department.change("LN_ACCT.csv", lambda data: data[: data.index(b"\n") + 1])
    department.change(COMPLETE, bytes)


def cut_within_a_row(department: Department) -> None:
    department.change("LN_ACCT.csv", lambda data: data[: data.rindex(b",")])
    department.sign()


def in_another_encoding(department: Department) -> None:
    department.change("OCCU_INFO.csv", lambda data: data.decode("gb18030").encode())
    department.sign()


def without_a_column(department: Department) -> None:
    department.change("LN_ACCT.csv", lambda data: data.replace(b"LN_BAL", b"LN_BAL2", 1))
    department.sign()


FAULTS: dict[str, tuple[Callable[[Department], None], str]] = {
    "file missing": (file_missing, "UNREACHABLE"),
    "not completed": (not_completed, "UNREACHABLE"),
    "folder gone": (folder_gone, "UNREACHABLE"),
    "half written": (half_written, "FAILED"),
    "of another digest": (of_another_digest, "FAILED"),
    "cut within a row": (cut_within_a_row, "FAILED"),
    "in another encoding": (in_another_encoding, "FAILED"),
}
"""What is done to good drops, and what the gateway says that has never had others."""


@pytest_asyncio.fixture(scope="module")
async def before(city: Path, tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """From good drops."""
    folder = tmp_path_factory.mktemp("before")
    async with opened(city, folder, Department(folder, city / "departments" / "pbc.db").drop()) as at:
        answer = await recovered(at)
        assert (answer.errors, answer.complete, answer.states["PBC"]) == ([], True, "DELIVERED")
        return answer


@pytest.mark.parametrize("name", FAULTS)
async def test_the_first_drops_are_faulty(
    city: Path, tmp_path: Path, department: Department, before: Answer, name: str
) -> None:
    fault, why = FAULTS[name]
    mapping = department.drop()
    fault(department)
    async with opened(city, tmp_path, mapping) as at:
        await fails_alone(at, before, why)
        department.drop()
        after = await recovered(at)
        assert (after.register, after.others) == (before.register, before.others)


@pytest.mark.parametrize("name", FAULTS)
async def test_later_drops_are_faulty_and_the_ones_before_answer(
    city: Path, tmp_path: Path, department: Department, before: Answer, name: str
) -> None:
    async with opened(city, tmp_path, department.drop()) as at:
        await recovered(at)
        told(department, RAISED.format(1))
        department.drop()
        newer = await until(at, lambda answer: not answer.reasons and answer.register != before.register)
        FAULTS[name][0](department)
        await asyncio.sleep(_LOOKS_S)
        answer = await at.ask()
        assert (answer.errors, answer.register, answer.others) == ([], newer.register, before.others)
        told(department, RAISED.format(-1))
        department.drop()
        last = await until(at, lambda answer: not answer.reasons and answer.register != newer.register)
        assert last.register == before.register


async def test_a_column_that_goes_is_told_until_it_is_back(
    city: Path, tmp_path: Path, department: Department, before: Answer
) -> None:
    async with opened(city, tmp_path, department.drop()) as at:
        await recovered(at)
        without_a_column(department)
        await until(at, lambda answer: bool(answer.reasons))
        await fails_alone(at, before, "SHAPE_CHANGED")
        department.drop()
        assert (await recovered(at)).register == before.register


async def test_every_answer_is_wholly_of_one_version_while_drops_are_replaced(
    city: Path, tmp_path: Path, department: Department
) -> None:
    """Accounts and months lie in two files; both hold the number of their version."""
    told(department, *(text.format(1) for text in VERSION))
    async with opened(city, tmp_path, department.drop()) as at:
        await recovered(at)
        seen: list[set[str]] = []
        for version in range(2, 6):
            told(department, *(text.format(version) for text in VERSION))
            replacing = asyncio.create_task(asyncio.to_thread(department.drop, pause_s=0.05))
            while not replacing.done():
                seen.append(versions(await at.ask()))
            await replacing
        last = await until(at, lambda answer: "5" in versions(answer))
        seen.append(versions(last))
    assert all(len(version) == 1 for version in seen), seen
    assert len(set().union(*seen)) > 1


RAISED = 'UPDATE "LN_ACCT" SET "LN_BAL" = "LN_BAL" + 100 * {}'
VERSION = ('UPDATE "LN_ACCT" SET "ODUE_TERMS" = {}', 'UPDATE "PAY_MON" SET "PAY_STAT" = {}')


def versions(answer: Answer) -> set[str]:
    assert answer.errors == []
    accounts = [loan["overdueTerms"] for loan in answer.register["loanAccounts"]]
    months = [month["repaymentStatus"] for month in answer.register["repaymentMonths"]]
    assert accounts
    assert months
    return {*accounts, *months}


def told(department: Department, *statements: str) -> None:
    with closing(sqlite3.connect(department.database)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


async def until(at: Standing, seen: Callable[[Answer], bool]) -> Answer:
    ends = monotonic() + RECOVERY_S
    while not seen(answer := await at.ask()):
        assert monotonic() < ends
        await asyncio.sleep(0.02)
    return answer
