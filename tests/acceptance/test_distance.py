"""Departments far away: asked at once with one statement each, and one that hangs takes nothing from the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.demo.start import prepare
from gateway.settings import load as load_settings
from tests.acceptance.in_process import EVERYTHING, PEOPLE, Asked, disclosure_of, opened
from tests.faults.proxy import Mode, Proxy

pytestmark = pytest.mark.postgres

HUNG = "HPF"
_SECTION = "housingFund"
SELECTION = EVERYTHING + " disclosure { id complete sources { department state } }"


@dataclass
class Strait:
    """Where answers wait until each of the departments beyond it has been asked."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    missing: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.open.set()

    def close(self, departments: set[str]) -> None:
        self.missing = set(departments)
        self.open.clear()

    def passed(self, department: str) -> None:
        self.missing.discard(department)
        if not self.missing:
            self.open.set()


@dataclass(eq=False)
class Far(Proxy):
    """A department's database on the other side of a strait."""

    department: str = ""
    strait: Strait = field(default_factory=Strait)
    asked: int = 0
    """How often something was sent to it: each is a round trip."""

    async def held(self, *, answers: bool) -> None:
        if answers:
            await self.strait.open.wait()
        else:
            self.asked += 1
            self.strait.passed(self.department)


@dataclass
class City:
    asked: Asked
    far: dict[str, Far]
    strait: Strait


@pytest.fixture(scope="module")
async def data(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("distance") / "data"
    server = postgres_url.rpartition("/")[0]
    await asyncio.to_thread(prepare, folder, people=20, database=server, at=datetime.now(UTC))
    return folder


@pytest.fixture
async def city(data: Path) -> AsyncIterator[City]:
    async with far_away(data) as found:
        yield found


@asynccontextmanager
async def far_away(data: Path) -> AsyncIterator[City]:
    """Each of the departments' databases behind a proxy of its own."""
    strait = Strait()
    far: dict[str, Far] = {}
    environ: dict[str, str] = {}
    for name, url in load_settings({}, None, data=data).settings.environment({}).items():
        if urlsplit(url).port is None:
            continue
        department = name.split("_")[1]
        port = urlsplit(url).port or 0
        far[department] = Far(port, department=department, strait=strait)
        await far[department].start()
        environ[name] = url.replace(f":{port}/", f":{far[department].port}/")
    assert len(far) == 10
    try:
        async with opened(data, environ, deadline_s=2.0) as asked:
            yield City(asked, far, strait)
    finally:
        for each in far.values():
            await each.stop()


async def test_ten_are_asked_before_one_has_answered_with_a_statement_each(city: City) -> None:
    ask = ("developer", "SANDBOX", PEOPLE["clean"], SELECTION)
    first, _ = await city.asked.ask(*ask)
    assert disclosure_of(first)["complete"]
    city.strait.close(set(city.far))  # had one of them to answer before another is asked, none ever would
    answer, recorder = await city.asked.ask(*ask)
    assert city.strait.open.is_set()
    assert "errors" not in answer
    assert sorted(plan.department for plan in recorder.plans) == sorted(city.far)
    connections = {code: far.accepted for code, far in city.far.items()}
    trips = {code: far.asked for code, far in city.far.items()}
    again, recorder = await city.asked.ask(*ask)
    assert {code: far.asked - trips[code] for code, far in city.far.items()} == dict.fromkeys(city.far, 1)
    assert again["data"]["person"].keys() == answer["data"]["person"].keys()
    assert len(recorder.plans) == 10
    assert {code: far.accepted for code, far in city.far.items()} == connections, "kept ones are used"


async def test_one_that_hangs_is_named_and_the_others_are_whole(city: City) -> None:
    ask = ("developer", "SANDBOX", PEOPLE["clean"], SELECTION)
    whole, _ = await city.asked.ask(*ask)
    await city.far[HUNG].set(Mode.HANG)
    for _ in range(2):
        answer, recorder = await city.asked.ask(*ask)
        assert {(e["extensions"]["code"], e["extensions"]["department"]) for e in answer["errors"]} == {
            ("SOURCE_UNAVAILABLE", HUNG)
        }
        assert not disclosure_of(answer)["complete"]
        person = dict(answer["data"]["person"])
        assert not [value for value in (person.pop(_SECTION) or {}).values() if value is not None]
        for section in person.keys() - {"disclosure"}:
            assert person[section] == whole["data"]["person"][section], section
        asked = [plan.department for plan in recorder.plans]
        assert sorted(set(asked) - {HUNG}) == sorted(city.far.keys() - {HUNG})
        assert len([code for code in asked if code != HUNG]) == 9
        entry = await city.asked.last_entry()
        assert entry["event"] == "disclosure"


async def test_it_is_left_alone_after_a_while(city: City) -> None:
    """A breaker: what hangs is not waited for by everybody, for ever."""
    ask = ("developer", "SANDBOX", PEOPLE["clean"], "housingFund { hasHousingFundLoans } disclosure { complete }")
    await city.far[HUNG].set(Mode.HANG)
    await asyncio.gather(*(city.asked.ask(*ask) for _ in range(8)))
    before = city.far[HUNG].accepted
    answers = await asyncio.gather(*(city.asked.ask(*ask) for _ in range(8)))
    assert all(answer["errors"][0]["extensions"]["code"] == "SOURCE_UNAVAILABLE" for answer, _ in answers)
    assert city.far[HUNG].accepted == before, "nobody waits at its door"
