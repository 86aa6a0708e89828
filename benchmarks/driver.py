"""Eight connections that ask as fast as they are answered, over hand-written HTTP/1.1, lest the asking cost more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from typing import Any

import orjson

from benchmarks.process import Server

CONNECTIONS = 8


class Unanswered(RuntimeError):
    """A measured request was refused or failed: its time would mean nothing."""


@dataclass(frozen=True)
class Ask:
    path: str
    body: bytes
    token: str = ""

    def bytes(self) -> bytes:
        credentials = f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"{credentials}Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


@dataclass(frozen=True)
class Measured:
    """One round; or of several the one whose CPU is the median."""

    requests: int
    cpu_ms: float
    """Of the server's process, for each request."""
    pg_cpu_ms: float
    """Of all of PostgreSQL's processes, for each request; 0 where there is none."""
    rps: float
    p50_ms: float
    p99_ms: float
    peak_mb: float
    """Largest resident set, in 10^6 bytes."""
    answer_kib: float
    connections: int

    def as_json(self) -> dict[str, float]:
        return {name: round(value, 3) for name, value in asdict(self).items()}


class Connection:
    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Connection:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        body = await self._reader.readexactly(int(lengths[0].split(b":")[1]))
        return int(head.split(b" ", 2)[1]), body


async def answers(server: Server, asks: Sequence[Ask]) -> list[Any]:
    """Each answer's JSON, for comparison. Raises Unanswered."""
    async with Connection(server.port) as connection:
        found = []
        for ask in asks:
            status, body = await connection.ask(ask.bytes())
            if status != 200:
                raise Unanswered(f"{ask.path}: {status}")
            answer = orjson.loads(body)
            if answer.get("errors"):
                raise Unanswered(f"{ask.path}: {answer['errors'][0]}")
            found.append(answer)
        return found


async def measure(
    server: Server, asks: Sequence[Ask], requests: int, postgres: Server | None = None, connections: int = CONNECTIONS
) -> Measured:
    """A fifth of the requests as warm-up, then all of them. Raises Unanswered."""
    prepared = [ask.bytes() for ask in asks]
    await _run(server, islice(cycle(prepared), max(requests // 5, connections * 2)), connections)
    server.forget_peak()
    databases_ms = postgres.family_cpu_ms if postgres else 0.0
    cpu_ms, began = server.cpu_ms, time.perf_counter()
    taken_ms, size = await _run(server, islice(cycle(prepared), requests), connections)
    elapsed_s = time.perf_counter() - began
    used_ms = server.cpu_ms - cpu_ms
    databases_ms = postgres.family_cpu_ms - databases_ms if postgres else 0.0
    taken_ms.sort()
    return Measured(
        requests,
        used_ms / requests,
        databases_ms / requests,
        requests / elapsed_s,
        taken_ms[len(taken_ms) // 2],
        taken_ms[min(len(taken_ms) * 99 // 100, len(taken_ms) - 1)],
        server.peak_mib * 1.048576,
        size / requests / 1024,
        connections,
    )


async def enough(server: Server, asks: Sequence[Ask], cpu_s: float, connections: int = CONNECTIONS) -> int:
    """How many requests take the server about so many seconds of CPU: the kernel counts in ticks of 10 ms."""
    requests = connections
    while True:
        found = await measure(server, asks, requests, None, connections)
        if found.cpu_ms * requests >= min(200.0, cpu_s * 500):
            return max(int(cpu_s * 1000 / found.cpu_ms), connections * 2)
        requests *= 4


async def _run(server: Server, requests: Iterator[bytes], connections: int) -> tuple[list[float], int]:
    taken_ms: list[float] = []
    size = 0

    async def one() -> None:
        nonlocal size
        async with Connection(server.port) as connection:
            for request in requests:
                began = time.perf_counter()
                status, body = await connection.ask(request)
                taken_ms.append((time.perf_counter() - began) * 1000)
                size += len(body)
                if status != 200 or b'"errors"' in body:
                    errors = body[max(body.find(b'"errors"'), 0) :][:200].decode("utf-8", "replace")
                    raise Unanswered(f"status {status}: {errors}")

    await asyncio.gather(*(one() for _ in range(connections)))
    return taken_ms, size
