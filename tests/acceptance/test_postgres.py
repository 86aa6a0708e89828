"""The same demo over PostgreSQL: ten databases on one server, and the same answers as SQLite."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.in_process import REFERENCE
from tests.acceptance.running import Demo, started

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

ASKS = [
    ("bank-system", "LOAN_APPROVAL"),
    ("bank-officer", "CARD_APPROVAL"),
    ("bank-b-system", "POST_LOAN"),
    ("hrs-clerk", "BENEFIT_ELIGIBILITY"),
    ("utility-clerk", "UTILITY_DISPUTE"),
    ("court-liaison", "JUDICIAL_INQUIRY"),
    ("case-officer", "DISPUTE_OR_REPAIR"),
    ("developer", "SANDBOX"),
]


@pytest.fixture(scope="module")
def on_postgres(demo: Demo, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    data = tmp_path_factory.mktemp("postgres") / "data"
    data.mkdir()
    # Pseudonyms rest on this key: with the same one the answers can be compared whole.
    shutil.copy(demo.data / "digest.key", data / "digest.key")
    with started(data, "--database", postgres_url.rsplit("/", 1)[0]) as running:
        yield running


def _answer(demo: Demo, query: str, client: str, number: str) -> dict[str, Any]:
    answer = demo.post(query, client, {"id": number}).json()
    if answer.get("data", {}).get("person"):
        answer["data"]["person"].pop("disclosure", None)
        answer["extensions"]["disclosure"]["person"].pop("id")
    for error in answer.get("errors", ()):
        error["extensions"].pop("since", None)
    return answer


def _warmed(demo: Demo, query: str, client: str, number: str) -> None:
    """Connections are opened and statements prepared before answers count, which a busy machine does not do in time."""
    for _ in range(100):
        if not demo.post(query, client, {"id": number}).json().get("errors"):
            return
        time.sleep(0.1)


def test_every_test_person_is_the_same_on_both(demo: Demo, on_postgres: Demo, everything: str) -> None:
    single_use = demo.people()["consent-single-use"]
    numbers = sorted(set(demo.people().values()) - {single_use})
    compared = 0
    for client, purpose in ASKS:
        more = "".join(f', {name}: "{value}"' for name, value in REFERENCE.get(purpose, {}).items())
        query = f"query($id: IdNumber!) {{ person(idNumber: $id, purpose: {purpose}{more}) {everything} }}"
        for one in (demo, on_postgres):
            _warmed(one, query, client, demo.people()["clean"])
        for number in numbers:
            here, there = (_answer(one, query, client, number) for one in (demo, on_postgres))
            assert here == there, (client, purpose)
            compared += bool(here["data"]["person"])
    assert compared > 200
