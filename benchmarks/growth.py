"""`python -m benchmarks.growth`: how one ask's CPU grows with people, rules, clients, and items not asked for.

One connection, PostgreSQL, a gateway of its own for each case. It should be linear in people and flat in the others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from benchmarks.city import Loaded, loaded
from benchmarks.comparing import candidates
from benchmarks.driver import enough, measure
from benchmarks.process import Server
from benchmarks.report import LATEST, machine
from benchmarks.rules import benchmark_policies
from benchmarks.servers import gateway
from benchmarks.workloads import WORKLOADS, Workload
from connectors.mapping import DEPARTMENTS
from gateway.demo import start
from policies.rule import PERMITS

KEPT = LATEST.with_name("growth.json")
_BY_NAME = {each.name: each for each in WORKLOADS}
_OURS = ("developer, SANDBOX", "bank-system, LOAN_APPROVAL", "bank, LOAN_APPROVAL")
"""Whose rules are there however few there are."""


@dataclass(frozen=True)
class Case:
    what: str
    size: int
    workload: Workload
    settings: Callable[[Path], Mapping[str, str]]
    """Of the gateway; what they name is written to the folder."""


@dataclass(frozen=True)
class Grown:
    what: str
    size: int
    workload: str
    cpu_ms: float
    pg_cpu_ms: float


def cases() -> Iterator[Case]:
    one, small = _BY_NAME["W1"], _BY_NAME["W2"]
    for people in (1, 10, 100):
        yield Case("people in one request", people, replace(one, name=f"W1×{people}", people=people), lambda _: {})
    for rules in (100, 1_000, 10_000):
        yield Case("rules", rules, small, lambda folder, rules=rules: _with_rules(folder, rules))
    for count in (30, 1_000, 10_000):
        yield Case("clients", count, small, lambda folder, count=count: _with_clients(folder, count))
    for count in (2, 10):
        yield Case(
            "departments, one of them asked for items", count, small, lambda folder, count=count: _with(folder, count)
        )


def _with_rules(folder: Path, rules: int) -> Mapping[str, str]:
    """The shipped rules, fewer or again under other names: what they say together is the same for those who ask."""
    path = benchmark_policies(folder / "policies") / PERMITS
    lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("p, ")]
    lines.sort(key=lambda line: not any(words in line for words in _OURS))
    forbids = sum(line.startswith("p, ") for line in path.with_name("forbids.csv").read_text("utf-8").splitlines())
    written = [_named(lines[at % len(lines)], at // len(lines)) for at in range(rules - forbids)]
    path.write_text("\n".join([*written, ""]), "utf-8")
    return {"GATEWAY_POLICIES": str(path.parent)}


def _named(line: str, copy: int) -> str:
    *words, id_, basis = line.split(", ")
    return ", ".join([*words, f"{id_}-{copy}" if copy else id_, basis])


def _with_clients(folder: Path, count: int) -> Mapping[str, str]:
    content = yaml.safe_load(Path(start.__file__).with_name("clients.yaml").read_text("utf-8"))
    like = content["clients"]["bank-officer"]
    for number in range(count - len(content["clients"])):
        content["clients"][f"officer-{number}"] = like | {"title": f"Officer {number}"}
    path = folder / "clients.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return {"GATEWAY_CLIENTS": str(path)}


def _with(folder: Path, count: int) -> Mapping[str, str]:
    """So many: the one that is asked, the police, who know whether somebody is covered, and others."""
    mappings = folder / "departments"
    mappings.mkdir()
    paths = sorted(DEPARTMENTS.glob("*.yaml"), key=lambda path: path.stem not in ("pbc", "psb"))
    for path in paths[:count]:
        shutil.copy(path, mappings)
    return {"GATEWAY_DEPARTMENTS": str(mappings)}


def grown(case: Case, city: Loaded, folder: Path, cpu_s: float) -> Grown:
    """Raises Unanswered."""
    settings = case.settings(folder)
    numbers = candidates(case.workload, city.people, city.day)[: max(60, case.workload.people)]
    with gateway(city, folder, {case.workload.client}, **settings) as mine:
        groups = [(numbers[at:] + numbers[:at])[: case.workload.people] for at in range(0, len(numbers), 7)]
        asks = [mine.ask(case.workload, group) for group in groups]
        postgres = city.postgres and Server(city.postgres.pid, city.postgres.port)

        async def measured() -> Grown:
            requests = await enough(mine.server, asks, cpu_s, 1)
            found = await measure(mine.server, asks, requests, postgres, 1)
            return Grown(case.what, case.size, case.workload.name, found.cpu_ms, found.pg_cpu_ms)

        return asyncio.run(measured())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--people", type=int, default=50_000, help="size of the city (default: 50,000)")
    parser.add_argument("--what", help="only the cases whose name begins so")
    parser.add_argument("--quick", action="store_true", help="a look, no figure")
    options = parser.parse_args()
    table = Table(title="CPU of one ask")
    for name in ("what", "how many", "CPU ms", "for each", "pg CPU ms"):
        table.add_column(name, justify="left" if name == "what" else "right")
    found = []
    with loaded("PostgreSQL", options.people, "postgresql") as city:
        for case in (each for each in cases() if each.what.startswith(options.what or "")):
            with tempfile.TemporaryDirectory(prefix="gateway-growth-") as folder:
                found.append(each := grown(case, city, Path(folder), 0.5 if options.quick else 2.0))
            share = f"{each.cpu_ms / each.size:.3f}" if case.workload.name != "W2" else ""
            table.add_row(each.what, f"{each.size:,}", f"{each.cpu_ms:.2f}", share, f"{each.pg_cpu_ms:.2f}")
            Console(stderr=True).print(f"{each.what} {each.size:,}: {each.cpu_ms:.2f} ms")
    Console(width=120).print(table)
    KEPT.parent.mkdir(exist_ok=True)
    content = {"machine": machine(), "people": options.people, "cases": [vars(each) for each in found]}
    KEPT.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers end with the run that started them
    main()
