"""`python -m benchmarks.workers`: one worker beside two, which share one sealed log.

Sixteen connections, PostgreSQL. CPU is that of the supervisor and all workers together.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.city import Loaded, loaded
from benchmarks.comparing import candidates
from benchmarks.driver import Measured, enough, measure
from benchmarks.process import Server
from benchmarks.report import LATEST, machine
from benchmarks.servers import gateway
from benchmarks.workloads import WORKLOADS, Workload

KEPT = LATEST.with_name("workers.json")
NUMBERS = (1, 2)
ASKED = ("W1", "W2")
_CONNECTIONS = 16


@dataclass(frozen=True)
class Family(Server):
    """A server with its children."""

    @property
    def cpu_ms(self) -> float:
        return self.family_cpu_ms


def measured(city: Loaded, workload: Workload, workers: int, cpu_s: float) -> Measured:
    """Raises Unanswered."""
    numbers = candidates(workload, city.people, city.day)[:60]
    with (
        tempfile.TemporaryDirectory(prefix="gateway-workers-") as folder,
        gateway(city, Path(folder), {workload.client}, GATEWAY_WORKERS=str(workers)) as mine,
    ):
        server = Family(mine.server.pid, mine.server.port)
        asks = [mine.ask(workload, [number]) for number in numbers]
        postgres = city.postgres and Server(city.postgres.pid, city.postgres.port)

        async def asked() -> Measured:
            requests = await enough(server, asks, cpu_s, _CONNECTIONS)
            return await measure(server, asks, requests, postgres, _CONNECTIONS)

        return asyncio.run(asked())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--people", type=int, default=50_000, help="size of the city (default: 50,000)")
    parser.add_argument("--quick", action="store_true", help="a look, no figure")
    options = parser.parse_args()
    table = Table(title=f"{_CONNECTIONS} connections, {os.cpu_count()} cores")
    for name in ("workload", "workers", "CPU ms", "pg CPU ms", "asks/s", "p50 ms", "p99 ms"):
        table.add_column(name, justify="left" if name == "workload" else "right")
    kept = []
    with loaded("PostgreSQL", options.people, "postgresql") as city:
        for workload in (each for each in WORKLOADS if each.name in ASKED):
            for workers in NUMBERS:
                found = measured(city, workload, workers, 0.5 if options.quick else 5.0)
                kept.append({"workload": workload.name, "workers": workers} | found.as_json())
                figures = f"{found.cpu_ms:.2f}", f"{found.pg_cpu_ms:.2f}", f"{found.rps:.0f}"
                table.add_row(workload.name, str(workers), *figures, f"{found.p50_ms:.1f}", f"{found.p99_ms:.1f}")
    Console(width=100).print(table)
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(
        json.dumps({"machine": machine(), "people": options.people, "cases": kept}, indent=1) + "\n", "utf-8"
    )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers end with the run that started them
    main()
