"""A city's log under attack: whatever pairs of queries are asked of it, no difference is under ten."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from benchmarks.logged_city import MONTHS, fill
from exchange.audit import stamp
from exchange.statistics import LEAST, Published, begin, counted_under, following
from exchange.store import statistics
from exchange.store.activity import Activity, Step
from exchange.store.database import Database
from exchange.store.register import Register
from exchange.store.statistics import Atom, Release, Statistics
from tests.exchange.store.test_index import scanned
from tests.resolvers.conftest import CATALOGUE

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ENTRIES = 12_000
TRUE = "SELECT organisation, role, purpose, code, substr(at, 1, 7), count(*) FROM log_index GROUP BY 1, 2, 3, 4, 5"
Cells = dict[tuple[str, ...], int]


@pytest.fixture
async def city(database: Database) -> Database:
    await fill(database, ENTRIES, 3000)
    return database


def made(database: Database) -> Statistics:
    return Statistics(database, Register(database), counted_under(CATALOGUE))


class Attacker:
    """Asks for counts by any dimensions over any months, as the schema lets him, and subtracts."""

    def __init__(self, found: Statistics, seed: int) -> None:
        self._found = found
        self._chance = random.Random(seed)
        self.queries = 0

    async def asks(self, by: tuple[str, ...], months: tuple[str, ...]) -> Cells:
        self.queries += 1
        return {key: tally.asks for key, tally, _ in await self._found.asks(months, by)}

    async def releases(self, by: tuple[str, ...], months: tuple[str, ...]) -> Cells:
        self.queries += 1
        return {key: asks for key, asks, _ in await self._found.releases(months, by)}

    async def states(self, by: tuple[str, ...], months: tuple[str, ...]) -> Cells:
        self.queries += 1
        return dict(await self._found.states(months, by))

    def months(self) -> tuple[str, ...]:
        first = self._chance.randrange(len(MONTHS))
        return tuple(MONTHS[first : self._chance.randint(first + 1, len(MONTHS))])

    async def pair(self) -> list[int]:
        """A coarse query and a finer one; each coarse cell less its parts, and less all but one of them."""
        chance, months = self._chance, self.months()
        fine = tuple(chance.sample((*Atom._fields, "month"), chance.randint(1, 4)))
        coarse = tuple(each for each in fine if chance.random() < 0.5)
        return self._less(coarse, await self.asks(coarse, months), fine, await self.asks(fine, months))

    async def time(self) -> list[int]:
        """The same query over months, and over one month less or more."""
        by = tuple(self._chance.sample(Atom._fields, self._chance.randint(0, 3)))
        first = self._chance.randrange(len(MONTHS) - 1)
        last = self._chance.randrange(first + 1, len(MONTHS))
        long, short = MONTHS[first : last + 1], MONTHS[first:last]
        more, less = await self.asks(by, tuple(long)), await self.asks(by, tuple(short))
        return [count - less.get(key, 0) for key, count in more.items()]

    async def denied(self) -> list[int]:
        """Asks by who and purpose, less those in which one record type was told so or so, or at all; and of one record
        type less of another, of which each ask here names all."""
        months, by = self.months(), ("kind", "role", "purpose", "district")
        disclosed = await self.asks((*by, "code"), months)
        found = await self.releases((*by, "record", "treatment"), months)
        named: dict[tuple[str, ...], int] = {}
        for key, count in found.items():
            named[key[:5]] = named.get(key[:5], 0) + count
        got = [disclosed[(*key[:4], "")] - count for key, count in (*found.items(), *named.items())]
        states = await self.states((*by, "department", "state"), months)
        got += [disclosed[(*key[:4], "")] - count for key, count in states.items()]
        return got + [
            count - its for key, count in named.items() for other, its in named.items() if key[:4] == other[:4]
        ]

    def _less(self, coarse: tuple[str, ...], sums: Cells, fine: tuple[str, ...], cells: Cells) -> list[int]:
        got = []
        for key, count in sums.items():
            at = [fine.index(each) for each in coarse]
            parts = [its for other, its in cells.items() if tuple(other[place] for place in at) == key]
            got.append(count - sum(parts))
            got += [count - sum(parts) + its for its in parts]
            some = self._chance.sample(parts, self._chance.randint(0, len(parts)))
            got.append(count - sum(some))
        return got


async def test_a_thousand_pairs_of_queries_tell_of_no_fewer_than_ten(city: Database) -> None:
    found = made(city)
    await found.months(MONTHS, NOW)
    attacker, got = Attacker(found, 1), list[int]()
    for number in range(1000):
        got += await (attacker.pair() if number % 5 < 3 else attacker.time() if number % 5 == 3 else attacker.denied())
    assert attacker.queries >= 2000
    assert len(got) > 10_000
    assert [each for each in got if 0 < abs(each) < LEAST] == []
    # There is something to hide: many true cells are small, and none of them is told.
    small = [row for row in await city.read(TRUE) if row[-1] < LEAST]
    assert len(small) > 50
    assert await attacker.releases(("record",), tuple(MONTHS))
    states = await attacker.states(("department", "state"), tuple(MONTHS))
    assert {state for _, state in states} == {"DELIVERED", "ABSENT", "TIMEOUT", "STALE"}
    assert {department for department, _ in states} == {"PBC", "HRS"}


async def test_the_same_attacker_breaks_a_log_whose_small_atoms_are_told_in_their_margins(
    city: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no suppression but of what is asked for itself: the attack is one that can succeed."""
    monkeypatch.setattr(statistics, "published", lambda atoms: Published(dict(atoms), None))
    found = made(city)
    await found.months(MONTHS, NOW)
    attacker, got = Attacker(found, 1), list[int]()
    for _ in range(40):
        got += [each for each in await attacker.pair() if each]
        got += await attacker.time()
    assert [each for each in got if 0 < abs(each) < LEAST]


