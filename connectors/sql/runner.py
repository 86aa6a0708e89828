"""What runs a statement on a driver. One implementation for each kind of database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from connectors.place import RecordPlace
from connectors.sql.dialect import Dialect
from connectors.sql.shape import Shape


class SourceFailed(Exception):
    """A department's source did not answer. Carries a code, and nothing of the driver's words."""

    def __init__(self, why: str, retry_after_s: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after_s = retry_after_s
        """Where the source itself says when to come again."""


class Runner(Protocol):
    @property
    def dialect(self) -> Dialect: ...

    @property
    def connections(self) -> int:
        """How many are open now."""
        ...

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        """All rows. Raises SourceFailed."""
        ...

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        """Inspects the database, and tries each record's SELECT and fragments. Raises SourceFailed."""
        ...

    async def close(self) -> None: ...
