"""A source changes its shape under a running gateway: real databases, changed by somebody else."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import capture_logs

from connectors.directory import Directory, SourceState
from connectors.drift import Drift, Watched
from connectors.mapping import read
from connectors.outline import differences, digest
from connectors.sql.connector import Sql
from connectors.sql.shape import Shape
from exchange.records import Delivered, Outcome, Unavailable
from tests.connectors.contract import GIVEN, wanted
from tests.connectors.small import CATALOGUE, NEW, make_sqlite, write_mapping
from tests.connectors.sql.test_postgres import make_postgres

TODAY = date(2026, 11, 24)


@dataclass
class City:
    """The small department on a real database that somebody else may change."""

    directory: Directory
    registry: CollectorRegistry
    change: Callable[[str], Awaitable[None]]
    widen: str = ""
    """SQL that makes the bigint `pay.fen` a numeric."""

    async def ask(self, *items: str) -> Outcome:
        loop = asyncio.get_running_loop()
        return (await self.directory.fetch({"PBC": (wanted(*items),)}, (NEW,), GIVEN, loop.time() + 5))["PBC"]

    def state(self) -> SourceState:
        return self.directory.states()[0]

    def drift(self) -> Drift:
        return self.state().shapes[0]

    async def until(self, state: str) -> Drift:
        async with asyncio.timeout(10):
            while self.drift().state != state:  # noqa: ASYNC110 - seen from outside
                await asyncio.sleep(0.02)
        return self.drift()


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def city(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[City]:
    if request.param == "sqlite":
        url = make_sqlite(tmp_path / "small.db")
        widen = (
            "ALTER TABLE pay RENAME TO old; CREATE TABLE pay (n TEXT, id_no TEXT, fen NUMERIC, day DATE);"
            " INSERT INTO pay SELECT * FROM old;"
        )

        async def change(text: str) -> None:
            with closing(sqlite3.connect(tmp_path / "small.db")) as connection, connection:
                connection.executescript(text)
    else:
        url = await make_postgres(request.getfixturevalue("postgres_url"), f"drift_{abs(hash(tmp_path)):x}")
        widen = "ALTER TABLE pay ALTER COLUMN fen TYPE numeric"

        async def change(text: str) -> None:
            connection = await asyncpg.connect(url)
            await connection.execute(text)
            await connection.close()

    registry = CollectorRegistry()
    folder = write_mapping(tmp_path / "m")
    directory = await Directory.open(folder, CATALOGUE, {"SMALL_URL": url}, TODAY, registry=registry)
    async with directory.watching(0.1):
        yield City(directory, registry, change, widen)
    await directory.close()


def metric(city: City) -> str:
    lines = generate_latest(city.registry).decode().splitlines()
    return next(line for line in lines if line.startswith('gateway_source_drift{department="PBC"}'))


async def test_a_column_that_is_gone_degrades_is_named_and_comes_back(city: City) -> None:
    first = city.drift()
    assert (first.state, first.differences, len(first.digest or "")) == ("SAME", (), 16)
    with capture_logs() as logs:
        await city.change('ALTER TABLE "LN_ACCT" RENAME COLUMN "LN_BAL" TO "LN_BALANCE"')
        drift = await city.until("UNFIT")
        assert drift.differences == ("LN_ACCT.LN_BAL: gone",)
        assert drift.since
        assert metric(city).endswith(" 1.0")
        # Nothing is read of a source that does not fit, not even the columns that are still there.
        outcome = await city.ask("terms")
        assert isinstance(outcome, Unavailable)
        assert (outcome.why, city.state().state) == ("SHAPE_CHANGED", "SHAPE_CHANGED")
        await city.change('ALTER TABLE "LN_ACCT" RENAME COLUMN "LN_BALANCE" TO "LN_BAL"')
        back = await city.until("SAME")
    assert (back.digest, back.differences, back.since) == (first.digest, (), None)
    assert isinstance(await city.ask("terms", "balance"), Delivered)
    assert metric(city).endswith(" 0.0")
    assert [(log["event"], log["state"]) for log in logs] == [("source_drift", "UNFIT"), ("source_drift", "SAME")]
    assert "LN_" not in str(logs)


async def test_a_change_that_still_fits_is_named_and_goes_on(city: City) -> None:
    await city.change(city.widen)
    assert (await city.until("DRIFTED")).differences == ("pay.fen: bigint → numeric",)
    assert isinstance(await city.ask("terms"), Delivered)
    assert metric(city).endswith(" 1.0")


async def test_a_column_that_the_mapping_does_not_read_is_no_drift(city: City) -> None:
    digest_before = city.drift().digest
    await city.change('ALTER TABLE "LN_ACCT" ADD COLUMN "NEW_COL" TEXT')
    await asyncio.sleep(0.5)
    assert (city.drift().state, city.drift().digest) == ("SAME", digest_before)


async def test_an_ask_finds_the_shape_again_before_the_next_interval(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "small.db")
    place = read(write_mapping(tmp_path / "m"), CATALOGUE, {"SMALL_URL": url}, TODAY)["PBC"].sources[0]
    watched = Watched(Sql(place, CATALOGUE), place)
    await watched.look()
    with closing(sqlite3.connect(tmp_path / "small.db")) as connection:
        connection.execute('ALTER TABLE "LN_ACCT" RENAME COLUMN "TERMS" TO "T"')
        connection.commit()
        await watched.look()
        assert not watched.drift.fits
        connection.execute('ALTER TABLE "LN_ACCT" RENAME COLUMN "T" TO "TERMS"')
        connection.commit()
    await asyncio.sleep(1.1)
    deadline = asyncio.get_running_loop().time() + 5
    assert isinstance(await watched.fetch((wanted("terms"),), (NEW,), GIVEN, deadline), Delivered)
    await watched.close()


async def test_never_more_than_one_inspection_of_a_source_at_once(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "small.db")
    place = read(write_mapping(tmp_path / "m"), CATALOGUE, {"SMALL_URL": url}, TODAY)["PBC"].sources[0]
    running, most, all_of_them = 0, 0, 0

    class Slow(Sql):
        async def shape(self) -> Shape:
            nonlocal running, most, all_of_them
            running += 1
            all_of_them += 1
            most = max(most, running)
            await asyncio.sleep(0.05)
            running -= 1
            return await super().shape()

    watched = Watched(Slow(place, CATALOGUE), place)
    await asyncio.gather(*(watched.look() for _ in range(20)))
    assert (most, all_of_them) == (1, 1)
    await watched.close()


async def test_a_source_that_comes_up_in_another_shape_says_what_does_not_fit(tmp_path: Path) -> None:
    environ = {"SMALL_URL": f"sqlite:///{tmp_path}/small.db"}
    directory = await Directory.open(write_mapping(tmp_path / "m"), CATALOGUE, environ, TODAY)
    city = City(directory, CollectorRegistry(), lambda _: asyncio.sleep(0))
    assert city.drift().state == "UNKNOWN"
    make_sqlite(tmp_path / "small.db")
    with closing(sqlite3.connect(tmp_path / "small.db")) as connection:
        connection.execute("DROP TABLE pay")
    async with directory.watching(0.05):
        assert (await city.until("UNFIT")).differences == ("PBC06: the database has no table or view pay",)
        assert isinstance(await city.ask("terms"), Unavailable)
    await directory.close()


def test_a_digest_does_not_depend_on_order() -> None:
    assert digest({"A": {"x": "int", "y": "text"}, "B": {}}) == digest({"B": {}, "A": {"y": "text", "x": "int"}})


@pytest.mark.parametrize(
    ("before", "now", "named"),
    [
        ({"A": {"x": "int"}}, {"A": {"x": "text"}}, ("A.x: int → text",)),
        ({"A": {"x": "int"}}, {"A": {}}, ("A: gone",)),
        ({"A": {"x": "int", "y": "int"}}, {"A": {"x": "int"}}, ("A.y: gone",)),
        ({"A": {"x": "int"}}, {"A": {"x": "int", "y": "int"}}, ("A.y: new, int",)),
        ({"A": {"x": "int"}}, {"A": {"x": "int"}}, ()),
    ],
)
def test_differences(before: dict, now: dict, named: tuple[str, ...]) -> None:
    assert differences(before, now) == named
