"""Consents over HTTP, from giving to revoking: one use is one profile, and a revocation holds in every process."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from exchange.warning import CURRENT
from gateway.app import now
from tests.acceptance.in_process import PEOPLE, Asked, made, opened, serving
from tests.acceptance.running import Demo, awaited, clean_environ, free_port
from tests.nursery import Process

UNTIL = (now() + timedelta(days=30)).isoformat()
GIVE = (
    "mutation($organisation: String!, $terms: ConsentTerms!, $warning: ConsentWarningInput) {"
    " giveConsent(organisation: $organisation, terms: $terms, warning: $warning) { id state } }"
)
ASK = (
    "query($id: IdNumber!, $consent: ID, $reference: String) {{ person(idNumber: $id, purpose: {purpose},"
    " consent: $consent, reference: $reference) {{ {selection} }} }}"
)
SOME = "financial { loanAccounts { accountStatus } }"
FORM = {"version": "form-3", "sha256": "cd" * 32}
EVIDENCE = {"kind": "PAPER", "sha256": "ab" * 32}
AMOUNT = "HPF01.balance"
NO_CONSENT, MARRIED, SPOUSE = PEOPLE["no-consent"], PEOPLE["married"], PEOPLE["spouse"]


@dataclass
class Parties:
    """The person and the organisations, at one process."""

    asked: Asked
    count: int = 0

    async def act(self, number: str, query: str, **variables: Any) -> Any:
        """What the person's act gives, or its code."""
        body = (await self.asked.post("person", query, variables, number)).json()
        if "errors" in body:
            return body["errors"][0]["extensions"]["code"]
        return next(iter(body["data"].values()))

    async def give(self, number: str = NO_CONSENT, organisation: str = "bank-a", **terms: Any) -> str:
        self.count += 1
        terms = {"purposes": ["LOAN_APPROVAL"], "validUntil": UNTIL, "key": str(self.count)} | terms
        warning = {"version": CURRENT.version, "items": terms.get("writtenItems", [])}
        made_ = await self.act(number, GIVE, organisation=organisation, terms=terms, warning=warning)
        assert made_["state"] == "ACTIVE"
        return made_["id"]

    async def bank(self, name: str, head: str, **variables: Any) -> Any:
        passed = ", ".join(f"{one}: ${one}" for one in variables)
        query = f"mutation({head}) {{ {name}({passed}) {{ id state }} }}"
        return (await self.asked.post("bank-system", query, variables)).json()["data"][name]

    async def record(self) -> str:
        """A paper that the bank has signed by the person."""
        self.count += 1
        terms = {"purposes": ["LOAN_APPROVAL"], "validUntil": UNTIL, "key": str(self.count), "form": FORM}
        head = "$idNumber: IdNumber!, $terms: ConsentTerms!, $evidence: ConsentEvidenceInput!"
        made_ = await self.bank("recordConsent", head, idNumber=NO_CONSENT, terms=terms, evidence=EVIDENCE)
        return made_["id"]

    async def do(self, name: str, id: str, number: str = NO_CONSENT) -> Any:
        return await self.act(number, f"mutation($id: ID!) {{ {name}(id: $id) {{ id state }} }}", id=id)

    async def ask(
        self,
        consent: str | None,
        client: str = "bank-system",
        number: str = NO_CONSENT,
        purpose: str = "LOAN_APPROVAL",
        selection: str = SOME,
    ) -> Any:
        """The person's part of the answer, or the code of the refusal. Each ask is an inquiry of its own."""
        self.count += 1
        query = ASK.format(purpose=purpose, selection=selection)
        variables = {"id": number, "consent": consent, "reference": f"LN-2026/{self.count:05d}"}
        body = (await self.asked.post(client, query, variables)).json()
        if "errors" in body:
            return body["errors"][0]["extensions"]["code"]
        return body["data"]["person"]


@pytest.fixture(scope="module")
async def parties(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Parties]:
    async with serving(tmp_path_factory.mktemp("consent")) as asked:
        yield Parties(asked)


async def test_a_consent_carries_asks_until_it_is_revoked(parties: Parties) -> None:
    assert await parties.ask(None) == "CONSENT_REQUIRED"
    id = await parties.give()
    assert isinstance(await parties.ask(None), dict)
    assert isinstance(await parties.ask(id), dict)
    assert (await parties.do("pauseConsent", id))["state"] == "PAUSED"
    assert await parties.ask(id) == "CONSENT_PAUSED"
    assert (await parties.do("resumeConsent", id))["state"] == "ACTIVE"
    assert isinstance(await parties.ask(id), dict)
    assert (await parties.do("revokeConsent", id))["state"] == "REVOKED"
    assert await parties.ask(id) == "CONSENT_REVOKED"
    entry = await parties.asked.last_entry()
    assert (entry["event"], entry["code"]) == ("refusal", "CONSENT_REVOKED")


REPLAYS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("by another organisation", {}, {"client": "bank-b-system"}, "CONSENT_NOT_FOUND"),
    ("by another client", {"client": "bank-officer"}, {}, "CONSENT_NOT_FOUND"),
    ("for another purpose", {}, {"purpose": "CARD_APPROVAL"}, "CONSENT_NOT_FOUND"),
    ("for another person", {}, {"number": PEOPLE["clean"]}, "CONSENT_NOT_FOUND"),
    ("before its validity", {"validFrom": (now() + timedelta(days=1)).isoformat()}, {}, "CONSENT_EXPIRED"),
]


