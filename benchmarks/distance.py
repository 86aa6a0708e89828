"""`python -m benchmarks.distance`: departments 20 to 80 ms away, and one of them hung.

The demo's ten departments on one PostgreSQL server, each behind a TCP proxy that holds every piece of an answer back;
the gateway in its own process, asked for full profiles (W1m) over HTTP by eight at once. The proxies run beside the
asking, in this process, so the times are somewhat too long rather than too short.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.driver import CONNECTIONS, Ask, Connection
from benchmarks.process import Server, free_port, serving
from benchmarks.report import LATEST, machine
from benchmarks.workloads import WORKLOADS
from gateway.demo.cluster import cluster
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.start import prepare
from gateway.settings import load
from tests.faults.proxy import Mode, Proxy

GATEWAY = Path(sys.executable).parent / "gateway"
KEPT = LATEST.with_name("distance.json")
NEAREST_MS, FARTHEST_MS = 20, 80
HUNG = "HPF"
_CASES = ("near", "far", "far, one hung")
_W1M = next(workload for workload in WORKLOADS if workload.name == "W1m")
_PERSON = next(person.id_number for person in TEST_PEOPLE if "clean" in person.tags)
_told = Console(stderr=True)


@dataclass(frozen=True)
class Waited:
    what: str
    p50_ms: float
    p99_ms: float
    longest_ms: float
    asks: int
    complete: int
    codes: dict[str, int]
    """Of what could not answer."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.distance", description=__doc__)
    parser.add_argument("--asks", type=int, default=400, help="of each case (default: 400)")
    parser.add_argument("--workers", type=int, default=1, help="of the gateway (default: 1)")
    parser.add_argument("--at-once", type=int, default=CONNECTIONS, help=f"who asks at once (default: {CONNECTIONS})")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gateway-distance-") as folder, cluster() as url:
        data = Path(folder) / "data"
        prepare(data, people=200, database=url, at=datetime.now(UTC))
        found = asyncio.run(_all(data, given.asks, given.at_once, given.workers))
    _show(found)
    KEPT.parent.mkdir(exist_ok=True)
    kept = {
        "machine": machine(),
        "workers": given.workers,
        "at_once": given.at_once,
        "cases": [each.__dict__ for each in found],
    }
    KEPT.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))


async def _all(data: Path, asks: int, at_once: int, workers: int) -> list[Waited]:
    async with AsyncExitStack() as stack:
        proxies, environ = await _far(data, stack)
        port = free_port()
        command: list[str | Path] = [GATEWAY, "serve", "--data", data, "--port", str(port)]
        command += ["--workers", str(workers)]
        running = serving(command, port, data / "serve.log", **environ)
        server = await asyncio.to_thread(running.__enter__)
        try:
            ask = Ask("/graphql", _W1M.body([_PERSON]), await asyncio.to_thread(_token, data))
            return [await _case(what, proxies, server, ask, asks, at_once) for what in _CASES]
        finally:
            await asyncio.to_thread(running.__exit__, None, None, None)


async def _far(data: Path, stack: AsyncExitStack) -> tuple[dict[str, Proxy], dict[str, str]]:
    """Department → its proxy; and the urls that lead through them."""
    proxies: dict[str, Proxy] = {}
    environ: dict[str, str] = {}
    for name, url in load({}, None, data=data).settings.environment({}).items():
        port = urlsplit(url).port
        if port is not None:
            proxies[name.split("_")[1]] = proxy = await Proxy(port).start()
            stack.push_async_callback(proxy.stop)
            environ[name] = url.replace(f":{port}/", f":{proxy.port}/")
    return proxies, environ


async def _case(what: str, proxies: dict[str, Proxy], server: Server, ask: Ask, asks: int, at_once: int) -> Waited:
    _told.print(f"{what} …")
    step_ms = (FARTHEST_MS - NEAREST_MS) / (len(proxies) - 1)
    for place, (department, proxy) in enumerate(sorted(proxies.items())):
        mode = Mode.HANG if department == HUNG and what.endswith("hung") else Mode.PASS
        await proxy.set(mode, delay_s=0 if what == "near" else (NEAREST_MS + place * step_ms) / 1000)
    if not what.endswith("hung"):
        await _asked(server, ask, at_once * 8, at_once)  # connections, plans; one that hangs is met unprepared
    taken_ms, bodies = await _asked(server, ask, asks, at_once)
    taken_ms.sort()
    codes: Counter[str] = Counter()
    for body in bodies:
        codes.update(each["extensions"]["code"] for each in body.get("errors", ()))
    return Waited(
        what,
        round(taken_ms[len(taken_ms) // 2], 1),
        round(taken_ms[len(taken_ms) * 99 // 100], 1),
        round(taken_ms[-1], 1),
        len(taken_ms),
        sum("errors" not in body for body in bodies),
        dict(codes),
    )


async def _asked(server: Server, ask: Ask, asks: int, at_once: int) -> tuple[list[float], list[Any]]:
    taken_ms: list[float] = []
    bodies: list[Any] = []
    left = iter(range(asks))
    request = ask.bytes()

    async def one() -> None:
        async with Connection(server.port) as connection:
            for _ in left:
                began = time.perf_counter()
                status, body = await connection.ask(request)
                taken_ms.append((time.perf_counter() - began) * 1000)
                if status != 200:
                    raise RuntimeError(f"{status}: {body[:200]!r}")
                bodies.append(orjson.loads(body))

    await asyncio.gather(*(one() for _ in range(at_once)))
    return taken_ms, bodies


def _token(data: Path) -> str:
    command = [GATEWAY, "token", _W1M.client, "--ttl", "86400", "--data", data]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _show(found: list[Waited]) -> None:
    table = Table("case", "p50 ms", "p99 ms", "longest ms", "asks", "complete", "unavailable")
    for each in found:
        told = ", ".join(f"{code} {count}" for code, count in each.codes.items()) or "–"
        row = (each.p50_ms, each.p99_ms, each.longest_ms, each.asks, each.complete)
        table.add_row(each.what, *map(str, row), told)
    Console().print(table)


if __name__ == "__main__":
    main()
