"""The same ten departments on each kind of database, and spread over all kinds: equal answers, about many people."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import orjson
import pytest

from connectors.mapping import DEPARTMENTS as MAPPINGS
from exchange.retention import civil_day
from gateway.demo.city import SEED, make
from gateway.demo.drops import write_drops
from gateway.demo.lives import residents
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.service import department_app, http_mapping
from gateway.demo.start import prepare
from tests.acceptance.in_process import EVERYTHING, PEOPLE, PLACES, Asked, disclosure_of, opened
from tests.connectors.http.served import served
from tests.often import often

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.mariadb]

_PEOPLE = often(50, proof=200)
_DEADLINE_S = 30
_PATIENT = f"guards: {{deadline_s: {_DEADLINE_S}}}\n"
"""A busy machine answers late: that is not what is compared here."""
ROLES = [
    ("bank-system", "LOAN_APPROVAL"),
    ("bank-officer", "CARD_APPROVAL"),
    ("fund-centre", "FUND_LOAN"),
    ("hrs-clerk", "BENEFIT_ELIGIBILITY"),
    ("tax-clerk", "ARREARS_ENFORCEMENT"),
    ("utility-clerk", "UTILITY_DISPUTE"),
    ("court-liaison", "JUDICIAL_INQUIRY"),
    ("developer", "SANDBOX"),
]


@dataclass(frozen=True)
class Place:
    """Where a department stands in one city."""

    url: str
    mapping: str
    """The text of its mapping file."""


City = Mapping[str, Place]
"""By department code."""
Over = Callable[[str, Path], AbstractContextManager[Place]]
"""Puts a department (its code, its SQLite file) on another kind of source."""


@contextmanager
def over_http(code: str, database: Path) -> Iterator[Place]:
    source = PLACES[code].sources[0]
    with served(department_app(source, database)) as url:
        yield Place(url, http_mapping(mapping(code), source, database))


def dropped(format: str) -> Over:
    @contextmanager
    def over(code: str, database: Path) -> Iterator[Place]:
        folder = database.parent / f"{code}.{format}"
        yield Place(*write_drops(code, f"sqlite:///{database}", mapping(code), folder, format))

    return over


OTHER: Mapping[str, Over] = {
    "http": over_http,
    "csv": dropped("csv"),
    "xlsx": dropped("xlsx"),
    "parquet": dropped("parquet"),
}
"""Kinds beside databases. A kind of database that joins is one more city."""
SPREAD = ("postgresql", "http", "csv", "mariadb", "xlsx", "parquet", "sqlite")
"""The kinds of the mixed city, in the order of the departments, and again from the first."""


def mapping(code: str) -> str:
    return (MAPPINGS / f"{code.lower()}.yaml").read_text("utf-8")


@pytest.fixture(scope="module")
def cities(
    postgres_url: str, mariadb_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, dict[str, City]]]:
    """What the demo makes, and where the departments stand in each city."""
    data, at = tmp_path_factory.mktemp("kinds") / "data", datetime.now(UTC)
    prepare(data, people=_PEOPLE, database=None, at=at)
    targets = {
        "sqlite": data / "departments",
        "postgresql": postgres_url.rpartition("/")[0],
        "mariadb": mariadb_url,
    }
    found: dict[str, City] = {}
    for kind, target in targets.items():
        urls = make(target, people=_PEOPLE, day=civil_day(at)).urls
        found[kind] = {code: Place(url, mapping(code)) for code, url in urls.items()}
    databases = {code: Path(place.url.removeprefix("sqlite:///")) for code, place in found["sqlite"].items()}
    with ExitStack() as stack:
        mixed: dict[str, Place] = {}
        for code, kind in zip(databases, cycle(SPREAD), strict=False):
            other = OTHER.get(kind)
            mixed[code] = stack.enter_context(other(code, databases[code])) if other else found[kind][code]
        yield data, {**found, "mixed": mixed}


@pytest.fixture(scope="module")
async def gateways(cities: tuple[Path, dict[str, City]]) -> AsyncIterator[dict[str, Asked]]:
    """One gateway for each city, with the same keys, consents and disputes: mapping files and urls alone differ."""
    data, places = cities
    async with AsyncExitStack() as stack:
        found: dict[str, Asked] = {}
        for kind, city in places.items():
            own = data.parent / kind
            shutil.copytree(data, own)
            (own / "mappings").mkdir()
            for code, place in city.items():
                (own / "mappings" / f"{code.lower()}.yaml").write_text(f"{place.mapping}\n{_PATIENT}", "utf-8")
            environ = {f"GATEWAY_{code}_URL": place.url for code, place in city.items()}
            found[kind] = await stack.enter_async_context(
                opened(own, environ, departments=own / "mappings", deadline_s=_DEADLINE_S)
            )
            await _warm(found[kind])
        yield found


async def _warm(asked: Asked) -> None:
    """Connections are opened and statements prepared before answers count: nothing here is about the first second."""
    for client, purpose in ROLES:
        async with asyncio.timeout(30):
            while True:
                answer, _ = await asked.ask(client, purpose, PEOPLE["clean"], EVERYTHING)
                states = {source["state"] for source in disclosure_of(answer)["sources"].values()}
                if not states & {"UNAVAILABLE", "TIMEOUT", "PARTIAL"}:
                    break
                await asyncio.sleep(0.2)


def numbers() -> list[str]:
    published = [person.id_number for person in TEST_PEOPLE]
    generated = residents(SEED, _PEOPLE, civil_day(datetime.now(UTC)), frozenset(published))
    return [*published, *(person.number for person in generated)][:_PEOPLE]


async def _answer(asked: Asked, client: str, purpose: str, number: str) -> tuple[bytes, bool]:
    """The answer without its own id and times, as canonical JSON; whether it holds a profile."""
    answer, recorder = await asked.ask(client, purpose, number, EVERYTHING)
    reached = [plan.department for plan in recorder.plans]
    assert len(reached) == len(set(reached)), "one statement for each department"
    if "extensions" in answer:
        answer["extensions"]["disclosure"]["person"].pop("id")
    for error in answer.get("errors", ()):
        error["extensions"].pop("since", None)
    return orjson.dumps(answer, option=orjson.OPT_SORT_KEYS), bool(answer["data"]["person"] and reached)


@pytest.mark.parametrize(("client", "purpose"), ROLES)
async def test_every_kind_gives_the_same_answers(gateways: dict[str, Asked], client: str, purpose: str) -> None:
    profiles = 0
    for number in numbers():
        asks = (_answer(gateway, client, purpose, number) for gateway in gateways.values())
        answers = dict(zip(gateways, await asyncio.gather(*asks), strict=True))
        text, full = answers["sqlite"]
        differing = [kind for kind, found in answers.items() if found != (text, full)]
        assert differing == [], [answers[kind][0] for kind in ("sqlite", *differing)]
        profiles += full
    assert profiles > 5
