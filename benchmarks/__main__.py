"""`python -m benchmarks`: the demo in its own process; policy, consent, masks and durable seal on; asked over HTTP."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks.comparing import candidates, compared, released
from benchmarks.driver import measure
from benchmarks.process import Server, free_port, serving
from benchmarks.report import LATEST, Result, keep, show
from benchmarks.statements import spec
from benchmarks.workloads import CATALOGUE, WORKLOADS, Workload
from connectors.mapping import DEPARTMENTS, read
from exchange.retention import civil_day
from gateway.demo.cluster import binaries, cluster
from gateway.settings import load as load_settings
from policies.rulebook import FOLDER

GATEWAY = Path(sys.executable).parent / "gateway"
ROUNDS = 3
"""In turns, gateway and floor; of each the round whose CPU is the median is kept."""
FLOOR_TIMES = 5
"""The kernel counts CPU in ticks of 10 ms: what costs little is asked more often."""
_told = Console(stderr=True)


def main() -> None:
    given = _arguments()
    databases = ["SQLite", "PostgreSQL"] if given.database is None else [given.database]
    if "PostgreSQL" in databases and binaries() is None:
        _told.print("[bold red]PostgreSQL is not installed: only SQLite is measured (apt-get install postgresql).[/]")
        databases.remove("PostgreSQL")
    workloads = [w for w in WORKLOADS if not given.workload or w.name in given.workload]
    results: list[Result] = []
    for database in databases:
        with tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder, _server(database) as url:
            results += _measured(database, url, Path(folder), workloads, given.people, given.scale)
    show(results)
    keep(results, {"people": given.people, "scale": given.scale})
    _told.print(f"Kept in {LATEST}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--people", type=int, default=2000, help="size of the city (default: 2000)")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the requests that a full run makes")
    parser.add_argument("--database", choices=["SQLite", "PostgreSQL"], help="only this one (default: both)")
    parser.add_argument("--workload", action="append", choices=[w.name for w in WORKLOADS], help="only these")
    return parser.parse_args()


@contextmanager
def _server(database: str) -> Iterator[str | None]:
    if database == "SQLite":
        yield None
        return
    with cluster() as url:
        yield url


def _measured(
    database: str, url: str | None, folder: Path, workloads: list[Workload], people: int, scale: float
) -> list[Result]:
    data, port = folder / "data", free_port()
    command: list[str | Path] = [GATEWAY, "demo", "--people", str(people), "--port", str(port), "--data", data]
    command += ["--database", url] if url else []
    _told.print(f"{database}: a city of {people} people …")
    policies = _uncounted(folder / "policies")
    with serving(command, port, folder / "gateway.log", GATEWAY_POLICIES=str(policies)) as gateway:
        tokens = {client: _token(client, data) for client in {w.client for w in workloads}}
        return asyncio.run(_all(database, gateway, folder, workloads, tokens, people, scale))


def _uncounted(folder: Path) -> Path:
    """The shipped policies, but that one may ask about the same people again and again."""
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = folder / "purposes.yaml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("    frequency:")), "utf-8")
    return folder


def _token(client: str, data: Path) -> str:
    command = [GATEWAY, "token", client, "--ttl", "86400", "--data", data]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


async def _all(
    database: str,
    gateway: Server,
    folder: Path,
    workloads: list[Workload],
    tokens: dict[str, str],
    people: int,
    scale: float,
) -> list[Result]:
    day = civil_day(datetime.now(UTC))
    settings = load_settings({}, data=folder / "data").settings
    mappings = read(DEPARTMENTS, CATALOGUE, settings.environment({}), day)
    places = {code: mapping.sources[0] for code, mapping in mappings.items()}
    numbers = {w.name: candidates(w, people, day) for w in workloads}
    specs = {
        w.name: spec(places, await released(gateway, w, tokens[w.client], numbers[w.name][0]), day) for w in workloads
    }
    (folder / "floor.json").write_text(json.dumps(specs), "utf-8")
    port = free_port()
    command: list[str | Path] = [sys.executable, "-m", "benchmarks.floor", folder / "floor.json", str(port)]
    results = []
    with serving(command, port, folder / "floor.log") as floor:
        for workload in workloads:
            both = await compared(gateway, floor, workload, tokens[workload.client], numbers[workload.name])
            _told.print(f"{database} {workload.name}: {both.people} people with equal rows; measuring …")
            requests = max(int(workload.requests * scale / ROUNDS), 16)
            rounds = [
                (
                    await measure(gateway, both.gateway, requests),
                    await measure(floor, both.floor, requests * FLOOR_TIMES),
                )
                for _ in range(ROUNDS)
            ]
            mine, by_hand = (
                sorted(side, key=lambda one: one.cpu_ms)[ROUNDS // 2] for side in zip(*rounds, strict=True)
            )
            results.append(Result(database, workload, both, mine, by_hand))
    return results


if __name__ == "__main__":
    main()
