"""The current keys of one issuer: read, kept, read anew, and never waited for by anybody else's tokens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import structlog

from exchange.refusals import IssuerUnavailable
from gateway.jwks import KeysFaulty, VerifyingKey, parsed
from gateway.keysource import Source, SourceFailed

_log = structlog.get_logger()
_RETRY_S = 10.0


class Keys(Protocol):
    """Where the keys of an issuer are looked up."""

    async def find(self, kid: str) -> VerifyingKey | None:
        """Raises IssuerUnavailable where no keys can be had that are young enough to be trusted."""
        ...

    def holds(self, key: VerifyingKey) -> bool:
        """Whether the key is among the current ones still."""
        ...


class Keyring:
    """One task reads the keys: when they are due, and when an unknown `kid` is asked for, but at most once in `pause_s`
    seconds; so a flood of unknown ones is one read.

    While the issuer cannot be read, the last good keys go on for `stale_s` seconds after they were read.
    """

    def __init__(
        self,
        name: str,
        source: Source,
        *,
        pause_s: float = 2.0,
        stale_s: float = 86_400.0,
        most_waiting: int = 1_000,
        clock: Callable[[], float] = time.monotonic,
        noted: Callable[[str, str], object] = lambda name, outcome: None,
    ) -> None:
        """`noted` is told the issuer's name and READ or FAILED at every read."""
        self._name = name
        self._source = source
        self._pause_s = pause_s
        self._stale_s = stale_s
        self._most_waiting = most_waiting
        self._clock = clock
        self._noted = noted
        self._keys: dict[str, VerifyingKey] = {}
        self._good_at: float | None = None
        self._tried_at = float("-inf")
        self._due_at = float("-inf")
        self._failing = False
        self._begun = self._ended = 0
        self._waiting = 0
        self._wanted = asyncio.Event()
        self._turn: asyncio.Future[None] | None = None
        self._closed = False

    @property
    def reads(self) -> int:
        """How many reads have begun."""
        return self._begun

    async def find(self, kid: str) -> VerifyingKey | None:
        key = self._current().get(kid)
        if key is None:
            await self._renewed(kid)
            if not self._usable():
                raise IssuerUnavailable()
            key = self._current().get(kid)
        return key

    def holds(self, key: VerifyingKey) -> bool:
        current = self._current().get(key.kid)
        return current is not None and current.thumbprint == key.thumbprint

    async def read(self) -> None:
        """One read. Raises SourceFailed or KeysFaulty; the last good keys then stay."""
        self._begun += 1
        self._tried_at = self._clock()
        self._due_at = self._tried_at + _RETRY_S
        try:
            content, fresh_s = await self._source.read()
            self._keys = parsed(content, self._source.name)
            self._good_at = self._tried_at
            self._due_at = self._tried_at + fresh_s
        finally:
            self._ended += 1
            turn, self._turn = self._turn, None
            if turn and not turn.done():
                turn.set_result(None)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[Keyring]:
        task = asyncio.create_task(self._run())
        try:
            yield self
        finally:
            self._closed = True
            task.cancel()
            await asyncio.wait({task})
            if self._turn and not self._turn.done():
                self._turn.set_result(None)

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the event.
                async with asyncio.timeout(max(0.0, self._due_at - self._clock())):
                    await self._wanted.wait()
            await asyncio.sleep(max(0.0, self._tried_at + self._pause_s - self._clock()))
            self._wanted.clear()
            await self.attempt()

    async def attempt(self) -> None:
        """One read whose failure is told in the log when it begins and when it ends."""
        try:
            await self.read()
        except (SourceFailed, KeysFaulty) as error:
            self._noted(self._name, "FAILED")
            if not self._failing:
                reason = error.reason if isinstance(error, SourceFailed) else "FAULTY"
                _log.warning("issuer_keys_failed", issuer=self._name, reason=reason)
            self._failing = True
        else:
            self._noted(self._name, "READ")
            if self._failing:
                _log.info("issuer_keys_read_again", issuer=self._name)
            self._failing = False

    async def _renewed(self, kid: str) -> None:
        """Wait for a read that began after now, or for one that brings this key.

        One under way may have been answered by the issuer before the key was published: it alone proves nothing.
        """
        if self._waiting >= self._most_waiting or self._closed:
            return
        known = self._begun
        self._waiting += 1
        self._wanted.set()
        try:
            while self._ended <= known and kid not in self._current() and not self._closed:
                if self._turn is None:
                    self._turn = asyncio.get_running_loop().create_future()
                await asyncio.shield(self._turn)
        finally:
            self._waiting -= 1

    def _usable(self) -> bool:
        return self._good_at is not None and self._clock() - self._good_at <= self._stale_s

    def _current(self) -> dict[str, VerifyingKey]:
        return self._keys if self._usable() else {}
