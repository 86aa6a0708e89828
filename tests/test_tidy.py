"""Style that a machine can see, over the whole tree."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
OURS = (
    ".ci",
    "benchmarks",
    "connectors",
    "deploy",
    "docs",
    "exchange",
    "gateway",
    "policies",
    "resolvers",
    "tests",
    "tools",
    "web",
)
NOT_OURS = {"node_modules", "__pycache__", "static", "results"}
GENERATED = {"schema.graphql", "requirements.lock", "package-lock.json"}
TEXTS = {"", ".py", ".md", ".yaml", ".csv", ".conf", ".toml", ".graphql", ".ts", ".tsx", ".mjs", ".css", ".html"}
_UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E)\b")
_MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|root|home|Users)/\w")
_VAGUE = re.compile(r"utils?|helpers?|common|misc|managers?")


def _files() -> list[Path]:
    found = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".coverage"]
    for folder in OURS:
        found += [
            path
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and not NOT_OURS.intersection(path.relative_to(ROOT).parts)
        ]
    return [path for path in found if path.suffix in TEXTS and path.name not in GENERATED]


FILES = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in _files()}


def test_the_tree_is_read() -> None:
    assert len(FILES) > 250
    assert "exchange/store/log.py" in FILES
    assert "Makefile" in FILES


def test_no_file_is_longer_than_500_lines() -> None:
    assert {name: text.count("\n") for name, text in FILES.items() if text.count("\n") > 500} == {}


def test_most_modules_are_short() -> None:
    sizes = sorted(text.count("\n") for name, text in FILES.items() if name.endswith(".py"))
    assert sizes[len(sizes) // 2] <= 120
    assert sizes[len(sizes) * 9 // 10] <= 300


def test_every_module_is_named_by_a_noun_that_says_what_is_in_it() -> None:
    assert [name for name in FILES if any(_VAGUE.fullmatch(Path(part).stem) for part in Path(name).parts)] == []


def test_nothing_is_left_for_later() -> None:
    assert [name for name, text in FILES.items() if _UNFINISHED.search(text)] == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    assert [name for name, text in FILES.items() if _MACHINE_PATH.search(text)] == []


def test_every_module_says_what_it_is() -> None:
    """Tests apart, which speak through their names."""
    modules = [name for name in FILES if name.endswith(".py") and not name.startswith("tests/")]
    assert [name for name in modules if FILES[name].strip() and not ast.get_docstring(ast.parse(FILES[name]))] == []


def test_the_lock_holds_names_versions_and_hashes_and_no_address() -> None:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    assert not [
        line for line in lines if "://" in line or line.lstrip().startswith(("--index", "--extra", "-i ", "-f"))
    ]
    pins = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert len(pins) > 60
    for line in pins:
        assert re.match(r"[\w.-]+==[\w.]+( ; .*)? \\$", line), line
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines if line.startswith(" "))


def test_the_locks_of_node_hold_no_address() -> None:
    locks = [path for path in ROOT.rglob("package-lock.json") if "node_modules" not in path.parts]
    assert len(locks) == 4
    for path in locks:
        assert "://" not in path.read_text("utf-8"), path
