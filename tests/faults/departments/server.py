"""A department's own server, which the tests may stop, freeze and change."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Server(Protocol):
    """Holds the bank's register, and lets a user in who may only read."""

    port: int
    deadline_s: int
    """Enough for a whole answer on a busy machine, and as little as that."""
    beside: Mapping[str, str | None]
    """Faults of the table for which this kind of server has another answer, or which it does not know (None)."""

    def mapping(self, text: str, port: int) -> str:
        """The bank's mapping file for this server, reached at this port of 127.0.0.1."""
        ...

    async def execute(self, statement: str) -> None: ...

    def locked(self, table: str) -> AbstractAsyncContextManager[None]:
        """Nobody else reads the table meanwhile."""
        ...

    def slow(self, table: str) -> AbstractAsyncContextManager[None]:
        """Whoever reads the table meanwhile takes a minute, and waits for no lock."""
        ...

    def full(self) -> AbstractAsyncContextManager[None]:
        """No place for a connection of the gateway's meanwhile; those that it has must be cut before."""
        ...

    def revoked(self, table: str) -> AbstractAsyncContextManager[None]:
        """The gateway's user may not read the table meanwhile."""
        ...

    async def running(self) -> int:
        """Statements of the gateway's user that run at the server."""
        ...

    def freeze(self) -> None: ...

    def thaw(self) -> None: ...

    async def stop(self) -> None: ...

    async def start(self) -> None: ...
