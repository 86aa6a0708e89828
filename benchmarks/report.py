"""What is printed and kept of a run."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
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
from gateway.demo.cluster import binaries
from web.build import CannotBuild, find_toolchain

LATEST = Path(__file__).parent / "results" / "latest.json"
_LIBRARIES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "asyncpg", "orjson", "sqlalchemy")


@dataclass(frozen=True)
class Result:
    """One workload; `rounds` by server, in the order of the run."""

    workload: Workload
    compared: Compared
    rounds: Mapping[str, Sequence[Measured]]
    failed: Sequence[str] = ()
    """Servers that could not answer it under load, not even on one connection."""

    @property
    def kept(self) -> dict[str, Measured]:
        """Of each server the round whose CPU is the median."""
        return {name: sorted(each, key=lambda one: one.cpu_ms)[len(each) // 2] for name, each in self.rounds.items()}

    @property
    def ratios(self) -> dict[str, dict[str, float]]:
        """CPU of ours, and PostgreSQL's under ours, as a multiple of each other server's."""
        kept = self.kept
        mine = kept.get("ours")
        return {
            name: {
                "cpu": round(mine.cpu_ms / other.cpu_ms, 3),
                **({"pg_cpu": round(mine.pg_cpu_ms / other.pg_cpu_ms, 3)} if other.pg_cpu_ms else {}),
            }
            for name, other in kept.items()
            if mine and name != "ours" and other.cpu_ms
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.workload.what,
            "client": self.workload.client,
            "purpose": self.workload.purpose,
            "people_asked_about": self.compared.people,
            "rows": round(self.compared.rows, 1),
            "values": round(self.compared.values, 1),
            "ours_against": self.ratios,
            "failed": sorted(self.failed),
            **{
                name: one.as_json() | {"rounds_cpu_ms": [round(each.cpu_ms, 3) for each in self.rounds[name]]}
                for name, one in self.kept.items()
            },
        }


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
        "postgresql": _said_by(str(programs / "postgres")) if (programs := binaries()) else "",
        "node": _node(),
        **{name: version(name) for name in _LIBRARIES},
    }


def _node() -> str:
    try:
        return find_toolchain().version
    except CannotBuild:
        return ""


def _said_by(program: str) -> str:
    """Its version, in its own words."""
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]


def show(results: Sequence[Result], title: str) -> None:
    table = Table(title=f"{title}; {CONNECTIONS} connections, one worker each")
    for name in ("workload", "server"):
        table.add_column(name)
    for name in ("CPU ms", "ours ÷", "pg CPU ms", "ours ÷", "asks/s", "p50 ms", "p99 ms", "peak MB", "KiB"):
        table.add_column(name, justify="right")
    for result in results:
        ratios = result.ratios
        head = f"{result.workload.name}: {result.compared.values:.0f} values, {result.compared.rows:.0f} rows"
        for at, (name, one) in enumerate(result.kept.items()):
            against = ratios.get(name, {})
            table.add_row(
                head if at == 0 else "",
                name if one.connections == CONNECTIONS else f"{name} ({one.connections} connection)",
                f"[bold]{one.cpu_ms:.2f}[/]",
                f"{against['cpu']:.2f} ×" if "cpu" in against else "",
                f"{one.pg_cpu_ms:.2f}" if one.pg_cpu_ms else "",
                f"{against['pg_cpu']:.2f} ×" if "pg_cpu" in against else "",
                f"{one.rps:.0f}",
                f"{one.p50_ms:.1f}",
                f"{one.p99_ms:.1f}",
                f"{one.peak_mb:.0f}",
                f"{one.answer_kib:.1f}",
                end_section=at == len(result.rounds) - 1,
            )
        for name in sorted(result.failed):
            table.add_row(head if not result.kept else "", name, "[bold red]failed[/]", end_section=True)
    Console(width=130).print(table)


def keep(results: Sequence[Result], more: Mapping[str, Any], path: Path = LATEST) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "connections": CONNECTIONS,
        **more,
        "workloads": {result.workload.name: result.as_json() for result in results},
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
