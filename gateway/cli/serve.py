"""`gateway serve`: the gateway until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Annotated

import uvicorn
import uvloop
from cyclopts import App, Parameter

from gateway.app import build
from gateway.cli.where import HERE, Where, faults_shown
from gateway.settings import Settings

_STDIN = 0

app = App(name="serve", help="Serve, with the settings of the environment and one TOML file.")


@app.default
def start(
    *,
    host: Annotated[str | None, Parameter(help="Address to listen on.")] = None,
    port: Annotated[int | None, Parameter(help="Port to listen on.")] = None,
    where: Where = HERE,
) -> None:
    """Serve until interrupted. A fault of settings, standard, policies, mappings or clients stops the start."""
    run(where.settings(host=host, port=port))


def run(settings: Settings) -> None:
    with faults_shown():
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_serve(settings))
        except KeyboardInterrupt:
            return


async def _serve(settings: Settings) -> None:
    """The application is opened here and not by uvicorn, which would bury a fault of the start under a trace."""
    app = build(settings, environ=os.environ)
    async with app.router.lifespan_context(app):
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            lifespan="off",
            access_log=False,
            server_header=False,
            # Else a header could change whose address a request seems to come from.
            proxy_headers=False,
            log_level="warning",
        )
        server = uvicorn.Server(config)
        on_terminal = os.isatty(_STDIN)

        def hung_up() -> None:
            """Somebody asks to read the policies anew; or the terminal is gone, and the gateway with it."""
            if on_terminal and not os.isatty(_STDIN):
                server.should_exit = True
            else:
                app.state.gateway.policies.ask()

        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up)
        await server.serve()
