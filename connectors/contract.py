"""The contract that every connector keeps, and that `tests/connectors/contract.py` examines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from exchange.person import PersonId
from exchange.records import Findings, Givens, Outcome, Wanted


class Connector(Protocol):
    """One department.

    INVARIANT: what is not in `wanted` is never read into an answer; conditions run at the department.
    """

    department: str

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        """Answer every Wanted for every person in one call, before `deadline` (event-loop time, seconds).

        Never raises for what a department does: that is `Unavailable`.
        """
        ...

    async def check(self) -> Findings:
        """Reach, shape and agreement."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Pooled(Protocol):
    """A source that keeps connections."""

    @property
    def connections(self) -> int:
        """How many are open now."""
        ...
