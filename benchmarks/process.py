"""A server in a process of its own, and what the kernel says of it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
_START_S = 180


@dataclass(frozen=True)
class Server:
    pid: int
    port: int

    @property
    def cpu_ms(self) -> float:
        """User and system time of this process, its children excluded."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_MS

    @property
    def peak_mib(self) -> float:
        """Largest resident set since `forget_peak`, or since the start."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024

    @property
    def family_cpu_ms(self) -> float:
        """The same of this process and its children together, those that ended included: of a PostgreSQL cluster."""
        used = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, _, rest = stat.read_text().partition(" ")
            except (FileNotFoundError, ProcessLookupError):
                continue
            fields = rest.rpartition(")")[2].split()
            if int(pid) == self.pid:
                used += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self.pid:
                used += sum(map(int, fields[11:13]))
        return used * _TICK_MS

    def forget_peak(self) -> None:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")


@contextmanager
def serving(command: Sequence[str | Path], port: int, log: Path, **settings: str) -> Iterator[Server]:
    """`settings`: of the gateway, such as `GATEWAY_POLICIES`; nothing of the caller's own environment is one.

    Start, wait until it is ready, stop. Raises RuntimeError with the server's own words where it ends early."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")} | settings
    with log.open("wb") as output:
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=output, env=environ)
    try:
        until = time.monotonic() + _START_S
        while not _ready(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text("utf-8")[-2000:])
            time.sleep(0.1)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
