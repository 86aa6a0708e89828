"""Each invariant is broken once, in the one mechanism that keeps it: something else notices, or nothing is disclosed.

First the check is seen to pass, so that it says something when it fails. Tests are named by the invariants' sentences.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.rulebook import FILES, FOLDER
from tests.acceptance.in_process import Asked, serving


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("invariants")


@pytest.fixture(scope="session")
async def asked(data: Path) -> AsyncIterator[Asked]:
    async with serving(data) as application:
        yield application


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, asked: Asked) -> Iterator[Any]:
    """Puts something in the place of a mechanism, until the test ends; what was planned before is planned anew."""
    plans = asked.gateway.services.plans

    def put(*mechanism: Any) -> None:
        monkeypatch.setattr(*mechanism)
        plans.forget()

    yield put
    monkeypatch.undo()
    plans.forget()


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the shipped policies."""
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path
