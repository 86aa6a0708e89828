"""By the system calls of a running gateway: the entry is written, then on the disk, and only then the answer leaves."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from exchange.digests import Digests
from gateway.demo.start import prepare
from gateway.settings import load
from tests.acceptance.in_process import PEOPLE
from tests.acceptance.running import free_port
from tests.faults.test_kill_gateway import QUERY, ready, started, tokens

CALLS = "pwrite64,write,fsync,fdatasync,send,sendto,sendmsg,writev"


@pytest.mark.slow
@pytest.mark.strace
async def test_the_entry_is_on_the_disk_before_the_answer_leaves(tmp_path: Path) -> None:
    data, trace, port = tmp_path / "data", tmp_path / "trace", free_port()
    store = f"sqlite:///{data / 'gateway.db'}"
    await asyncio.to_thread(prepare, data, people=20, database=None, at=datetime.now(UTC), store=store)
    settings = load({}, None, data=data, store=store).settings
    token = tokens(settings, Digests(settings.key(), settings.digest_algorithm))["person"]
    process = started(data, store, port)
    async with httpx.AsyncClient(timeout=10) as http:

        async def ask() -> str:
            """The disclosure's id, which both the entry and the answer hold."""
            response = await http.post(
                f"http://127.0.0.1:{port}/graphql",
                json={"query": QUERY, "variables": {"id": PEOPLE["clean"], "purpose": "SELF_QUERY"}},
                headers={"Authorization": f"Bearer {token}"},
            )
            return response.json()["data"]["person"]["disclosure"]["id"]

        try:
            await ready(http, port, process, data)
            await ask()
            with traced(process.pid, trace):
                ids = [await ask() for _ in range(5)]
        finally:
            process.kill()
            process.wait()
    lines = trace.read_text("latin-1").splitlines()
    for id in ids:
        left = next(place for place, line in enumerate(lines) if _SENT.search(line) and id in line)
        written = max(place for place, line in enumerate(lines[:left]) if _WRITTEN.search(line) and id in line)
        assert any(map(_ON_THE_DISK.search, lines[written:left])), lines[written : left + 1]


_WRITTEN = re.compile(r"pwrite64\(\d+<[^>]*-wal>")
_ON_THE_DISK = re.compile(r"(fdatasync|fsync)\(\d+<[^>]*-wal>\)\s+= 0|<\.\.\. (fdatasync|fsync) resumed>\)\s+= 0")
_SENT = re.compile(r"(send|sendto|sendmsg|write|writev)\(\d+<(socket|TCP)")


class traced:
    """The calls of a process and its threads, one a line, in the order in which they began or came back."""

    def __init__(self, pid: int, into: Path) -> None:
        command = ["strace", "-f", "-y", "-s", "65536", "-e", f"trace={CALLS}", "-o", str(into), "-p", str(pid)]
        self._strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def __enter__(self) -> None:
        assert self._strace.stderr
        assert "attached" in self._strace.stderr.readline()

    def __exit__(self, *_: object) -> None:
        self._strace.send_signal(signal.SIGINT)
        self._strace.communicate()
