"""The servers of a run, each in a process of its own: the gateway as it is deployed, and those beside it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.city import Loaded, Progress
from benchmarks.contender import Contender, floor, graphql, ours, tables
from benchmarks.node_peers import NodeMissing, mercurius, postgraphile
from benchmarks.peer_database import build
from benchmarks.process import Server, free_port, serving
from benchmarks.rules import benchmark_policies
from connectors.mapping import DEPARTMENTS

ON_NODE = ("mercurius", "postgraphile")
PEERS = ("floor", "strawberry", *ON_NODE)
_GATEWAY = (sys.executable, "-c", "from gateway.cli import main; main()")
_BUDGETS = {"GATEWAY_SEAL_BUDGET_S": "30", "GATEWAY_DEADLINE_S": "60"}
"""Where eight large asks at once take a slow machine seconds, they are to be counted, not refused."""


@contextmanager
def gateway(city: Loaded, folder: Path, clients: Collection[str], **settings: str) -> Iterator[Contender]:
    """`gateway serve` under the benchmark's policies, with a token for each of the clients."""
    policies = settings.pop("GATEWAY_POLICIES", None) or str(benchmark_policies(folder / "policies"))
    departments = settings.pop("GATEWAY_DEPARTMENTS", None) or str(_patient(folder / "mappings"))
    settings = _BUDGETS | settings | {"GATEWAY_POLICIES": policies, "GATEWAY_STORE": city.store}
    settings["GATEWAY_DEPARTMENTS"] = departments
    port = free_port()
    command = [*_GATEWAY, "serve", "--data", city.data, "--port", str(port)]
    with serving(command, port, folder / "gateway.log", **settings) as server:
        yield ours(server, {client: _token(client, city, settings) for client in clients})


def _patient(folder: Path) -> Path:
    """The shipped mappings, each with the widest deadline."""
    folder.mkdir()
    for path in DEPARTMENTS.glob("*.yaml"):
        text = path.read_text("utf-8")
        (folder / path.name).write_text(text + "guards: {deadline_s: 60}\n", "utf-8")
    return folder


def _token(client: str, city: Loaded, settings: Mapping[str, str]) -> str:
    command = [*_GATEWAY, "token", client, "--ttl", "86400", "--data", str(city.data)]
    own = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")} | dict(settings)
    return subprocess.run(command, capture_output=True, text=True, check=True, env=own).stdout.strip()


@contextmanager
def peers(
    city: Loaded, specs: Mapping[str, Any], folder: Path, names: Collection[str], progress: Progress | None = None
) -> Iterator[tuple[list[Contender], dict[str, str]]]:
    """Those that are named, and why others of them were left out. `progress`: of what has to be loaded for them."""
    path = folder / "spec.json"
    path.write_text(json.dumps(specs), "utf-8")
    found: list[Contender] = []
    left_out: dict[str, str] = {}

    def database() -> str:
        return asyncio.run(build(city, progress))

    def on_node(name: str) -> Contender:
        if name == "mercurius":
            return graphql(name, stack.enter_context(mercurius(path)))
        return tables(name, stack.enter_context(postgraphile(folder, database)), specs)

    with ExitStack() as stack:
        if "floor" in names:
            found.append(floor(stack.enter_context(_python("benchmarks.floor", path))))
        if "strawberry" in names:
            found.append(graphql("strawberry", stack.enter_context(_python("benchmarks.strawberry_server", path))))
        for name in ON_NODE:
            if name not in names:
                continue
            if city.postgres is None:
                left_out[name] = "it is measured on PostgreSQL alone"
                continue
            try:
                found.append(on_node(name))
            except NodeMissing as missing:
                left_out[name] = str(missing)
        yield found, left_out


@contextmanager
def _python(module: str, spec: Path) -> Iterator[Server]:
    port = free_port()
    with serving([sys.executable, "-m", module, spec, str(port)], port, spec.with_name(f"{module}.log")) as server:
        yield server
