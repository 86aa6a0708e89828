"""What may be published: no attacker with pencil, paper and a list of all atoms finds a count under ten."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import statistics
from exchange.refusals import PeriodInvalid
from exchange.statistics import (
    LEAST,
    Published,
    Tally,
    begin,
    counted_under,
    ended,
    following,
    last_ended,
    months,
    published,
)
from tests.resolvers.conftest import CATALOGUE

Atoms = Mapping[tuple[str, ...], Tally]


def tallies(*counts: int) -> dict[tuple[str, ...], Tally]:
    return {(str(number),): Tally(count, count) for number, count in enumerate(counts)}


def test_large_atoms_alone_are_all_named() -> None:
    found = published(tallies(10, 11, 5000))
    assert found.pool is None
    assert [each.asks for each in found.named.values()] == [10, 11, 5000]
    assert found.whole == Tally(5021, 5021)


def test_nothing_asked_is_nothing_told() -> None:
    assert published({}) == Published({}, None)
    assert published({}).whole is None


@pytest.mark.parametrize("counts", [(1,), (9,), (9, 9), (3, 12), (1, 10), (5,) * 4])
def test_too_few_to_hide_among_are_not_told_at_all(counts: tuple[int, ...]) -> None:
    assert published(tallies(*counts)) == Published({}, None)


def test_a_small_atom_takes_a_large_one_with_it() -> None:
    found = published(tallies(3, 40, 50, 60))
    assert found.pool
    assert found.pool.asks > 40
    assert len(found.named) < 3
    assert found.whole == Tally(153, 153)


def test_many_asks_about_few_people_are_a_small_atom() -> None:
    found = published({("a",): Tally(500, 2), ("b",): Tally(60, 60), ("c",): Tally(80, 80)})
    assert ("a",) not in found.named


def test_asks_about_nobody_are_counted_by_asks() -> None:
    assert set(published({("a",): Tally(12, 0), ("b",): Tally(10, 10)}).named) == {("a",), ("b",)}


COUNTS = st.lists(st.one_of(st.integers(1, 14), st.integers(1, 200)), min_size=1, max_size=14)


@given(COUNTS)
@settings(max_examples=400, deadline=None)
def test_what_is_named_is_what_it_was_and_never_small(counts: list[int]) -> None:
    atoms = tallies(*counts)
    found = published(atoms)
    assert all(atoms[key] == tally and tally.asks >= LEAST for key, tally in found.named.items())
    if found.whole:
        assert found.whole.asks == sum(counts)


@given(COUNTS)
@settings(max_examples=400, deadline=None)
def test_whoever_knows_every_atom_and_the_method_does_not_find_a_small_one(counts: list[int]) -> None:
    """The pool's sum, each count at least 1, small ones under 10, what was put beside them at least 10 and no larger
    than the smallest that is named: each small one can still be anything from 1 to 9."""
    atoms = tallies(*counts)
    found = published(atoms)
    if found.pool is None:
        return
    pooled = {key: tally.asks for key, tally in atoms.items() if key not in found.named}
    small = [key for key, count in pooled.items() if count < LEAST]
    most = min((tally.asks for tally in found.named.values()), default=found.pool.asks)
    for key in small:
        least = {k: 1 if k in small else LEAST for k in pooled if k != key}
        greatest = {k: LEAST - 1 if k in small else most for k in pooled if k != key}
        low = max(1, found.pool.asks - sum(greatest.values()))
        high = min(LEAST - 1, found.pool.asks - sum(least.values()))
        assert (low, high) == (1, LEAST - 1)


# The attacker who subtracts


def cells(atoms: Atoms, found: Published[tuple[str, ...]]) -> dict[tuple[int, ...], dict[tuple[str, ...], int]]:
    """Every table that can be asked for: dimensions → key → count; and the total."""
    width = len(next(iter(atoms)))
    tables: dict[tuple[int, ...], dict[tuple[str, ...], int]] = {}
    for size in range(width + 1):
        for by in combinations(range(width), size):
            table: dict[tuple[str, ...], int] = {}
            for key, tally in found.named.items():
                part = tuple(key[at] for at in by)
                table[part] = table.get(part, 0) + tally.asks
            tables[by] = table
    if found.pool:
        tables[()] = {(): sum(t.asks for t in found.named.values()) + found.pool.asks}
    return tables


def city(seed: int) -> dict[tuple[str, ...], Tally]:
    """A month: kind × role × purpose × code, most combinations empty, many small, as in a real log."""
    chance = random.Random(seed)
    atoms = {}
    for kind in "ABCD":
        for role in "xyz"[: chance.randint(1, 3)]:
            for purpose in chance.sample(["L", "C", "P", "J", "S", "T"], chance.randint(1, 4)):
                for code in ["", "N", "R"][: chance.randint(1, 3)]:
                    asks = chance.choice([chance.randint(1, 9), chance.randint(1, 25), chance.randint(10, 3000)])
                    atoms[kind, role, purpose, code] = Tally(asks, chance.randint(max(1, asks // 2), asks))
    return atoms


def differences(atoms: Atoms, found: Published[tuple[str, ...]], chance: random.Random, tries: int) -> list[int]:
    """What an attacker gets who asks for two cells of which one holds the other, or for a cell and all of its parts,
    and subtracts: also of two tables at a time."""
    tables, got = cells(atoms, found), list[int]()
    names = list(tables)
    for _ in range(tries):
        fine = chance.choice(names)
        coarse = tuple(at for at in fine if chance.random() < 0.5)
        sums: dict[tuple[str, ...], int] = {}
        for key, count in tables[fine].items():
            part = tuple(key[fine.index(at)] for at in coarse)
            sums[part] = sums.get(part, 0) + count
        for part, count in tables[coarse].items():
            got.append(count - sums.get(part, 0))  # a margin less its parts
            inside = [c for key, c in tables[fine].items() if tuple(key[fine.index(at)] for at in coarse) == part]
            for some in range(1, min(len(inside), 6)):
                got.append(count - sum(chance.sample(inside, some)))  # n and n - 1
        other = chance.choice(names)
        if tables[other] and tables[fine]:
            one, two = chance.choice(list(tables[other].items())), chance.choice(list(tables[fine].items()))
            if _holds(other, one[0], fine, two[0]):
                got.append(one[1] - two[1])
    return got


def _holds(by: tuple[int, ...], key: tuple[str, ...], other: tuple[int, ...], its: tuple[str, ...]) -> bool:
    """Whether every ask of the second cell is in the first."""
    return set(by) <= set(other) and all(its[other.index(at)] == part for at, part in zip(by, key, strict=True))


def test_a_thousand_pairs_of_queries_differ_by_nothing_or_by_ten_and_more() -> None:
    small = 0
    for seed in range(20):
        atoms = city(seed)
        found = published(atoms)
        small += sum(tally.small for tally in atoms.values())
        got = differences(atoms, found, random.Random(seed), 50)
        assert len(got) >= 50
        assert [each for each in got if 0 < each < LEAST] == []
    assert small > 100


def test_the_attacker_finds_what_a_weaker_suppression_leaves() -> None:
    """Only the small cells of each table hidden, and the margins told as they are: the usual mistake."""
    atoms = city(1)
    naive = Published({key: tally for key, tally in atoms.items() if not tally.small}, None)
    tables = cells(atoms, naive)
    true = cells(atoms, Published(atoms, None))
    for by, table in true.items():
        if len(by) < 4:
            tables[by] = {key: count for key, count in table.items() if count >= LEAST}
    got = [
        count - sum(c for key, c in tables[0, 1, 2, 3].items() if key[:3] == part)
        for part, count in tables[0, 1, 2].items()
    ]
    assert [each for each in got if 0 < each < LEAST]


# The attacker who solves: every told cell is an equation over the atoms


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_no_small_atom_or_cell_is_determined_by_all_tables_together(seed: int) -> None:
    atoms = city(seed)
    found = published(atoms)
    keys = list(atoms)
    tables = cells(atoms, found)
    # He knows which atoms are told under which name, so each equation is over those, and the total over all.
    told = [
        [int(key in found.named and tuple(key[at] for at in by) == part) for key in keys]
        for by, table in tables.items()
        for part in table
        if by or not found.pool
    ]
    if found.pool:
        told.append([1] * len(keys))
    basis = reduced(told)
    for at, key in enumerate(keys):
        if atoms[key].small:
            assert not spanned(basis, [int(at == other) for other in range(len(keys))])
    # Nor any true cell that is small: a sum of atoms under ten.
    for by in tables:
        for part in {tuple(key[at] for at in by) for key in keys}:
            its = [int(tuple(key[at] for at in by) == part) for key in keys]
            if 0 < sum(atoms[key].asks for key, inside in zip(keys, its, strict=True) if inside) < LEAST:
                assert not spanned(basis, its)


def reduced(rows: list[list[int]]) -> list[tuple[int, list[Fraction]]]:
    basis: list[tuple[int, list[Fraction]]] = []
    for row in rows:
        left = _less(basis, [Fraction(each) for each in row])
        lead = next((at for at, each in enumerate(left) if each), None)
        if lead is not None:
            basis.append((lead, [each / left[lead] for each in left]))
    return basis


def spanned(basis: list[tuple[int, list[Fraction]]], row: list[int]) -> bool:
    return not any(_less(basis, [Fraction(each) for each in row]))


def _less(basis: list[tuple[int, list[Fraction]]], row: list[Fraction]) -> list[Fraction]:
    for lead, other in basis:
        if factor := row[lead]:
            row = [mine - factor * its for mine, its in zip(row, other, strict=True)]
    return row


# Months


def test_months_are_whole_and_ended() -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert months("2025-12", "2026-02", now) == ["2025-12", "2026-01", "2026-02"]
    assert last_ended(now) == "2026-10"
    assert following("2026-12") == "2027-01"
    assert begin("2026-11").isoformat() == "2026-11-01T00:00:00+08:00"
    assert not ended("2026-11", now)


def test_a_month_ends_in_the_city_and_settles() -> None:
    """Midnight of the city is 16:00 UTC; an hour more for entries under way."""
    assert not ended("2026-10", datetime(2026, 10, 31, 16, 59, tzinfo=UTC))
    assert ended("2026-10", datetime(2026, 10, 31, 17, 0, tzinfo=UTC))
    assert last_ended(datetime(2026, 10, 31, 16, 59, tzinfo=UTC)) == "2026-09"
    assert last_ended(datetime(2026, 10, 31, 17, 0, tzinfo=UTC)) == "2026-10"


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-02", "2026-01"),
        ("2026-11", "2026-11"),
        ("2026-10", "2026-12"),
        ("2026-10", "9999-12"),
        ("2026-1", "2026-10"),
        ("2026-13", "2026-13"),
        ("2026-00", "2026-10"),
        ("0000-01", "2026-10"),
        ("2022-10", "2026-10"),
        ("", ""),
        ("２０２６-01", "2026-10"),
        ("2026-10-01", "2026-10"),
        ("53019919900", "2026-10"),
    ],
)
def test_other_periods_are_refused(since: str, until: str) -> None:
    with pytest.raises(PeriodInvalid):
        months(since, until, datetime(2026, 11, 24, 9, tzinfo=UTC))


def test_what_the_matrix_keeps_from_statistics_is_counted_nowhere() -> None:
    under = counted_under(CATALOGUE)
    assert under("PBC03.balance") == "PBC03"
    assert [under(key) for key in ("PSB01.name", "CVA01.status", "PBC01.mobile", "HRS01.employer_name")] == [None] * 4
    open_ = {item.group for key, item in CATALOGUE.items.items() if under(key)}
    assert open_ == statistics.GROUPS
