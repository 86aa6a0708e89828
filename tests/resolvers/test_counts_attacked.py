"""Statistics attacked through GraphQL, as an analyst and the credit office may ask: cells made to be found out."""

from __future__ import annotations

import json
import random
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from graphql import parse

from exchange.consent import Consent, ConsentState
from exchange.disclosure import Disclosure
from exchange.requester import Requester
from exchange.statistics import LEAST
from exchange.store.consent import Consents
from tests.resolvers.conftest import ENGINE
from tests.resolvers.reading import WHO, Reading, disclosure, opened, refused

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
SIZES = (0, 1, 2, 5, 8, 9, 10, 11, 12, 19, 23, 40, 57)
"""Of a cell: about the threshold, and some to hide among."""
KEY = "key { month clientKind role purpose district code department recordType treatment state }"
FIELDS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "asks": (("MONTH", "CLIENT_KIND", "ROLE", "PURPOSE", "DISTRICT", "CODE"), "asks"),
    "releases": (("MONTH", "CLIENT_KIND", "ROLE", "PURPOSE"), "asks"),
    "sourceStates": (("MONTH", "CLIENT_KIND", "ROLE", "PURPOSE"), "asks"),
    "consents": (("MONTH", "CLIENT_KIND", "PURPOSE"), "given"),
}
WITHIN = {"releases": ("RECORD_TYPE", "TREATMENT"), "sourceStates": ("DEPARTMENT", "STATE")}
"""Of these an ask stands in several cells: a cell is compared with the same of its own."""
NAMES = {"CLIENT_KIND": "clientKind", "RECORD_TYPE": "recordType"}
BANKS = (
    WHO["bank"],
    Requester("bank-b", "desk", "op", "bank-officer"),
    Requester("fund", "fund", "op", "fund-centre"),
)


def person(number: int) -> str:
    return f"{number:032x}"


def crafted(chance: random.Random) -> list[Disclosure]:
    """Month × client × purpose × code × state, each of a size from SIZES; some of them about few people."""
    made = []
    for month in MONTHS:
        first = datetime.fromisoformat(f"{month}-01T00:00:00+08:00")
        last = (first + timedelta(days=32)).replace(day=1) - timedelta(microseconds=1)
        for requester in BANKS:
            for purpose in ("LOAN_APPROVAL", "CARD_APPROVAL", "POST_LOAN"):
                for state in ("DELIVERED", "ABSENT", "TIMEOUT", "REFUSED"):
                    few = chance.random() < 0.15
                    for n in range(chance.choice(SIZES)):
                        given: dict[str, Any] = {
                            "at": chance.choice((first, last, first + timedelta(days=9))),
                            "people": (person(chance.randrange(3) if few else n),),
                            "requester": requester,
                            "purpose": purpose,
                        }
                        if state == "REFUSED":
                            made.append(refused(chance.choice(("CONSENT_REQUIRED", "CONSENT_EXPIRED")), **given))
                        else:
                            made.append(disclosure(**given, sources={"PBC": state, "PSB": "ABSENT"}))
    return made


def consented(chance: random.Random) -> list[Consent]:
    made = []
    for month in MONTHS:
        at = datetime.fromisoformat(f"{month}-01T00:00:00+08:00")
        for purpose in ("LOAN_APPROVAL", "CARD_APPROVAL"):
            count = chance.choice(SIZES)
            gone = chance.randint(0, count)
            for n in range(count):
                made.append(
                    Consent(
                        id=f"{month}-{purpose}-{n}",
                        person=person(n),
                        organisation="bank-a",
                        purposes=frozenset({purpose, "POST_LOAN"} if n % 3 == 0 else {purpose}),
                        valid_from=at,
                        valid_until=at + timedelta(days=40 if n % 4 == 0 else 400),
                        state=ConsentState.REVOKED if n < gone else ConsentState.ACTIVE,
                        made_at=at,
                        changed_at=at + timedelta(days=35) if n < gone else None,
                    )
                )
    return made


class Attacker:
    """Asks pairs in one document, under two names, and subtracts."""

    def __init__(self, reading: Reading, who: str, chance: random.Random) -> None:
        self._reading, self._who, self._chance = reading, who, chance
        self.pairs = 0
        self.texts: list[str] = []

    async def run(self, query: str) -> Mapping[str, Any]:
        executed = await self._reading.operations.run(WHO[self._who], parse(query), query, {}, None)
        assert executed.disclosures
        text = orjson.dumps(executed.body).decode()
        self.texts.append(text)
        body = json.loads(text)
        assert "errors" not in body, body
        return body["data"]

    async def pair(self) -> list[int]:
        """A coarse and a finer count over the same months: margins less their parts, and less all but one."""
        self.pairs += 1
        field = self._chance.choice(list(FIELDS))
        known, measure = FIELDS[field]
        within = WITHIN.get(field, ())
        fine = self._chance.sample(known, self._chance.randint(0, min(len(known), 4 - len(within))))
        coarse = [each for each in fine if self._chance.random() < 0.5]
        months = f'since: "{MONTHS[0]}", until: "{self._chance.choice(MONTHS)}"'
        data = await self.run(
            f"{{ a: statistics({months}) {{ f: {_count(field, [*coarse, *within], measure)} }}"
            f" b: statistics({months}) {{ f: {_count(field, [*fine, *within], measure)} total {{ asks }} }} }}"
        )
        sums, cells = (_cells(data[name]["f"], measure) for name in "ab")
        got = []
        for key, count in sums.items():
            parts = [its for other, its in cells.items() if _in(other, fine, within, key, coarse)]
            if field == "consents":  # one that is for several purposes counts under each
                parts = parts[:1]
            got.append(count - sum(parts))
            got += [count - sum(parts) + its for its in parts if len(parts) > 1]
        if field == "asks" and data["b"]["total"]["asks"] is not None:
            got.append(data["b"]["total"]["asks"] - sum(cells.values()))
        return got

    async def time(self) -> list[int]:
        """The same count over some months, and over one more."""
        self.pairs += 1
        field = self._chance.choice(list(FIELDS))
        known, measure = FIELDS[field]
        by = [each for each in self._chance.sample(known, self._chance.randint(0, 2)) if each != "MONTH"]
        by += WITHIN.get(field, ())
        last = self._chance.randrange(1, len(MONTHS))
        data = await self.run(
            f'{{ a: statistics(since: "2025-12", until: "{MONTHS[last]}") {{ f: {_count(field, by, measure)} }}'
            f' b: statistics(since: "2025-12", until: "{MONTHS[last - 1]}") {{ f: {_count(field, by, measure)} }} }}'
        )
        more, less = (_cells(data[name]["f"], measure) for name in "ab")
        return [count - less.get(key, 0) for key, count in more.items()]


