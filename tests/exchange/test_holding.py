"""What of a department's counts may leave, and when it is told anew."""

from __future__ import annotations

import random

import pytest

from exchange.holding import Holding, Told, kept, told, wanted
from exchange.statistics import GROUPS, LEAST
from tests.resolvers.conftest import CATALOGUE


@pytest.mark.parametrize("holding", [Holding(), Holding(9, 9), Holding(19, 500), Holding(1, 1, {"a": 1})])
def test_a_small_holding_is_not_told(holding: Holding) -> None:
    assert told(holding) == Told()


def test_counts_are_the_ten_below() -> None:
    assert told(Holding(20, 20)) == Told(20, 20)
    assert told(Holding(1239, 2001)) == told(Holding(1230, 2009)) == Told(1230, 2000)


@pytest.mark.parametrize(
    ("part", "whole", "band"),
    [
        (0, 200, "[0,5)"),
        (9, 200, "[0,5)"),
        (10, 200, "[5,10)"),
        (500, 1000, "[50,55)"),
        (949, 1000, "[90,95)"),
        (950, 1000, "[95,100]"),
        (999, 1000, "[95,100]"),
        (1000, 1000, "[95,100]"),
    ],
)
def test_completeness_is_a_band_of_ten_records_and_more(part: int, whole: int, band: str) -> None:
    assert told(Holding(whole, whole, {"a": part})).completeness == {"a": band}


def test_completeness_of_few_records_is_not_told() -> None:
    assert told(Holding(199, 199, {"a": 3})).completeness == {}


def counted(people: int, records: int) -> Holding:
    """As a department tells it: of fewer than ten not even the number."""
    return Holding() if min(people, records) < LEAST else Holding(people, records)


@pytest.mark.parametrize("people", range(60))
@pytest.mark.parametrize("few", range(1, LEAST))
def test_up_to_nine_more_or_less_are_told_the_same(people: int, few: int) -> None:
    """n and n - 1 across time, also where a count is about to be told or hidden."""
    before = kept(None, counted(people, people + 3))
    for now in (counted(people + few, people + 3 + few), counted(max(0, people - few), max(0, people + 3 - few))):
        assert told(kept(before, now)) == told(before)


def test_between_two_answers_that_differ_ten_people_have_come_or_gone() -> None:
    """Who asks after every single one that comes or goes, for as long as he likes."""
    changes = 0
    for seed in range(40):
        chance, people = random.Random(seed), random.Random(seed).randint(0, 45)
        stands, at = kept(None, counted(people, people)), people
        for _ in range(1500):
            people = max(0, people + chance.choice((-1, 1)))
            before, stands = stands, kept(stands, counted(people, people))
            if told(before) != told(stands):
                assert abs(people - at) >= LEAST, (seed, at, people)
                changes, at = changes + 1, people
    assert changes > 200


def test_records_of_one_person_do_not_tell_of_the_people_anew() -> None:
    """Nineteen people are hidden; a twentieth, and ten records of somebody else, change nothing of that."""
    stands = kept(None, Holding(19, 40))
    assert told(kept(stands, Holding(20, 50))) == Told()
    stands = kept(None, Holding(29, 90))
    assert told(kept(stands, Holding(30, 100))).people == 20
    # Ten records more are those of one person, where a person has three of them.
    assert told(kept(stands, Holding(29, 100))) == told(stands)
    assert told(kept(stands, Holding(30, 122))) == Told(20, 120)


def test_ten_more_are_told_and_ten_less_are_hidden() -> None:
    before = Holding(100, 100)
    assert kept(before, Holding(110, 110)).people == 110
    assert kept(before, Holding(100, 110)) == Holding(100, 110)
    assert kept(Holding(21, 21), counted(9, 9)) == Holding()
    assert told(kept(Holding(25, 25), Holding(15, 15))) == Told()
    assert kept(None, Holding(10, 10)) == Holding(10, 10)


def test_a_department_that_fills_what_was_empty_is_told_of_it() -> None:
    before = Holding(1000, 1000, {"a": 500, "b": 20})
    assert kept(before, Holding(1001, 1001, {"a": 509, "b": 20})) == before
    assert kept(before, Holding(1001, 1001, {"a": 990, "b": 29})) == Holding(1000, 1000, {"a": 990, "b": 20})


@pytest.mark.parametrize(
    "holding",
    [
        Holding(-1, 20),
        Holding(21, 20),
        Holding(20, 2**63),
        Holding(20, 20, {"a": 21}),
        Holding(20, 20, {"a": -1}),
    ],
)
def test_what_cannot_be_a_count_is_none(holding: Holding) -> None:
    assert not holding.sound
    assert Holding(20, 30, {"a": 30}).sound


def test_nine_and_nine_more_are_told_together() -> None:
    """What is held back is compared with what was told, not with the last count."""
    one = kept(Holding(100, 100), Holding(109, 109))
    assert one == Holding(100, 100)
    assert kept(one, Holding(118, 118)) == Holding(118, 118)


def test_what_is_counted_is_what_the_matrix_opens() -> None:
    found = wanted(CATALOGUE)
    assert "PSB01" not in found
    assert "CVA01" not in found
    assert "balance" in found["PBC03"]
    for record, items in found.items():
        its = CATALOGUE.records[record].items
        assert all(its[item].basic and its[item].group in GROUPS for item in items)
