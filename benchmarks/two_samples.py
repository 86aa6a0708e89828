"""The two-sample test of Kolmogorov and Smirnov: whether two lists of numbers look drawn from one distribution."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import exp, sqrt


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """The largest difference between the two empirical distribution functions, 0 to 1."""
    first, second = sorted(one), sorted(other)
    return max(
        abs(bisect_right(first, value) / len(first) - bisect_right(second, value) / len(second))
        for value in (*first, *second)
    )


def chance(distance: float, one: int, other: int) -> float:
    """How likely samples of these sizes from one distribution lie so far apart, or farther.

    The limit distribution with the correction of Stephens (1970); good to a few per cent from twenty values on.
    """
    size = sqrt(one * other / (one + other))
    scaled = (size + 0.12 + 0.11 / size) * distance
    if scaled < 0.2:
        return 1.0  # the series alternates and converges too slowly there
    terms = (2 * (-1) ** (k - 1) * exp(-2 * k * k * scaled * scaled) for k in range(1, 101))
    return min(max(sum(terms), 0.0), 1.0)
