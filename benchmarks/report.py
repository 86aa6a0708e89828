"""What is printed and kept of a run."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.comparing import Compared
from benchmarks.driver import CONNECTIONS, Measured
from benchmarks.workloads import Workload

LATEST = Path(__file__).parent / "results" / "latest.json"
_LIBRARIES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "asyncpg", "orjson", "sqlalchemy")


@dataclass(frozen=True)
class Result:
    database: str
    workload: Workload
    compared: Compared
    gateway: Measured
    floor: Measured


def machine() -> dict[str, Any]:
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_average": round(os.getloadavg()[2], 2),
        "kernel": platform.release(),
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in _LIBRARIES},
    }


def show(results: list[Result]) -> None:
    table = Table(title=f"One ask, {CONNECTIONS} connections; beside it the hand-written floor")
    for name in ("database", "workload", "rows", "who", "CPU ms", "asks/s", "p50 ms", "p99 ms", "peak MiB", "KiB"):
        table.add_column(name, justify="left" if name in ("database", "workload", "who") else "right")
    for result in results:
        for who, one in (("gateway", result.gateway), ("floor", result.floor)):
            table.add_row(
                *((result.database, result.workload.name) if who == "gateway" else ("", "")),
                f"{result.compared.rows:.0f}" if who == "gateway" else "",
                who,
                f"{one.cpu_ms:.2f}",
                f"{one.per_second:.0f}",
                f"{one.p50_ms:.1f}",
                f"{one.p99_ms:.1f}",
                f"{one.peak_mib:.0f}",
                f"{one.answer_kib:.1f}",
            )
        ratio = result.gateway.cpu_ms / result.floor.cpu_ms if result.floor.cpu_ms else float("nan")
        table.add_row("", "", "", "[bold]gateway / floor[/]", f"[bold]{ratio:.1f} ×[/]", end_section=True)
    Console(width=120).print(table)


def keep(results: list[Result], more: Mapping[str, Any]) -> None:
    LATEST.parent.mkdir(exist_ok=True)
    content = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        **more,
        "connections": CONNECTIONS,
        "results": [
            {
                "database": result.database,
                "workload": result.workload.name,
                "what": result.workload.what,
                "client": result.workload.client,
                "purpose": result.workload.purpose,
                "people": result.compared.people,
                "rows": round(result.compared.rows, 1),
                "gateway": result.gateway.as_json(),
                "floor": result.floor.as_json(),
            }
            for result in results
        ],
    }
    LATEST.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
