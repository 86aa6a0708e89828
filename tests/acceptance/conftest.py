from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.running import Demo, started


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with started(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def everything(demo: Demo) -> str:
    """Every field of every section of a person, as introspection shows them."""
    introspection = (
        "{ __schema { types { name kind fields { name type "
        "{ name kind ofType { name kind ofType { name kind ofType { name } } } } } } } }"
    )
    types = {t["name"]: t for t in demo.post(introspection, "bank-system").json()["data"]["__schema"]["types"]}

    def named(type_: dict[str, Any]) -> str:
        while type_.get("ofType"):
            type_ = type_["ofType"]
        return type_["name"]

    def selection(name: str) -> str:
        fields = types[name]["fields"]
        if not fields:
            return ""
        return "{ " + " ".join(f"{f['name']} {selection(named(f['type']))}" for f in fields) + " }"

    return selection("Person")
