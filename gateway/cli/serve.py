"""`gateway serve`: the gateway until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from collections.abc import Callable, Sequence
from typing import Annotated

import uvloop
from cyclopts import App, Parameter

from gateway.cli.where import HERE, UNABLE, Where, ended, faults_shown
from gateway.serving import AddressTaken, bound, serve
from gateway.settings import Settings
from gateway.telemetry import configure
from gateway.workers.channel import Channel
from gateway.workers.supervisor import Supervisor

_STDIN = 0

app = App(name="serve", help="Serve, with the settings of the environment and one TOML file.")


@app.default
def start(
    *,
    host: Annotated[str | None, Parameter(help="Address to listen on.")] = None,
    port: Annotated[int | None, Parameter(help="Port to listen on.")] = None,
    workers: Annotated[int | None, Parameter(help="How many processes serve (default: 1).")] = None,
    where: Where = HERE,
) -> None:
    """Serve until interrupted. A fault of settings, standard, policies, mappings or clients stops the start."""
    run(where.settings(host=host, port=port, workers=workers))


def run(settings: Settings) -> None:
    """Until a signal; ends with a code other than 0 where the start failed."""
    try:
        sockets = bound(settings.host, settings.port)
    except AddressTaken:
        ended(UNABLE, f"Port {settings.port} of {settings.host} cannot be had: choose another with --port.")
    hung_up = _terminal_gone()
    if settings.workers == 1:
        _work(settings, sockets, hung_up)
        return
    configure(settings.log_level)

    def work(channel: Channel) -> None:
        _work(settings, sockets, lambda: False, channel)

    gc.collect()
    gc.freeze()  # what is imported is shared by all workers, as long as no collector writes to it
    code = Supervisor(settings.workers, work, sockets, settings.drain_s, hung_up).run()
    if code:
        raise SystemExit(code)


def _work(
    settings: Settings,
    sockets: Sequence[socket.socket],
    hung_up: Callable[[], bool],
    channel: Channel | None = None,
) -> None:
    with faults_shown():
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(serve(settings, sockets, hung_up, channel))
        except KeyboardInterrupt:  # before anything served
            return


def _terminal_gone() -> Callable[[], bool]:
    """Whether this was started at a terminal that is there no more: then SIGHUP takes the gateway with it."""
    on_terminal = os.isatty(_STDIN)
    return lambda: on_terminal and not os.isatty(_STDIN)
