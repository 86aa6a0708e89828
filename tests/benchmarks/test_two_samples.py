from __future__ import annotations

from random import Random

import pytest

from benchmarks.two_samples import chance, distance


def test_the_distance_of_plain_samples() -> None:
    assert distance([1, 2, 3], [1, 2, 3]) == 0
    assert distance([1, 2], [3, 4]) == 1
    assert distance([1, 2, 3, 4], [3, 4, 5, 6]) == 0.5
    assert distance([1, 1, 1, 2], [1, 2, 2, 2]) == 0.5
    assert distance([2, 1], [2, 3, 1, 4]) == distance([4, 1, 3, 2], [1, 2]) == 0.5


@pytest.mark.parametrize(("scaled", "expected"), [(1.2238, 0.10), (1.3581, 0.05), (1.6276, 0.01), (1.9495, 0.001)])
def test_the_chance_is_that_of_the_published_table(scaled: float, expected: float) -> None:
    """Critical values of the limit distribution (Smirnov 1948); at these sizes the correction is below a hundredth."""
    size = 1_000_000
    assert chance(scaled / (size / 2) ** 0.5, size, size) == pytest.approx(expected, rel=0.01)


def test_what_is_of_one_distribution_is_rarely_told_apart_and_a_shift_is() -> None:
    random = Random(7)
    rejected = 0
    for _ in range(200):
        one, other = ([random.gauss(0, 1) for _ in range(200)] for _ in range(2))
        rejected += chance(distance(one, other), 200, 200) < 0.05
    assert 1 <= rejected <= 20
    shifted = [random.gauss(1, 1) for _ in range(200)]
    assert chance(distance(one, shifted), 200, 200) < 0.001
