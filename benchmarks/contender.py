"""Who is measured: a server, how it is asked, and how its answer is read."""

from __future__ import annotations

import json
import re
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


def tables(name: str, server: Server, specs: Mapping[str, Any]) -> Contender:
    """Asked for what the floor's statement of the workload reads; a person's lists hang on the person itself."""
    return _Tables(
        name, server, lambda workload, numbers: Ask("/graphql", _query(specs[workload.name], workload, numbers))
    )


class _Tables(Contender):
    def profiles(self, workload: Workload, answer: Mapping[str, Any]) -> Sequence[Profile]:
        return [{"lists": person or {}} for person in super().profiles(workload, answer)]


def _query(departments: Sequence[Mapping[str, Any]], workload: Workload, numbers: Sequence[str]) -> bytes:
    records = [record for department in departments for record in department["records"]]
    selection = " ".join(f"{each['list']} {{ {' '.join(map(_field, each['names']))} }}" for each in records)
    if workload.people == 1:
        root, declared, given = "person: personByIdNumber(idNumber: $asked)", "String!", numbers[0]
    else:
        root, declared, given = "persons: peopleList(numbers: $asked)", "[String!]!", numbers
    query = f"query($asked: {declared}) {{ {root} {{ {selection} }} }}"
    return json.dumps({"query": query, "variables": {"asked": given}}).encode()


def _field(name: str) -> str:
    """As PostGraphile names it, where that differs: `averageUsed6M`."""
    own = re.sub(r"(?<=\d)[a-z]", lambda found: found[0].upper(), name)
    return name if own == name else f"{name}: {own}"
