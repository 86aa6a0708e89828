from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import city as cities
from benchmarks.__main__ import main
from benchmarks.city import Loaded, loaded
from benchmarks.comparing import Unequal, candidates, compared, lists, rows_of
from benchmarks.driver import answers
from benchmarks.servers import gateway, peers
from benchmarks.statements import spec
from benchmarks.workloads import CATALOGUE, WORKLOADS, camel

PEOPLE, REQUESTS = 80, 20
FIGURES = {"cpu_ms", "pg_cpu_ms", "rps", "p50_ms", "p99_ms", "peak_mb", "requests", "connections"}
ONE, *_ = (each for each in WORKLOADS if each.name == "W1")
MANY, *_ = (each for each in WORKLOADS if each.name == "W3")
IN_FULL = {
    record.list_name: [camel(name) for name in record.items]
    for department in CATALOGUE.departments.values()
    for record in department.records.values()
}

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture(scope="module")
def cache() -> Iterator[Path]:
    """Not pytest's own folder: PostgreSQL's user must reach it."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-benchmarks-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def city(cache: Path) -> Iterator[Loaded]:
    with loaded("PostgreSQL", PEOPLE, "postgresql", cache=cache) as found:
        yield found


def test_the_figures_are_kept_by_workload_and_server(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "latest.json"
    words = ["--people", str(PEOPLE), "--rounds", "1", "--requests", str(REQUESTS), "--quick", "--cache", str(cache)]
    words += ["--server", "ours", "--server", "floor", "--server", "strawberry", "--workload", "W1", "--workload", "W2"]
    main([*words, "--keep", str(kept)])
    found = json.loads(kept.read_text("utf-8"))
    assert (found["people"], found["database"], found["store"]) == (PEOPLE, "PostgreSQL", "postgresql")
    assert found["machine"]["postgresql"]
    assert found["left_out"] == {}
    assert set(found["workloads"]) == {"W1", "W2"}
    for workload in found["workloads"].values():
        for name in ("ours", "floor", "strawberry"):
            assert workload[name].keys() >= FIGURES
            assert workload[name]["requests"] == REQUESTS
        assert set(workload["ours_against"]) == {"floor", "strawberry"}
    monkeypatch.setattr(cities, "prepare", None)  # a second run loads nothing
    again = ["--server", "ours", "--server", "floor", "--workload", "W2"]
    main([*words[: words.index("--server")], *again, "--keep", str(kept)])


async def _profiles(contender, workload, numbers):
    (answer,) = await answers(contender.server, [contender.ask(workload, numbers)])
    return contender.profiles(workload, answer)


async def test_strawberry_answers_as_the_floor_does_and_as_ours_does(city: Loaded, tmp_path: Path) -> None:
    numbers = candidates(ONE, city.people, city.day)
    specs = {each.name: spec(city.places(), CATALOGUE.items, city.day) for each in (ONE, MANY)}
    with (
        gateway(city, tmp_path, {ONE.client}) as mine,
        peers(specs, tmp_path, ["floor", "strawberry"]) as ((floor, strawberry), _),
    ):
        by_hand = await _profiles(floor, MANY, numbers)
        assert len(by_hand) == len(numbers) > 10
        for one, other in zip(by_hand, await _profiles(strawberry, MANY, numbers), strict=True):
            assert rows_of(one) == rows_of(other)
            assert rows_of(one)["personIdentity"]
        alone = await _profiles(strawberry, ONE, numbers[:1])
        assert rows_of(alone[0]) == rows_of(by_hand[0])
        found = await compared([mine, floor, strawberry], ONE, numbers, IN_FULL)
        assert found.people >= len(numbers) // 2


async def test_a_wrong_value_stops_the_run(city: Loaded, tmp_path: Path) -> None:
    departments = spec(city.places(), CATALOGUE.items, city.day)
    for department in departments:
        department["statement"] = department["statement"].replace(" / 100.0", " / 10.0")
    with (
        gateway(city, tmp_path, {ONE.client}) as mine,
        peers({"W1": departments}, tmp_path, ["floor"]) as ((floor,), _),
        pytest.raises(Unequal, match="loanAccounts"),
    ):
        await compared([mine, floor], ONE, candidates(ONE, city.people, city.day), IN_FULL)


def test_rows_are_compared_in_any_order_and_masked_values_only_counted() -> None:
    one = {"financial": {"loanAccounts": [{"balance": "1", "x": "a"}, {"balance": "2", "x": "b"}], "anno": None}}
    other = {"financial": {"loanAccounts": [{"balance": "2", "x": "*"}, {"balance": "1", "x": "*"}]}, "id": "5"}
    assert lists(one, {"loanAccounts": ["balance"]}) == lists(other, {"loanAccounts": ["balance"]})
    assert lists(one, {"loanAccounts": ["x"]}) != lists(other, {"loanAccounts": ["x"]})
    assert lists(one, {}) == lists(other, {})
