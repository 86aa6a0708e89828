"""Peers that run on Node: their packages are installed once, from their locks, beside the kept cities.

Both run on the same Node, the one that builds the web pages: 22 or newer, for npm gives PostGraphile 4 to an older one.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from strawberry.printer import print_schema

from benchmarks.city import CACHE
from benchmarks.process import Server, free_port, serving
from benchmarks.strawberry_server import SCHEMA
from web.build import CannotBuild, find_toolchain

_HERE = Path(__file__).parent / "node"


class NodeMissing(RuntimeError):
    """No Node that is new enough, or its packages could not be had."""


@contextmanager
def mercurius(spec: Path) -> Iterator[Server]:
    """With the schema of the Strawberry server. Raises NodeMissing."""
    schema = spec.with_name("peers.graphql")
    schema.write_text(print_schema(SCHEMA), "utf-8")
    with _served("mercurius", spec.parent, spec, schema) as server:
        yield server


@contextmanager
def postgraphile(logs: Path, database: Callable[[], str]) -> Iterator[Server]:
    """`database` makes what it reads and gives its url; asked only where it can be served. Raises NodeMissing."""
    _installed("postgraphile")
    with _served("postgraphile", logs, database()) as server:
        yield server


@contextmanager
def _served(name: str, logs: Path, *arguments: str | Path) -> Iterator[Server]:
    node, folder = _installed(name)
    port = free_port()
    command = [node, folder / f"{name}.mjs", *arguments, str(port)]
    with serving(command, port, logs / f"{name}.log", NODE_ENV="production") as server:
        yield server


def _installed(name: str) -> tuple[Path, Path]:
    """Node, and the folder that holds the peer and its packages."""
    try:
        tools = find_toolchain()
    except CannotBuild as missing:
        raise NodeMissing(str(missing).splitlines()[0]) from missing
    files = sorted(path for path in (_HERE / name).iterdir() if path.is_file())
    digest = sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
    folder = CACHE / f"{name}-{digest}"
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copy(path, folder)
        command = [*tools.npm, "ci", "--ignore-scripts", "--loglevel", "error"]
        own = tools.environment()
        done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NodeMissing(f"npm ci ended with {done.returncode}: {done.stderr[-300:]}")
        (folder / "installed").touch()
    return tools.node, folder
