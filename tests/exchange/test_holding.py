"""What of a department's counts may leave, and when it is told anew."""

from __future__ import annotations

import random

import pytest

from exchange.holding import Holding, Told, kept, told, wanted
from exchange.statistics import GROUPS
from tests.resolvers.conftest import CATALOGUE


@pytest.mark.parametrize("holding", [Holding(), Holding(9, 9), Holding(9, 500), Holding(1, 1, {"a": 1})])
def test_a_small_holding_is_not_told(holding: Holding) -> None:
    assert told(holding) == Told()


def test_counts_are_the_ten_below() -> None:
    assert told(Holding(10, 10)) == Told(10, 10)
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


def test_one_more_or_one_less_is_told_the_same() -> None:
    """n and n - 1 across time: whoever knows who came between two counts learns nothing of him or her."""
    chance = random.Random(4)
    for _ in range(1000):
        people = chance.randint(10, 5000)
        records = people + chance.randint(0, 300)
        before = Holding(people, records, {"a": chance.randint(0, records)})
        few = chance.randint(1, 9)
        later = [Holding(people + few, records + few, {"a": records}), Holding(people - few, records - few, {"a": 0})]
        for now in later:
            if not now.small:
                assert told(kept(before, now)) == told(before)


def test_ten_more_are_told_and_what_becomes_small_is_hidden_at_once() -> None:
    before = Holding(100, 100)
    assert kept(before, Holding(110, 110)).people == 110
    assert kept(before, Holding(100, 110)).records == 110
    assert kept(Holding(12, 12), Holding(9, 9)) == Holding(9, 9)
    assert kept(Holding(), Holding(10, 10)) == Holding(10, 10)
    assert kept(None, Holding(10, 10)) == Holding(10, 10)


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
