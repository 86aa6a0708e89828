"""A real HTTP server on loopback, in a thread of its own: a department's service, or one that lies."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


@contextmanager
def served(app: Any, port: int = 0, **settings: Any) -> Iterator[str]:
    """Its url."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        port = listening.getsockname()[1]
        config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", **settings)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"{'https' if settings.get('ssl_certfile') else 'http'}://127.0.0.1:{port}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(10)
