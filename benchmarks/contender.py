"""Who is measured: a server, how it is asked, and how its answer is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from benchmarks.driver import Ask
from benchmarks.process import Server
from benchmarks.workloads import Workload

Profile: TypeAlias = Mapping[str, Any]
"""Of one person: section → list → rows."""


@dataclass(frozen=True)
class Contender:
    name: str
    server: Server
    ask: Callable[[Workload, Sequence[str]], Ask]

    def profiles(self, workload: Workload, answer: Mapping[str, Any]) -> Sequence[Profile]:
        data = answer["data"]
        if isinstance(data, list):
            return data
        return data["persons"] if workload.people > 1 else [data["person"]]


def ours(server: Server, tokens: Mapping[str, str]) -> Contender:
    """With the credentials of the workload's client."""
    return Contender(
        "ours", server, lambda workload, numbers: Ask("/graphql", workload.body(numbers), tokens[workload.client])
    )


def floor(server: Server) -> Contender:
    return Contender(
        "floor",
        server,
        lambda workload, numbers: Ask(f"/{workload.name}", json.dumps({"people": list(numbers)}).encode()),
    )


def graphql(name: str, server: Server) -> Contender:
    """Without credentials; the path says which of the floor's statements to read with."""
    return Contender(name, server, lambda workload, numbers: Ask(f"/{workload.name}", workload.body(numbers)))
