"""Counting in its own guards: what is slow, broken, or held by several is told as such, and no row is read."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.counting import NOT_COUNTED, Counted, counted
from connectors.mapping import read
from connectors.memory import Memory
from connectors.place import SourcePlace
from connectors.recorder import Recorder
from connectors.sql import counts
from connectors.sql.connector import Sql
from exchange.holding import Holding
from exchange.records import Unavailable
from tests.connectors.small import CATALOGUE, DDL, MAPPING, write_mapping

GUARDS = "guards: {deadline_s: 0.2, failures: 2, rest_s: 60}\n"


def place(folder: Path, text: str = MAPPING + GUARDS, url: str = "sqlite:///none.db") -> SourcePlace:
    mappings = read(write_mapping(folder, text), CATALOGUE, {"SMALL_URL": url}, date(2026, 11, 24))
    return mappings["PBC"].sources[0]


class Slow(Memory):
    def __init__(self, *, seconds: float = 60) -> None:
        super().__init__("PBC", CATALOGUE, {})
        self.asked = self.running = self.most = 0
        self._seconds = seconds

    async def holdings(self, wishes: Mapping[str, tuple[str, ...]], deadline: float) -> Mapping[str, Holding]:
        self.asked += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(self._seconds)
            return dict.fromkeys(wishes, Holding(10, 10))
        finally:
            self.running -= 1


def soon() -> float:
    return asyncio.get_running_loop().time() + 20


def why(found: Mapping[str, object], record: str = "PBC03") -> str:
    one = found[record]
    assert isinstance(one, Unavailable)
    return one.why


async def test_a_slow_count_ends_at_the_deadline_and_a_broken_source_rests(tmp_path: Path) -> None:
    source = Slow()
    one = Counted(source, place(tmp_path / "m"))
    assert [why(await one.holdings({"PBC03": ()}, soon())) for _ in range(3)] == ["TIMEOUT", "TIMEOUT", "BREAKER_OPEN"]
    assert source.asked == 2


async def test_one_count_at_a_time_at_a_source(tmp_path: Path) -> None:
    source = Slow(seconds=0.01)
    one = Counted(source, place(tmp_path / "m"))
    wishes = {"PBC03": (), "PBC06": ()}
    for found in await asyncio.gather(*(one.holdings(wishes, soon()) for _ in range(4))):
        assert found == dict.fromkeys(wishes, Holding(10, 10))
    assert source.most == 1


async def test_a_source_that_raises_is_unavailable(tmp_path: Path) -> None:
    class Broken(Memory):
        async def holdings(self, wishes: object, deadline: float) -> Mapping[str, Holding]:
            raise ValueError("530199199003070015")

    one = Counted(Broken("PBC", CATALOGUE, {}), place(tmp_path / "m"))
    assert why(await one.holdings({"PBC03": ()}, soon())) == "FAILED"


@pytest.mark.parametrize(
    "said", [Holding(-5, 20), Holding(30, 20), Holding(20, 2**63), Holding(20, 20, {"balance": 21})]
)
async def test_what_cannot_be_a_count_is_not_believed(said: Holding, tmp_path: Path) -> None:
    class Lying(Memory):
        async def holdings(self, wishes: object, deadline: float) -> Mapping[str, Holding]:
            return {"PBC03": said}

    one = Counted(Lying("PBC", CATALOGUE, {}), place(tmp_path / "m"))
    assert why(await one.holdings({"PBC03": ()}, soon())) == "UNSOUND"


async def test_a_count_that_is_null_fails(tmp_path: Path) -> None:
    class Lying(Memory):
        async def holdings(self, wishes: object, deadline: float) -> Mapping[str, Holding]:
            return {"PBC03": counts.holding(("balance",), [(20, 20, None)])}

    one = Counted(Lying("PBC", CATALOGUE, {}), place(tmp_path / "m"))
    assert why(await one.holdings({"PBC03": ()}, soon())) == "FAILED"


async def test_what_two_sources_hold_is_not_summed(tmp_path: Path) -> None:
    sources = [Counted(Slow(seconds=0), place(tmp_path / "m")) for _ in range(2)]
    found = await counted(sources, {"PBC03": (), "TAX01": ()}, soon())
    assert (why(found), set(found)) == (NOT_COUNTED, {"PBC03"})


@pytest.mark.parametrize("kind", ["http"])
async def test_a_service_is_never_asked_for_everybody(tmp_path: Path, kind: str) -> None:
    source = Slow()
    own = place(tmp_path / "m")
    one = Counted(source, SourcePlace("PBC", "", own.file, 1, kind, "", own.records))
    assert why(await one.holdings({"PBC03": ()}, soon())) == NOT_COUNTED
    assert source.asked == 0


async def test_only_aggregates_are_read_and_few_not_even_counted(tmp_path: Path) -> None:
    path = tmp_path / "small.db"
    with sqlite3.connect(path) as connection:
        for statement in DDL:
            connection.execute(statement)
        for n in range(12):
            connection.execute("INSERT INTO pay VALUES (?, ?, ?, ?)", (f"T{n}", f"5301991990030{n:05}", 1, None))
        for n in range(9):
            connection.execute("INSERT INTO contact VALUES (?, ?, ?, ?)", (str(n), f"5301991990030{n:05}", "1", "x"))
    connection.close()
    recorder = Recorder()
    sql = Sql(place(tmp_path / "m", url=f"sqlite:///{path}"), CATALOGUE, recorder=recorder)
    found = await sql.holdings({"PBC06": ("amount", "paid_on"), "PBC01": ("mobile",)}, soon())
    assert found == {"PBC06": Holding(12, 12, {"amount": 12, "paid_on": 0}), "PBC01": Holding()}
    assert recorder.people == [0, 0]
    for plan in recorder.plans:
        assert all(each.startswith("count(") for read in plan.reads for each in read.returned)
        assert plan.statement.lower().lstrip().startswith("select count(")
    await sql.close()


async def test_a_source_that_is_not_there_or_has_changed_says_so(tmp_path: Path) -> None:
    gone = Sql(place(tmp_path / "m", url=f"sqlite:///{tmp_path / 'gone.db'}"), CATALOGUE)
    found = await gone.holdings({"PBC03": ()}, soon())
    assert isinstance(found, Unavailable)
    assert found.since <= datetime.now(UTC)
    path = tmp_path / "small.db"
    with sqlite3.connect(path) as connection:
        for statement in DDL[:-1]:
            connection.execute(statement)
    connection.close()
    changed = Sql(place(tmp_path / "n", url=f"sqlite:///{path}"), CATALOGUE)
    found = await changed.holdings({"PBC06": ()}, soon())
    assert isinstance(found, Unavailable)
    assert found.why in ("SHAPE_CHANGED", "FAILED")
    await gone.close()
    await changed.close()
