"""The same ten departments on each kind of database, and spread over all: equal answers for 200 people and 8 roles."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exchange.retention import civil_day
from gateway.demo.city import SEED, make
from gateway.demo.lives import residents
from gateway.demo.load import DEPARTMENTS
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.start import prepare
from tests.acceptance.in_process import EVERYTHING, PEOPLE, Asked, disclosure_of, opened

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.mariadb]

_PEOPLE = 200
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
Urls = Mapping[str, str]
"""Department code → url of its database."""


def mixed(cities: list[Urls]) -> Urls:
    """Each department on the next kind; another kind joins by one more city in the list."""
    return {code: cities[place % len(cities)][code] for place, code in enumerate(DEPARTMENTS)}


@pytest.fixture(scope="module")
def urls(postgres_url: str, mariadb_url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Urls]]:
    """What the demo makes, and where the departments stand in each city."""
    data, at = tmp_path_factory.mktemp("kinds") / "data", datetime.now(UTC)
    prepare(data, people=_PEOPLE, database=None, at=at)
    targets = {
        "sqlite": data / "departments",
        "postgresql": postgres_url.rpartition("/")[0],
        "mariadb": mariadb_url,
    }
    cities = {kind: make(target, people=_PEOPLE, day=civil_day(at)).urls for kind, target in targets.items()}
    return data, {**cities, "mixed": mixed(list(cities.values()))}


@pytest.fixture(scope="module")
async def gateways(urls: tuple[Path, dict[str, Urls]]) -> AsyncIterator[dict[str, Asked]]:
    """One gateway for each city, with the same keys, consents and disputes."""
    data, cities = urls
    async with AsyncExitStack() as stack:
        found: dict[str, Asked] = {}
        for kind, departments in cities.items():
            own = data.parent / kind
            shutil.copytree(data, own)
            environ = {f"GATEWAY_{code}_URL": url for code, url in departments.items()}
            found[kind] = await stack.enter_async_context(opened(own, environ))
            await _warm(found[kind])
        yield found


async def _warm(asked: Asked) -> None:
    """Connections are opened and statements prepared before answers count: nothing here is about the first second."""
    for client, purpose in ROLES:
        async with asyncio.timeout(30):
            while True:
                answer, _ = await asked.ask(client, purpose, PEOPLE["clean"], EVERYTHING)
                states = {source["state"] for source in disclosure_of(answer)["sources"].values()}
                if not states & {"UNAVAILABLE", "PARTIAL"}:
                    break
                await asyncio.sleep(0.2)


def numbers() -> list[str]:
    published = [person.id_number for person in TEST_PEOPLE]
    generated = residents(SEED, _PEOPLE, civil_day(datetime.now(UTC)), frozenset(published))
    return [*published, *(person.number for person in generated)][:_PEOPLE]


async def _answer(asked: Asked, client: str, purpose: str, number: str) -> tuple[str, bool]:
    """The answer without its own id and times, as canonical JSON; whether it holds a profile."""
    answer, recorder = await asked.ask(client, purpose, number, EVERYTHING)
    reached = [plan.department for plan in recorder.plans]
    assert len(reached) == len(set(reached)), "one statement for each department"
    if "extensions" in answer:
        answer["extensions"]["disclosure"]["person"].pop("id")
    for error in answer.get("errors", ()):
        error["extensions"].pop("since", None)
    return json.dumps(answer, sort_keys=True, ensure_ascii=False), bool(answer["data"]["person"] and reached)


@pytest.mark.parametrize(("client", "purpose"), ROLES)
async def test_every_kind_gives_the_same_answers(gateways: dict[str, Asked], client: str, purpose: str) -> None:
    profiles = 0
    for number in numbers():
        answers = {kind: await _answer(gateway, client, purpose, number) for kind, gateway in gateways.items()}
        text, full = answers["sqlite"]
        differing = [kind for kind, found in answers.items() if found != (text, full)]
        assert differing == [], [answers[kind][0] for kind in ("sqlite", *differing)]
        profiles += full
    assert profiles > 20