async def test_named_counts_are_what_the_log_says(city: Database) -> None:
    found = made(city)
    await found.months(MONTHS, NOW)
    told = await found.asks(MONTHS, ("role", "purpose", "code", "month"))
    true: Cells = {tuple(row[1:5]): row[5] for row in await city.read(TRUE)}
    assert len(told) > 100
    assert all(true[key] == tally.asks for key, tally, _ in told)
    [(_, sums, _)] = await found.asks(MONTHS, ())
    pools = sum(each.pool.asks for each in await found.months(MONTHS, NOW) if each.pool)
    assert sums.asks + pools == ENTRIES
    assert 0 < pools < ENTRIES / 4


async def test_what_is_told_stays_after_the_log_has_grown(city: Database) -> None:
    found = made(city)
    months = await found.months(MONTHS[:-1], NOW)
    before = await found.asks(MONTHS[:-1], Atom._fields), await found.releases(MONTHS[:-1], Release._fields)
    async with city.write() as tx:
        await tx.run("UPDATE log_index SET purpose = 'SELF_QUERY' WHERE sequence % 2 = 0")
    assert await made(city).months(MONTHS[:-1], NOW) == months
    again = await found.asks(MONTHS[:-1], Atom._fields), await found.releases(MONTHS[:-1], Release._fields)
    assert again == before


async def test_every_entry_is_counted_once_by_day(city: Database) -> None:
    activity = Activity(city)
    assert await activity.catch_up() == ENTRIES
    rows = await activity.read(Step.DAY, "2025-11-01", "2026-11-01", ["role", "purpose", "code"])
    true = await city.read("SELECT role, purpose, code, count(*) FROM log_index GROUP BY 1, 2, 3 ORDER BY 1, 2, 3")
    assert [(*row[:-1], int(row[-1])) for row in sorted(rows)] == sorted(map(tuple, true))


async def test_before_the_archive_every_ended_month_is_made(city: Database) -> None:
    """And the month that goes on is not."""
    async with city.write() as tx:
        await tx.run("UPDATE log_index SET at = '2026-11-03T03:00:00.000000Z' WHERE sequence % 12 = 0")
    await made(city).make_ended(NOW)
    rows = await city.read("SELECT month FROM statistic_month ORDER BY month")
    assert [month for (month,) in rows] == MONTHS


async def test_of_an_empty_log_no_month_is_made(database: Database) -> None:
    await made(database).make_ended(NOW)
    assert await database.read("SELECT * FROM statistic_month") == []


@pytest.mark.parametrize("store_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_a_month_of_a_large_log_is_made_by_indexes_where_the_planner_decides(database: Database) -> None:
    """Nothing is forbidden to it: of 200,000 entries it could pass over all, and goes by the month's own."""
    await fill(database, 200_000, 40_000)
    async with database.write() as tx:
        for table in ("log_index", "log_person", "log"):
            await tx.run(f"ANALYZE {table}")
    for month in (MONTHS[0], MONTHS[6], MONTHS[-1]):
        window = stamp(begin(month)), stamp(begin(following(month)))
        [(first, last)] = await database.read(statistics.BOUNDS, window)
        assert last - first < 20_000
        bounds = (first, last, *window, last)
        for sql, values in ((statistics.BOUNDS, window), (statistics.ATOMS, bounds), (statistics.PROFILES, bounds)):
            rows = await database.read(f"EXPLAIN {sql}", values)
            plan = "\n".join(str(row[-1]).strip() for row in rows)
            passes = [step for step in scanned(plan) if "statistic_client" not in step]
            assert passes == [], plan
            assert sql == statistics.BOUNDS or "log_person_sequence" in plan
    found = made(database)
    assert len(await found.months(MONTHS, NOW)) == 12
