"""A worker's end of the line to its supervisor."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from gateway.workers.messages import (
    LARGEST,
    Beat,
    Counted,
    Expose,
    Exposed,
    FromWorker,
    Gathered,
    Go,
    Ready,
    encode,
    to_worker,
)

BEAT_S = 1.0
_ANSWER_S = 2.0


class Hushed(Exception):
    """The supervisor does not answer, or is gone."""


class Channel:
    """Use within `open`. `lost` is called once the supervisor is gone: nobody would replace this worker any more, nor
    end it."""

    def __init__(self, line: socket.socket, number: int, of: int) -> None:
        self.number = number
        """Of this worker, from 1."""
        self.of = of
        """How many workers there are."""
        self.lost: Callable[[], None] = lambda: None
        self.exposed: Callable[[], bytes] = lambda: b""
        """Says this worker's metrics."""
        self._line = line
        self._calls = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Counted | Gathered]] = {}
        self._go = asyncio.Event()
        self._gone = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        self._line.setblocking(False)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._line, self._heard)
        beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beating.cancel()
            loop.remove_reader(self._line)

    async def ready(self) -> None:
        """Say so, and wait until all are."""
        self._say(Ready())
        await self._go.wait()

    async def call(self, message: Callable[[int], FromWorker]) -> Counted | Gathered:
        """`message` is made with the number of the call. Raises Hushed."""
        if self._gone:
            raise Hushed()
        call = next(self._calls)
        answer = self._waiting[call] = asyncio.get_running_loop().create_future()
        try:
            self._say(message(call))
            async with asyncio.timeout(_ANSWER_S):
                return await answer
        except (OSError, TimeoutError):
            raise Hushed() from None
        finally:
            del self._waiting[call]

    def _say(self, message: FromWorker) -> None:
        """Raises OSError where the supervisor is gone, or reads nothing any more."""
        self._line.send(encode(message))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            with suppress(OSError):  # the supervisor has gone, which is heard elsewhere
                self._say(Beat())

    def _heard(self) -> None:
        try:
            packet = self._line.recv(LARGEST)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        if not packet:
            self._end()
            return
        message = to_worker(packet)
        match message:
            case Go():
                self._go.set()
            case Expose():
                with suppress(OSError):  # the same
                    self._say(Exposed(message.call, self.exposed()))
            case Counted() | Gathered():
                answer = self._waiting.get(message.call)
                if answer is not None and not answer.done():
                    answer.set_result(message)

    def _end(self) -> None:
        self._gone = True
        asyncio.get_running_loop().remove_reader(self._line)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(Hushed())
        self._go.set()
        self.lost()
