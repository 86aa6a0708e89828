"""A runner that knows how much the database gave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from connectors.place import RecordPlace
from connectors.sql.dialect import Dialect
from connectors.sql.runner import Runner
from connectors.sql.shape import Shape


class Weighed:
    """In the shape of a runner, around one."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.dialect: Dialect = runner.dialect
        self.octets = 0
        """Of all rows that the driver got, since the beginning."""
        self.statements = 0

    @property
    def connections(self) -> int:
        return self._runner.connections

    async def run(self, text: str, values: Sequence[object]) -> list[Sequence[Any]]:
        rows = await self._runner.run(text, values)
        self.octets += sum(map(_octets, rows))
        self.statements += 1
        return rows

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        return await self._runner.shape(places)

    async def close(self) -> None:
        await self._runner.close()


def _octets(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, bytes):
        return len(value)
    return sum(map(_octets, value)) if isinstance(value, Iterable) else 8
