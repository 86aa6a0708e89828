"""Peers that run on Node: their packages are installed once, from the lock, beside the kept cities."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from strawberry.printer import print_schema

from benchmarks.city import CACHE
from benchmarks.process import Server, free_port, serving
from benchmarks.strawberry_server import SCHEMA

_HERE = Path(__file__).parent / "node"


class NodeMissing(RuntimeError):
    """Node and npm were not found (apt-get install nodejs npm), or npm's registry could not be reached."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why or (type(self).__doc__ or "").strip())


@contextmanager
def mercurius(spec: Path) -> Iterator[Server]:
    """With the schema of the Strawberry server. Raises NodeMissing."""
    folder, port = _installed(), free_port()
    schema = spec.with_name("peers.graphql")
    schema.write_text(print_schema(SCHEMA), "utf-8")
    command = [shutil.which("node") or "node", folder / "mercurius.mjs", spec, schema, str(port)]
    with serving(command, port, spec.with_name("mercurius.log"), NODE_ENV="production") as server:
        yield server


def _installed() -> Path:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NodeMissing()
    files = sorted(path for path in _HERE.iterdir() if path.is_file())
    digest = sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
    folder = CACHE / f"node-{digest}"
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copy(path, folder)
        command = [npm, "ci", "--ignore-scripts", "--loglevel", "error"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NodeMissing(f"npm ci ended with {done.returncode}: {done.stderr[-300:]}")
        (folder / "installed").touch()
    return folder