def _count(field: str, by: Sequence[str], measure: str) -> str:
    return f"{field}(by: [{', '.join(by)}]) {{ {KEY} n: {measure} }}"


def _cells(cells: Sequence[Mapping[str, Any]], measure: str) -> dict[str, int]:
    return {json.dumps(cell["key"]): cell["n"] for cell in cells if cell["n"] is not None}


def _in(other: str, fine: Sequence[str], within: Sequence[str], key: str, coarse: Sequence[str]) -> bool:
    its, mine = json.loads(other), json.loads(key)
    names = [NAMES.get(each, each.lower()) for each in (*coarse, *within)]
    return all(its[name] == mine[name] for name in names)


@pytest.fixture
async def reading(store_url: str) -> AsyncIterator[Reading]:
    chance = random.Random(8)
    async with opened(store_url) as made:
        await made.seal(*crafted(chance))
        await Consents(made.database).add(consented(chance))
        yield made


@pytest.mark.parametrize("who", ["analyst", "office"])
async def test_a_thousand_pairs_through_graphql_tell_of_no_fewer_than_ten(reading: Reading, who: str) -> None:
    attacker, got = Attacker(reading, who, random.Random(who)), list[int]()
    for number in range(500):
        got += await (attacker.pair() if number % 3 else attacker.time())
    assert attacker.pairs == 500  # by each of two roles
    assert len([each for each in got if each]) > 500
    assert [each for each in got if 0 < abs(each) < LEAST] == []
    # No person, digest, client, operator or id in anything that was told.
    every = "".join(attacker.texts)
    assert not re.search(r"[0-9a-f]{16,}|[0-9]{15,}|li\.wei|desk|bank-[ab]\b", every)


async def test_the_last_moment_of_a_month_is_of_that_month(reading: Reading) -> None:
    """In the city's time: 23:59:59.999999 of one month, and midnight of the next."""
    edge = datetime.fromisoformat("2026-06-01T00:00:00+08:00")
    before = [disclosure(at=edge - timedelta(microseconds=1), people=(person(n),)) for n in range(20)]
    after = [disclosure(at=edge, people=(person(n),)) for n in range(30)]
    await reading.seal(*before, *after)
    query = """{ statistics(since: "2026-05", until: "2026-06") { asks(by: [MONTH]) { key { month } asks } } }"""
    found = (await reading.run("analyst", query))["data"]["statistics"]["asks"]
    assert {cell["key"]["month"]: cell["asks"] for cell in found} == {"2026-05": 20, "2026-06": 30}


async def test_a_month_in_which_one_person_was_asked_about_looks_like_one_without(reading: Reading) -> None:
    at = datetime.fromisoformat("2026-08-10T09:00:00+08:00")
    await reading.seal(disclosure(at=at, people=(person(1),)))
    query = """query($m: String) { statistics(since: $m, until: $m) { months asOf
      total { asks people refused suppressed }
      asks(by: [PURPOSE]) { asks } releases(by: [TREATMENT]) { asks } sourceStates(by: [STATE]) { asks } } }"""
    one, none = [(await reading.run("analyst", query, m=month))["data"] for month in ("2026-08", "2026-07")]
    assert one == none
    assert one["statistics"]["months"] == []


@pytest.mark.parametrize("role", sorted(ENGINE.roles))
async def test_counts_are_for_whom_the_policy_names(role: str, reading: Reading) -> None:
    asked = {
        "statistics { total { asks } }": "STATISTICS_READ",
        "coverage { department }": "STATISTICS_READ",
        'activity(since: "2026-03-01", until: "2026-03-02", by: []) { entries }': "ACTIVITY_READ",
    }
    for text, act in asked.items():
        executed = await reading.operations.run(
            Requester("somebody", "client", "op", role), parse(f"{{ {text} }}"), f"{{ {text} }}", {}, None
        )
        codes = {error["extensions"]["code"] for error in executed.body.get("errors", ())}
        assert ("ACT_NOT_PERMITTED" in codes) != ENGINE.may(role, act), (role, text)
        # Exact counts tell of no person, and a page reads them every few seconds: refusals of them alone are sealed.
        assert len(executed.disclosures) == int(act == "STATISTICS_READ" or not ENGINE.may(role, act))


def test_exact_counts_are_for_those_alone_who_may_read_each_entry() -> None:
    """`activity` tells n and n - 1: to nobody to whom it is not told entry by entry. An analyst is none of them."""
    acts = ENGINE.book.acts
    assert acts["ACTIVITY_READ"].roles <= acts["LOG_READ"].roles
    assert "analyst" not in acts["ACTIVITY_READ"].roles
    assert acts["STATISTICS_READ"].roles == {"credit-office", "analyst"}  # the matrix's rows with A