@pytest.mark.parametrize(("why", "terms", "ask", "code"), REPLAYS, ids=[why for why, *_ in REPLAYS])
async def test_a_replay_reads_nothing_and_is_sealed(
    parties: Parties, why: str, terms: dict[str, Any], ask: dict[str, Any], code: str
) -> None:
    self = parties
    self.count += 1
    given = {"purposes": ["LOAN_APPROVAL"], "validUntil": UNTIL, "key": f"r{self.count}"} | terms
    id = (await self.act(NO_CONSENT, GIVE, organisation="bank-a", terms=given, warning=None))["id"]
    self.asked.recorder.clear()
    assert await self.ask(id, **ask) == code
    assert self.asked.recorder.plans == []
    entry = await self.asked.last_entry()
    assert (entry["event"], entry["code"], entry["items"]) == ("refusal", code, {})


async def test_a_counted_consent_is_used_as_often_as_it_says(parties: Parties) -> None:
    id = await parties.give(frequency={"times": 3, "per": "MONTH"})
    outcomes = await asyncio.gather(*(parties.ask(id) for _ in range(12)))
    assert Counter(each if isinstance(each, str) else "profile" for each in outcomes) == {
        "profile": 3,
        "CONSENT_TOO_OFTEN": 9,
    }
    parties.asked.recorder.clear()
    assert await parties.ask(id) == "CONSENT_TOO_OFTEN"
    assert parties.asked.recorder.plans == []


async def test_what_is_given_in_writing_after_the_warning_is_released(parties: Parties) -> None:
    balance = "housingFund { housingFundAccount { balance } }"
    id = await parties.give(PEOPLE["clean"], writtenItems=[AMOUNT])
    found = await parties.ask(id, number=PEOPLE["clean"], selection=balance)
    assert found["housingFund"]["housingFundAccount"]["balance"] is not None
    plain = await parties.give(PEOPLE["clean"])
    found = await parties.ask(plain, number=PEOPLE["clean"], selection=balance)
    assert (found["housingFund"]["housingFundAccount"] or {}).get("balance") is None


async def test_records_before_the_dates_of_a_consent_are_not_read_from_a_real_department(parties: Parties) -> None:
    whole, none = await parties.give(), await parties.give(dataFrom="2099-01-01")
    assert (await parties.ask(whole))["financial"]["loanAccounts"]
    assert (await parties.ask(none))["financial"]["loanAccounts"] == []


async def test_a_couple_is_told_of_while_both_consent(parties: Parties) -> None:
    async def asked() -> Any:
        answer = await parties.ask(
            None, "fund-centre", MARRIED, "FUND_LOAN", "civilAffairs { hasMarriageRegistrations }"
        )
        return answer["civilAffairs"]["hasMarriageRegistrations"]

    assert await asked() is True
    assert (await parties.asked.last_entry())["ground"]["second"].startswith("consent-fund-centre-spouse")
    query = "{ me { consents(first: 100) { id organisation purposes } } }"
    held = (await parties.asked.post("person", query, {}, SPOUSE)).json()["data"]["me"]["consents"]
    (own,) = [each["id"] for each in held if each["organisation"] == "fund-centre" and "FUND_LOAN" in each["purposes"]]
    assert (await parties.do("pauseConsent", own, SPOUSE))["state"] == "PAUSED"
    assert await asked() is None
    assert (await parties.do("resumeConsent", own, SPOUSE))["state"] == "ACTIVE"
    assert await asked() is True


def _serving(data: Path, port: int, environ: dict[str, str], log: Path) -> Process:
    with log.open("wb") as output:
        return Process(["serve", "--port", port, "--data", data], environ, output)


@asynccontextmanager
async def two_processes(folder: Path, store: str) -> AsyncIterator[tuple[Parties, Parties]]:
    """The same store behind this process and another."""
    data, port = folder / "data", free_port()
    await asyncio.to_thread(made, data)
    async with opened(data, {}, store=store) as asked:
        environ, log = clean_environ() | {"GATEWAY_STORE": store}, folder / "other.log"
        process = _serving(data, port, environ, log)
        try:
            await asyncio.to_thread(awaited, Demo(data, port, environ), process, log)
            limits = httpx.Limits(max_connections=20)
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, limits=limits) as http:
                other = Asked(asked.app, asked.recorder, http, asked.issuer, asked.clients, asked.digests)
                yield Parties(asked), Parties(other, count=50_000)
        finally:
            process.terminate()
            process.wait(20)


async def test_of_200_uses_at_once_in_two_processes_one_is_a_profile(tmp_path: Path, store_url: str) -> None:
    async with two_processes(tmp_path, store_url) as (here, there):
        id = await here.give(once=True)
        outcomes = await asyncio.gather(*(each.ask(id) for _ in range(100) for each in (here, there)))
        told = Counter(each if isinstance(each, str) else "profile" for each in outcomes)
        assert told == {"profile": 1, "CONSENT_USED_UP": 199}
        entries = [json.loads(text) for text in await here.asked.gateway.log.entries(limit=1000)]
        assert Counter(entry["event"] for entry in entries if entry["purpose"]) == {"disclosure": 1, "refusal": 199}
        assert (await here.asked.gateway.log.verify()).sound


async def test_revoked_in_one_process_it_is_refused_in_the_other_200_times_of_200(
    tmp_path: Path, store_url: str
) -> None:
    """By the person and by the bank in turn: a person's own client may do less in a minute than a bank's system."""
    async with two_processes(tmp_path, store_url) as (here, there):
        served = refused = 0
        for number in range(200):
            id = await here.record()
            served += isinstance(await there.ask(id), dict)
            if number % 2:
                assert (await here.do("revokeConsent", id))["state"] == "REVOKED"
            else:
                assert (await here.bank("revokeConsent", "$id: ID!", id=id))["state"] == "REVOKED"
            refused += await there.ask(id) == "CONSENT_REVOKED"
        assert (served, refused) == (200, 200)
