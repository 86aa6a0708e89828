"""The shipped policies, and copies of them to break."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from exchange.standard.load import read
from policies.engine import Engine
from policies.rulebook import FILES, FOLDER


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return read()


@pytest.fixture(scope="session")
def engine(catalogue: Catalogue) -> Engine:
    return Engine.load(None, catalogue)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped policies."""
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


Edit = Callable[[str, str, str], int]


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace a text that stands once in a file of the copy; gives the line where it stood."""

    def replace(file: str, old: str, new: str) -> int:
        text = (folder / file).read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        (folder / file).write_text(text.replace(old, new), "utf-8")
        return text[: text.index(old)].count("\n") + 1

    return replace


@pytest.fixture
def add(folder: Path) -> Callable[[str, str], int]:
    """Append a line to a file of the copy; gives its number."""

    def append(file: str, line: str) -> int:
        text = (folder / file).read_text("utf-8")
        (folder / file).write_text(f"{text}{line}\n", "utf-8")
        return text.count("\n") + 1

    return append
