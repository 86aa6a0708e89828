from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.running import Demo, started


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with started(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running
