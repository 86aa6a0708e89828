"""One process that serves: the application opened, its memory settled, asks answered until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn

from gateway.app import build
from gateway.settings import Settings
from gateway.workers.channel import Channel

_BACKLOG = 2048


class AddressTaken(Exception):
    """The address to listen on cannot be had."""


class Server(uvicorn.Server):
    """Ends when `stop` says so, and then returns, so that what the application holds is closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn's own would raise the signal again when it has served: the process would die with its log open."""
        yield

    def stop(self) -> None:
        """Answer what was begun, within the time for it, and end; said twice, end at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


async def serve(
    settings: Settings, sockets: Sequence[socket.socket], hung_up: Callable[[], bool], channel: Channel | None = None
) -> None:
    """The application is opened here and not by uvicorn, which would bury a fault of the start under a trace.

    `hung_up`: whether SIGHUP says that the terminal is gone; else it says to read the policies anew. `channel` leads to
    the supervisor, where this is one of several workers."""
    app = build(settings, environ=os.environ, channel=channel)
    async with app.router.lifespan_context(app):
        server = Server(_config(app, settings))
        loop = asyncio.get_running_loop()

        def hang_up() -> None:
            if hung_up():
                server.stop()
            else:
                app.state.gateway.policies.ask()

        loop.add_signal_handler(signal.SIGHUP, hang_up)
        loop.add_signal_handler(signal.SIGTERM, server.stop)
        loop.add_signal_handler(signal.SIGINT, server.stop)
        settle()
        if channel is not None:
            channel.lost = server.stop
            await channel.ready()
        await server.serve(list(sockets))


def settle() -> None:
    """What is there once all is open stays: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets at this address, at which nobody listens yet: one for each address of the name. Raises AddressTaken."""
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(
            socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        ):
            each = socket.socket(family, kind, protocol)
            sockets.append(each)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            each.bind(address)
            each.setblocking(False)
    except OSError:
        for each in sockets:
            each.close()
        raise AddressTaken() from None
    return sockets


def _config(app: object, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # pyright: ignore[reportArgumentType]
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        # Else a header could change whose address a request seems to come from.
        proxy_headers=False,
        log_level="warning",
        backlog=_BACKLOG,
        timeout_graceful_shutdown=settings.drain_s,  # pyright: ignore[reportArgumentType]
    )
