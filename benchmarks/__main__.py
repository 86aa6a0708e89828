"""`python -m benchmarks`: the gateway with policy, consent, masks and durable seal on, beside endpoints without them.

All are asked over HTTP about the same people of the same databases, in turns; before, their answers are compared. The
city is loaded once and kept (benchmarks/city.py), so a second run starts at once.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID

from benchmarks.city import CACHE, STORES, Loaded, loaded
from benchmarks.comparing import candidates, compared, given
from benchmarks.contender import Contender
from benchmarks.driver import CONNECTIONS, Ask, Measured, Unanswered, enough, measure
from benchmarks.process import Server
from benchmarks.report import LATEST, Result, keep, machine, show
from benchmarks.servers import PEERS, gateway, peers
from benchmarks.statements import spec
from benchmarks.workloads import WORKLOADS, Workload, camel, list_of
from gateway.demo.cluster import binaries

ROUNDS = 3
CPU_S = 2.5
"""Of each server in each round: the kernel counts CPU in ticks of 10 ms."""
_RESTED_S = 12
"""After a failure: the gateway leaves a department that failed alone for ten seconds."""
_told = Console(stderr=True)


def main(words: Sequence[str] | None = None) -> None:
    options = _arguments(words)
    if options.database == "PostgreSQL" and binaries() is None:
        _told.print("[bold red]PostgreSQL is not installed (apt-get install postgresql): SQLite is measured.[/]")
        options.database = "SQLite"
    workloads = [each for each in WORKLOADS if not options.workload or each.name in options.workload]
    with (
        Progress(console=_told, transient=True) as bar,
        loaded(options.database, options.people, options.store, _loading(bar), options.cache) as city,
        tempfile.TemporaryDirectory(prefix="gateway-bench-") as folder,
    ):
        results, left_out = _measured(city, Path(folder), workloads, options, bar)
    show(results, f"{options.database}, {options.people:,} people")
    for name, why in left_out.items():
        _told.print(f"[bold red]LEFT OUT: {name}: {why}[/]")
    more = {"database": options.database, "store": options.store, "people": options.people}
    keep(results, more | {"rounds": options.rounds, "left_out": left_out}, options.keep)
    _told.print(f"Kept in {options.keep}; the city in {options.cache}. Load average: {machine()['load_average']}")


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--people", type=int, default=50_000, help="size of the city (default: 50,000)")
    parser.add_argument("--workload", action="append", choices=[each.name for each in WORKLOADS], help="only these")
    parser.add_argument("--server", action="append", choices=["ours", *PEERS], help="only these (default: all)")
    parser.add_argument("--database", choices=["PostgreSQL", "SQLite"], default="PostgreSQL", help="of the departments")
    parser.add_argument("--store", choices=STORES, default="postgresql", help="the gateway's own (default: postgresql)")
    parser.add_argument("--rounds", type=int, help=f"in turns (default: {ROUNDS}); of each the median is kept")
    parser.add_argument("--requests", type=int, help=f"of each server in each round (default: {CPU_S} s of its CPU)")
    parser.add_argument("--quick", action="store_true", help="one short round: a look, no figure")
    parser.add_argument("--keep", type=Path, default=LATEST, help="where the figures go (default: latest.json)")
    parser.add_argument("--cache", type=Path, default=CACHE, help=f"where loaded cities are kept (default: {CACHE})")
    options = parser.parse_args(words)
    options.rounds = options.rounds or (1 if options.quick else ROUNDS)
    options.cpu_s = CPU_S / 5 if options.quick else CPU_S
    options.server = options.server or ["ours", *PEERS]
    if options.database == "SQLite":
        options.store = "sqlite"
    return options


def _loading(bar: Progress) -> Callable[[int, int, str], None]:
    tasks: dict[str, TaskID] = {}

    def progress(done: int, total: int, what: str) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(f"loading {what}", total=total)
        bar.update(tasks[what], completed=done)

    return progress


def _measured(
    city: Loaded, folder: Path, workloads: Sequence[Workload], options: argparse.Namespace, bar: Progress
) -> tuple[list[Result], dict[str, str]]:
    places = city.places()
    numbers = {each.name: candidates(each, city.people, city.day) for each in workloads}
    with gateway(city, folder, {each.client for each in workloads}) as mine:
        treatments = {each.name: asyncio.run(given(mine, each, numbers[each.name][0])) for each in workloads}
        specs = {name: spec(places, treated, city.day) for name, treated in treatments.items()}
        with peers(city, specs, folder, options.server, _loading(bar)) as (others, left_out):
            task = bar.add_task("measuring", total=len(workloads) * options.rounds * (len(others) + 1))
            results = [
                asyncio.run(
                    _workload(
                        each,
                        [mine, *others],
                        numbers[each.name],
                        _in_full(treatments[each.name]),
                        options,
                        city.postgres and Server(city.postgres.pid, city.postgres.port),
                        lambda what: bar.update(task, advance=1, description=what),
                    )
                )
                for each in workloads
            ]
    return results, left_out


def _in_full(treatments: dict[str, str]) -> dict[str, list[str]]:
    """List → names of its items that are given in full; a list of which none is has its rows counted."""
    found: dict[str, list[str]] = {}
    for key, treatment in treatments.items():
        record, item = key.split(".")
        found.setdefault(list_of(record), []).extend([camel(item)] if treatment == "FULL" else [])
    return found


async def _workload(
    workload: Workload,
    contenders: Sequence[Contender],
    numbers: Sequence[str],
    full: Mapping[str, Sequence[str]],
    options: argparse.Namespace,
    postgres: Server | None,
    told: Callable[[str], None],
) -> Result:
    both = await compared(contenders, workload, numbers, full)
    asked = [each for each in contenders if each.name in options.server]
    found = {each.name: await _load(workload, each, both.asks[each.name], options) for each in asked}
    load = {name: each for name, each in found.items() if each is not None}
    asked = [each for each in asked if each.name in load]
    rounds: dict[str, list[Measured]] = {each.name: [] for each in asked}
    for number in range(options.rounds):
        for each in asked if number % 2 == 0 else reversed(asked):
            requests, connections = load[each.name]
            asks = both.asks[each.name]
            rounds[each.name].append(await measure(each.server, asks, requests, postgres, connections))
            told(f"{workload.name} {each.name}")
    return Result(workload, both, rounds, tuple(found.keys() - load.keys()))


async def _load(
    workload: Workload, contender: Contender, asks: Sequence[Ask], options: argparse.Namespace
) -> tuple[int, int] | None:
    """Requests in a round, and connections: one where the server cannot answer eight at once; None: not even then."""
    for connections in (CONNECTIONS, 1):
        try:
            requests = await enough(contender.server, asks, options.cpu_s, connections)
            return options.requests or requests, connections
        except Unanswered as error:
            _told.print(f"[bold red]{workload.name}: {contender.name} fails on {connections} connections: {error}[/]")
            await asyncio.sleep(_RESTED_S)
    return None


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers end with the run that started them
    main()
