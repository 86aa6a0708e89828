"""A TCP proxy of the tests' own: what goes wrong between a gateway and a department goes wrong here."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from enum import Enum


class Mode(Enum):
    PASS = "forwards"
    REFUSE = "nobody listens, and what was open is cut"
    HANG = "accepts, and never forwards a byte"
    HALF_OPEN = "what was open says nothing any more; new connections work"
    MUTE = "what was open is heard, and its answers are lost; new connections work"
    CLOSE = "accepts, and hangs up; what was open is hung up"


@dataclass(eq=False)
class _Link:
    """One connection and its other half."""

    down: asyncio.StreamWriter
    up: asyncio.StreamWriter | None = None
    silent: bool = False
    mute: bool = False
    task: asyncio.Task[None] | None = None
    answered: int = 0
    """Bytes, since the mode was set."""

    def cut(self, *, reset: bool = False) -> None:
        for writer in (self.down, self.up):
            if writer is None:
                continue
            found = writer.get_extra_info("socket")
            if reset and found.fileno() != -1:
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort() if reset else writer.close()


@dataclass
class Proxy:
    """Stands at a free port of 127.0.0.1 before a server. Use `start`, `set`, `stop`.

    `delay_s` holds each piece of an answer back. After `reset_after` more bytes of answers a connection is reset, and
    `resets` of them are.
    """

    upstream: int
    """Port of the server, on 127.0.0.1."""
    port: int = 0
    delay_s: float = 0
    reset_after: int | None = None
    resets: int = 0
    accepted: int = 0
    _mode: Mode = Mode.PASS
    _server: asyncio.Server | None = None
    _links: set[_Link] = field(default_factory=set)

    async def start(self) -> Proxy:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def set(
        self, mode: Mode = Mode.PASS, *, delay_s: float = 0, reset_after: int | None = None, resets: int = 1_000
    ) -> None:
        before, self._mode, self.delay_s = self._mode, mode, delay_s
        self.reset_after, self.resets = reset_after, resets
        for link in list(self._links):
            link.answered = 0
            if mode in (Mode.REFUSE, Mode.CLOSE):
                link.cut(reset=mode is Mode.REFUSE)
            elif mode in (Mode.HANG, Mode.HALF_OPEN):
                link.silent = True
            elif mode is Mode.MUTE:
                link.mute = True
        if mode is Mode.REFUSE and self._server:
            self._server.close()
            self._server = None
        elif before is Mode.REFUSE and mode is not Mode.REFUSE:
            await self.start()

    async def stop(self) -> None:
        await self.set(Mode.REFUSE)
        for link in self._links:
            if link.task:
                link.task.cancel()

    async def held(self, *, answers: bool) -> None:
        """What each piece waits for before it goes on."""
        if answers and self.delay_s:
            await asyncio.sleep(self.delay_s)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        link = _Link(writer, silent=self._mode is Mode.HANG, task=asyncio.current_task())
        self._links.add(link)
        try:
            if self._mode is Mode.CLOSE:
                return
            up_reader, link.up = await asyncio.open_connection("127.0.0.1", self.upstream)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(link, reader, link.up, answers=False))
                both.create_task(self._pump(link, up_reader, writer, answers=True))
        except* (OSError, asyncio.CancelledError):
            pass  # the server is gone, one side has hung up, or the proxy stops
        finally:
            link.cut()
            self._links.discard(link)

    async def _pump(
        self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while piece := await reader.read(65_536):
            if link.silent or (link.mute and answers):
                continue
            await self.held(answers=answers)
            link.answered += len(piece) if answers else 0
            if answers and self.reset_after is not None and self.resets and link.answered > self.reset_after:
                self.resets -= 1
                writer.write(piece[: self.reset_after - link.answered])
                await asyncio.sleep(0.01)  # what was written before the cut arrives
                link.cut(reset=True)
                return
            writer.write(piece)
            await writer.drain()
        if not link.silent:
            writer.close()
