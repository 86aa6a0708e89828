"""The demo as a newcomer starts it: its own process, its own data, asked over HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from tests.acceptance.in_process import REFERENCE
from tests.nursery import Process, ran

GATEWAY = Path(sys.executable).parent / "gateway"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(eq=False)
class Demo:
    data: Path
    port: int
    environ: dict[str, str]
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> str:
        """What a command prints on standard output."""
        environ = {**self.environ, "GATEWAY_DATA": str(self.data)}
        done = ran(*arguments, environ=environ)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @cache  # noqa: B019  (one demo for a whole session)
    def token(self, client: str, person: str | None = None) -> str:
        return self.run("token", client, *(("--id", person) if person else ())).strip()

    @cache  # noqa: B019
    def people(self) -> dict[str, str]:
        """Tag → id number of the published test people."""
        found = json.loads(self.run("demo", "people", "--json"))
        return {tag: person["id_number"] for person in found for tag in person["tags"]}

    def post(self, query: str, client: str, variables: dict[str, Any] | None = None, *, as_person: str | None = None):
        headers = {"Authorization": f"Bearer {self.token(client, as_person)}"}
        return self.http.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, headers=headers)

    def ask(
        self, client: str, purpose: str, tag: str, selection: str, *, as_person: bool = False, **arguments: str
    ) -> dict[str, Any]:
        """The answer about one test person, whole: data, errors, extensions."""
        number = self.people()[tag]
        arguments = REFERENCE.get(purpose, {}) | arguments
        more = "".join(f", {name}: {json.dumps(value)}" for name, value in arguments.items())
        query = f"query($id: IdNumber!) {{ person(idNumber: $id, purpose: {purpose}{more}) {{ {selection} }} }}"
        answer = self.post(query, client, {"id": number}, as_person=number if as_person else None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def entries(self) -> list[dict[str, Any]]:
        """Sealed entries, oldest first."""
        return [json.loads(line) for line in self.run("audit", "list", "--json").splitlines()]


def clean_environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}


@contextmanager
def started(
    data: Path, *arguments: str, people: int = 200, past: int = 0, settings: Mapping[str, str] | None = None
) -> Iterator[Demo]:
    """`gateway demo` in a process of its own, ready to answer. `past`: asks that its log begins with; `settings`:
    variables of its environment."""
    port = free_port()
    environ = clean_environ() | dict(settings or {})
    words = ["demo", "--people", people, "--past", past, "--port", port, "--data", data, *arguments]
    log = data.parent / f"{data.name}.log"
    with log.open("wb") as output:
        process = Process(words, environ, output)
        try:
            demo = Demo(data, port, environ)
            awaited(demo, process, log)
            yield demo
        finally:
            process.terminate()
            process.wait(20)


def awaited(demo: Demo, process: Process | subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if demo.http.get(f"{demo.url}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())
