"""The pages are true: what they link and name is there, and what they show can be read by what it is meant for."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from graphql import build_schema, parse, validate

from tests.gateway.test_refusals import kinds

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "deploy").rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
SCHEMA = build_schema((ROOT / "schema.graphql").read_text("utf-8"))
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"`((?:benchmarks|connectors|docs|exchange|gateway|policies|resolvers|tests|tools|web)/[\w./*-]+)`")
_POSTED = re.compile(r"-d '([^']*)'")


def _prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text("utf-8"))


def _fences(page: Path, language: str) -> Iterator[str]:
    return (text for kind, text in _FENCE.findall(page.read_text("utf-8")) if kind == language)


def _links(page: Path) -> list[str]:
    """Relative ones, without their anchors."""
    found = (link.partition("#")[0] for link in _LINK.findall(_prose(page)) if "://" not in link)
    return [unquote(link) for link in found if link]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert [link for link in _links(page) if not (page.parent / link).exists()] == []


BUILT = tuple(line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines())
"""What a clone does not hold until something makes it."""


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = [name.rstrip("/") for name in _FILE.findall(_prose(page))]
    assert [name for name in named if not name.startswith(BUILT) and not any(ROOT.glob(name))] == []


def test_every_step_of_the_walk_names_its_file() -> None:
    page = ROOT / "docs/walk.md"
    steps = [line for line in page.read_text("utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(line.split("|")[1]) for line in steps] == list(range(1, len(steps) + 1))
    assert len(steps) >= 13
    for step in steps:
        links = _LINK.findall(step)
        assert links, step
        assert all((page.parent / link).exists() for link in links), step


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_shell_blocks_parse_and_json_blocks_load(page: Path) -> None:
    for text in _fences(page, "bash"):
        done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    for text in _fences(page, "json"):
        for line in text.splitlines() if text.count("\n") == 1 else [text]:
            json.loads(line)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_query_that_a_page_shows_fits_the_schema(page: Path) -> None:
    for query in [*_fences(page, "graphql"), *_posted(page)]:
        assert validate(SCHEMA, parse(query)) == []


def _posted(page: Path) -> Iterator[str]:
    """The documents that a page's curl commands send."""
    for text in _fences(page, "bash"):
        for body in _POSTED.findall(text):
            yield json.loads(body)["query"]


def test_the_readme_shows_a_query() -> None:
    assert list(_posted(ROOT / "README.md"))


def test_every_target_that_a_page_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:`|^)make ([a-z]+)\b", page.read_text("utf-8"), re.M)}
    assert named
    assert named <= targets


def test_no_page_speaks_of_a_refusal_that_does_not_exist() -> None:
    """That each code stands in docs/refusals.md is tests/gateway/test_refusals.py; this is the other direction."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| \d+ \|", (ROOT / "docs/refusals.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(kind.code for kind in kinds())
