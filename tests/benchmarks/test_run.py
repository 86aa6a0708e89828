from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from benchmarks import city as cities
from benchmarks import peer_database
from benchmarks.__main__ import main
from benchmarks.city import Loaded, loaded
from benchmarks.comparing import Unequal, candidates, compared, lists, rows_of
from benchmarks.driver import answers
from benchmarks.servers import ON_NODE, gateway, peers
from benchmarks.statements import spec
from benchmarks.workloads import CATALOGUE, WORKLOADS, camel

PEOPLE, REQUESTS = 80, 50
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
        # The kernel counts CPU in ticks of 10 ms: who needed none of so few requests has no ratio.
        counted = {name for name in ("floor", "strawberry") if workload[name]["cpu_ms"]}
        assert set(workload["ours_against"]) == counted
    assert set(found["workloads"]["W1"]["ours_against"]) == {"floor", "strawberry"}
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
        peers(city, specs, tmp_path, ["floor", "strawberry"]) as ((floor, strawberry), _),
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


async def test_the_peers_database_is_made_once_and_holds_every_key_in_18_characters(
    city: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await asyncpg.connect(await peer_database.build(city))
    try:
        keys = [key for (key,) in await database.fetch("SELECT id_number FROM peer.person")]
        owners = {key for (key,) in await database.fetch("SELECT person_key FROM peer.pension_insurance")}
    finally:
        await database.close()
    held = await asyncpg.connect(city.places()["HRS"].url)
    try:
        assert await held.fetchval('SELECT count(*) FROM "AC20" WHERE length("AAC002") = 15')
    finally:
        await held.close()
    assert {len(key) for key in keys} == {18}
    assert len(keys) >= PEOPLE
    assert owners
    assert owners <= set(keys)
    monkeypatch.setattr(peer_database, "_fill", None)  # a second run fills nothing
    await peer_database.build(city)


async def _lists(contender, numbers):
    """Of all of them in one answer, then of the first ones alone."""
    found = await _profiles(contender, MANY, numbers)
    for number in numbers[:3]:
        found += await _profiles(contender, ONE, [number])
    return [lists(each, IN_FULL) for each in found]


@pytest.mark.node
def test_the_peers_on_node_answer_as_the_floor_does(city: Loaded, tmp_path: Path) -> None:
    first, *others = candidates(ONE, city.people, city.day)
    numbers = [first, "110101199003070000", *others]  # nobody has the second
    specs = {each.name: spec(city.places(), CATALOGUE.items, city.day) for each in (ONE, MANY)}
    with peers(city, specs, tmp_path, ["floor", *ON_NODE]) as ((floor, *beside), left_out):
        if left_out:
            pytest.skip(str(left_out))
        by_hand = asyncio.run(_lists(floor, numbers))
        assert by_hand[0]["personIdentity"]
        assert by_hand[1] == {}
        assert {each.name: asyncio.run(_lists(each, numbers)) for each in beside} == dict.fromkeys(ON_NODE, by_hand)


async def test_a_wrong_value_stops_the_run(city: Loaded, tmp_path: Path) -> None:
    departments = spec(city.places(), CATALOGUE.items, city.day)
    for department in departments:
        department["statement"] = department["statement"].replace(" / 100.0", " / 10.0")
    with (
        gateway(city, tmp_path, {ONE.client}) as mine,
        peers(city, {"W1": departments}, tmp_path, ["floor"]) as ((floor,), _),
        pytest.raises(Unequal, match="loanAccounts"),
    ):
        await compared([mine, floor], ONE, candidates(ONE, city.people, city.day), IN_FULL)


def test_rows_are_compared_in_any_order_and_masked_values_only_counted() -> None:
    one = {"financial": {"loanAccounts": [{"balance": "1", "x": "a"}, {"balance": "2", "x": "b"}], "anno": None}}
    other = {"financial": {"loanAccounts": [{"balance": "2", "x": "*"}, {"balance": "1", "x": "*"}]}, "id": "5"}
    assert lists(one, {"loanAccounts": ["balance"]}) == lists(other, {"loanAccounts": ["balance"]})
    assert lists(one, {"loanAccounts": ["x"]}) != lists(other, {"loanAccounts": ["x"]})
    assert lists(one, {}) == lists(other, {})
