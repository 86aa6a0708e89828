"""The bank's register behind HTTP."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

from gateway.demo.service import http_mapping
from tests.acceptance.in_process import PLACES
from tests.acceptance.running import free_port
from tests.faults.departments.service import ANSWER

_ROOT = Path(__file__).parents[3]
_START_S = 30


class Service:
    beside: Mapping[str, str | None] = {
        # This service tells what went wrong inside it with a 500 only, and whom it does not let in with a 403.
        "rename a column": "FAILED",
        "rename a table": "FAILED",
        "revoke a right": "FAILED",
    }
    deadline_s = 2

    def __init__(self, database: Path) -> None:
        self.port = free_port()
        self._database = database
        self._process = self._started()

    def mapping(self, text: str, port: int) -> str:
        url = f"http://127.0.0.1:{port}"
        return http_mapping(text, PLACES["PBC"].sources[0], self._database).replace("${GATEWAY_PBC_URL}", url)

    async def execute(self, statement: str) -> None:
        with sqlite3.connect(self._database) as connection:
            connection.execute(statement)
        connection.close()

    @asynccontextmanager
    async def locked(self, table: str) -> AsyncIterator[None]:
        connection = sqlite3.connect(self._database, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")
            connection.close()

    def slow(self, table: str) -> AbstractAsyncContextManager[None]:
        raise AssertionError("nobody can ask this service; `counts` leaves the test out")

    def full(self) -> AbstractAsyncContextManager[None]:
        return self._answering(503, "7")

    def revoked(self, table: str) -> AbstractAsyncContextManager[None]:
        return self._answering(403)

    @asynccontextmanager
    async def _answering(self, status: int, retry_after: str = "") -> AsyncIterator[None]:
        self.answer_once(status, retry_after, "always")
        try:
            yield
        finally:
            (self._database.parent / ANSWER).unlink()

    def answer_once(self, status: int, retry_after: str = "", how_often: str = "once") -> None:
        """The next ask is answered so, without a body."""
        (self._database.parent / ANSWER).write_text(f"{status},{retry_after},{how_often}")

    async def running(self) -> int:
        raise AssertionError("nobody can ask this service; `counts` leaves the test out")

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        await asyncio.to_thread(self.kill)

    async def start(self) -> None:
        self._process = await asyncio.to_thread(self._started)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.departments.service", str(self.port), self._database],
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            cwd=_ROOT,
        )
        until = time.monotonic() + _START_S
        while time.monotonic() < until and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return process
        process.kill()
        raise AssertionError("the service does not start")


@contextmanager
def http(register: Path) -> Iterator[Service]:
    """Over a copy of `register`, the bank's SQLite file."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-service-"))
    service = Service(Path(shutil.copy(register, folder / "pbc.db")))
    try:
        yield service
    finally:
        service.kill()
        shutil.rmtree(folder)
