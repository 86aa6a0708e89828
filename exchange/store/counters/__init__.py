"""Where rates and quotas are counted: in this process, or in a Redis or Valkey that several processes share."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from exchange.quota import Count, Demand, Shortage


class CountersDown(Exception):
    """The shared counters cannot be reached."""


class CountersState(StrEnum):
    """Where it is counted, as it was when something was last counted."""

    OWN = "own"
    """In this process, as it is set."""
    SHARED = "shared"
    GRACE = "grace"
    """The shared ones are away, and this process counts for itself for a while."""
    AWAY = "away"
    """The grace is over: nothing is admitted."""


class Counters(Protocol):
    """Atomic: of two demands at once, in whatever process, the second sees what the first took."""

    @property
    def state(self) -> CountersState: ...

    async def charge(self, demand: Demand) -> Shortage | None:
        """Grant all of it, or say what is short.

        Short of rate, nothing is taken. Short of quota, the rate is taken all the same: a request was made.
        Raises CountersDown.
        """
        ...

    async def short(self, demand: Demand) -> Shortage | None:
        """What `charge` would say now; nothing is taken. Raises CountersDown."""
        ...

    async def give_back(self, counts: Sequence[Count]) -> None:
        """Quota that an ask reserved and did not get; never below 0. Raises CountersDown."""
        ...

    async def count(self, counts: Sequence[Count]) -> None:
        """Add what was granted elsewhere, whatever is left. Raises CountersDown."""
        ...

    async def distinct(self, name: str, members: Sequence[str], at_us: int, window_s: int) -> int:
        """How many different members this name has had within the sliding window, these included.

        `members` are keyed digests or random ids. Of one name at most `exchange.store.counters.MOST` are kept.
        Raises CountersDown.
        """
        ...

    async def close(self) -> None: ...


MOST = 10_000
