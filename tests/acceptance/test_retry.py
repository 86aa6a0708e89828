"""A retry is the same inquiry: one entry, one use of a consent, the same answer; and nothing to anybody else."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from exchange.client import Telling
from exchange.person import PersonId
from exchange.registration import Kind, Outcome
from exchange.store.register import change_of
from gateway.console import Console
from tests.acceptance.in_process import CATALOGUE, PEOPLE, REFERENCE, Asked, now, serving
from tests.acceptance.running import Demo

WHO = "consent-single-use"
QUERY = (
    "query A($id: IdNumber!, $consent: ID, $reference: String) {"
    " person(idNumber: $id, purpose: LOAN_APPROVAL, consent: $consent, reference: $reference)"
    " { financial { loanAccounts { balance } } disclosure { id } } }"
)
ARGUMENTS = {"id": PEOPLE[WHO], **REFERENCE["LOAN_APPROVAL"]}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("retry") / "data"


@pytest.fixture(scope="module")
async def asked(data: Path) -> AsyncIterator[Asked]:
    async with serving(data) as one:
        yield one


def key() -> str:
    return secrets.token_urlsafe(16)


async def post(asked: Asked, name: str, client: str = "bank-system", query: str = QUERY, **more: Any) -> httpx.Response:
    return await asked.http.post(
        "/graphql",
        json={"query": query, "variables": ARGUMENTS | more},
        headers={"Authorization": f"Bearer {asked.token(client)}", "Idempotency-Key": name},
    )


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json().get("errors", ())]


async def test_a_retry_is_answered_with_the_same_bytes_and_reads_nothing(asked: Asked) -> None:
    name = key()
    first = await post(asked, name, consent="consent-single-use-1")
    assert not codes(first), first.text
    assert "idempotent-replayed" not in first.headers
    head = await asked.gateway.log.head()
    asked.recorder.clear()
    again = await post(asked, name, consent="consent-single-use-1")
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert await asked.gateway.log.head() == head
    assert asked.recorder.plans == []
    assert codes(await post(asked, key(), consent="consent-single-use-1")) == ["CONSENT_USED_UP"]


async def test_of_50_at_once_under_one_key_all_get_the_one_answer(asked: Asked) -> None:
    name, head = key(), await asked.gateway.log.head()
    every = await asyncio.gather(*(post(asked, name, consent="consent-single-use-2") for _ in range(50)))
    assert len({response.content for response in every}) == 1
    assert not codes(every[0])
    assert (await asked.gateway.log.head()).sequence == head.sequence + 1
    assert sum("idempotent-replayed" in response.headers for response in every) == 49


@pytest.mark.parametrize(
    "other",
    [
        {"client": "bank-officer"},
        {"client": "bank-b-system"},
    ],
)
async def test_another_clients_key_is_nothing_to_it(asked: Asked, other: dict[str, str]) -> None:
    name = key()
    query = QUERY.replace("financial { loanAccounts { balance } } ", "")
    first = await post(asked, name, query=query, id=PEOPLE["clean"])
    assert not codes(first)
    second = await post(asked, name, query=query, id=PEOPLE["clean"], **other)
    assert "idempotent-replayed" not in second.headers
    assert second.content != first.content


@pytest.mark.parametrize(
    "change", [{"id": PEOPLE["card-at-95-percent"]}, {"reference": "SQ-2026-999999"}, {"query": QUERY + " "}]
)
async def test_a_key_names_one_ask(asked: Asked, change: dict[str, str]) -> None:
    name = key()
    assert not codes(await post(asked, name, id=PEOPLE["clean"]))
    head = await asked.gateway.log.head()
    second = await post(asked, name, **({"id": PEOPLE["clean"]} | change))
    assert codes(second) == ["RETRY_KEY_USED"]
    entry = await asked.last_entry()
    assert (entry["event"], entry["code"], entry["sequence"]) == ("refusal", "RETRY_KEY_USED", head.sequence + 1)


@pytest.mark.parametrize("name", ["short", "x" * 129, "with blank", '"open', "键键键键键键键键", PEOPLE["clean"], ""])
async def test_a_key_that_names_nothing_is_refused(asked: Asked, name: str) -> None:
    response = await asked.http.post(
        "/graphql",
        json={"query": QUERY, "variables": ARGUMENTS},
        headers=[
            (b"Authorization", f"Bearer {asked.token('bank-system')}".encode()),
            (b"Idempotency-Key", name.encode()),
        ],
    )
    assert (response.status_code, codes(response)) == (400, ["RETRY_KEY_INVALID"])


async def test_a_refusal_is_not_kept(asked: Asked) -> None:
    name = key()
    assert codes(await post(asked, name, id=PEOPLE["no-consent"])) == ["CONSENT_REQUIRED"]
    again = await post(asked, name, id=PEOPLE["no-consent"])
    assert codes(again) == ["CONSENT_REQUIRED"]
    assert "idempotent-replayed" not in again.headers


async def test_a_retry_after_a_revocation_gets_nothing(asked: Asked) -> None:
    name, whose = key(), "guarantor-of-bad-debt"
    assert not codes(await post(asked, name, id=PEOPLE[whose]))
    person = asked.digests.person(PersonId.parse(PEOPLE[whose]))
    held = await asked.gateway.consents.of("bank-a", [person], "LOAN_APPROVAL")
    for consent in held[person]:
        await asked.gateway.consents.revoke(consent.id, now())
    again = await post(asked, name, id=PEOPLE[whose])
    assert codes(again) == ["CONSENT_REVOKED"]
    assert again.json()["data"] == {"person": None}


UNTIL = (now() + timedelta(days=30)).isoformat()
GIVE = "mutation($to: String!, $terms: ConsentTerms!) { giveConsent(organisation: $to, terms: $terms) { id } }"


async def given(asked: Asked, tag: str, to: str = "bank-a", **terms: Any) -> str:
    terms = {"purposes": ["LOAN_APPROVAL"], "validUntil": UNTIL, "key": secrets.token_hex(4)} | terms
    answer = await asked.post("person", GIVE, {"to": to, "terms": terms}, PEOPLE[tag])
    return answer.json()["data"]["giveConsent"]["id"]


@pytest.mark.parametrize(
    "terms",
    [{"once": True, "client": "bank-system"}, {"client": "bank-system"}, {"frequency": {"times": 1, "per": "DAY"}}],
)
async def test_whatever_the_consent_counts_a_retry_is_the_same_inquiry(asked: Asked, terms: dict[str, Any]) -> None:
    name, consent = key(), await given(asked, "no-consent", **terms)
    first = await post(asked, name, id=PEOPLE["no-consent"], consent=consent)
    assert not codes(first), first.text
    head = await asked.gateway.log.head()
    again = await post(asked, name, id=PEOPLE["no-consent"], consent=consent)
    assert (again.content, again.headers.get("idempotent-replayed")) == (first.content, "true")
    assert await asked.gateway.log.head() == head


async def test_a_retry_after_the_second_person_took_his_or_her_consent_back_tells_of_one_only(asked: Asked) -> None:
    """The spouse's consent carried a part of the kept answer; the ask goes the whole way, without it."""
    name = key()
    query = (
        "query A($id: IdNumber!, $reference: String) { person(idNumber: $id, purpose: FUND_LOAN,"
        " reference: $reference) { civilAffairs { hasMarriageRegistrations } } }"
    )

    async def told() -> Any:
        answer = await post(asked, name, "fund-centre", query, id=PEOPLE["married"])
        return answer.json()["data"]["person"]["civilAffairs"]["hasMarriageRegistrations"]

    assert await told() is True
    held = await asked.post("person", "{ me { consents(first: 100) { id organisation } } }", {}, PEOPLE["spouse"])
    for each in held.json()["data"]["me"]["consents"]:
        if each["organisation"] == "fund-centre":
            await asked.gateway.consents.revoke(each["id"], now())
    assert await told() is None


NARROWER: list[dict[str, Any]] = [
    {"purposes": ("CARD_APPROVAL",)},
    {"districts": ("530103",)},
    {"attributes": {"institution": "B10220000H0001"}},
    {"withheld": Telling.REFUSE},
]


@pytest.mark.parametrize("change", NARROWER, ids=[next(iter(change)) for change in NARROWER])
async def test_a_retry_after_the_registration_was_narrowed_gets_nothing(asked: Asked, change: dict[str, Any]) -> None:
    """One person may narrow a registration, from the next request on: so for a kept answer too."""
    registrar, name = asked.gateway.services.registrar, key()
    assert registrar
    before: Any = await registrar.register.find(Kind.CLIENT, "bank-officer")
    assert not codes(await post(asked, name, "bank-officer", id=PEOPLE["clean"]))
    content = msgspec.structs.replace(before.content, **change)
    await registered(asked, replace(before, content=content, version=before.version + 1), before)
    try:
        again = await post(asked, name, "bank-officer", id=PEOPLE["clean"])
        assert codes(again) == ["RETRY_KEY_USED"]
        assert "idempotent-replayed" not in again.headers
    finally:
        await registered(asked, replace(before, version=before.version + 2), before)


async def registered(asked: Asked, now_: Any, before: Any) -> None:
    registrar = asked.gateway.services.registrar
    assert registrar
    stands = await registrar.register.find(Kind.CLIENT, before.id)
    change = change_of(stands, None, Outcome(now_), now())
    console = Console(asked.gateway.log, asked.gateway.policies.current.engine, CATALOGUE.version, now, "li.wei")
    await console.lay_down("CLIENT_PROPOSE", f"client:{before.id}", change, "")


async def test_a_narrower_token_gets_nothing_of_what_a_wider_one_was_told(asked: Asked) -> None:
    name, officer = key(), asked.clients.find("bank-officer")
    assert officer
    assert not codes(await post(asked, name, "bank-officer", id=PEOPLE["clean"]))
    narrow = asked.issuer.token(
        "bank-officer",
        msgspec.structs.replace(officer, districts=("530103",)),
        at=now(),
        lasts=timedelta(hours=1),
    )
    again = await asked.http.post(
        "/graphql",
        json={"query": QUERY, "variables": ARGUMENTS | {"id": PEOPLE["clean"]}},
        headers={"Authorization": f"Bearer {narrow}", "Idempotency-Key": name},
    )
    assert codes(again) == ["RETRY_KEY_USED"]


async def test_the_store_shows_nothing_of_a_kept_answer(asked: Asked, data: Path) -> None:
    name = key()
    first = await post(asked, name, id=PEOPLE["clean"])
    balance = first.json()["data"]["person"]["financial"]["loanAccounts"][0]["balance"]
    assert balance
    files = [file.read_bytes() for file in data.glob("gateway.db*")]  # noqa: ASYNC240
    for text in (name, first.text, json.dumps(first.json()["data"]), f'"balance":"{balance}"'):
        assert not any(text.encode() in file for file in files)


# A connection that is lost after the seal


def raw(demo: Demo, name: str, consent: str) -> bytes:
    variables = {"id": demo.people()[WHO], "consent": consent, **REFERENCE["LOAN_APPROVAL"]}
    body = json.dumps({"query": QUERY, "variables": variables}).encode()
    lines = [
        "POST /graphql HTTP/1.1",
        f"Host: 127.0.0.1:{demo.port}",
        f"Authorization: Bearer {demo.token('bank-system')}",
        f"Idempotency-Key: {name}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


def test_a_lost_answer_is_one_use_and_one_entry_and_the_retry_has_it(demo: Demo) -> None:
    name, consent = key(), "consent-single-use-3"
    request = raw(demo, name, consent)
    before = len(demo.entries())
    with socket.create_connection(("127.0.0.1", demo.port)) as lost:
        lost.sendall(request)  # and hang up without reading
    until = time.monotonic() + 20
    while len(demo.entries()) == before and time.monotonic() < until:
        time.sleep(0.2)
    assert len(demo.entries()) == before + 1
    variables = {"id": demo.people()[WHO], "consent": consent, **REFERENCE["LOAN_APPROVAL"]}
    answer = demo.http.post(
        f"{demo.url}/graphql",
        json={"query": QUERY, "variables": variables},
        headers={"Authorization": f"Bearer {demo.token('bank-system')}", "Idempotency-Key": name},
    )
    assert answer.headers["idempotent-replayed"] == "true"
    sealed = demo.entries()
    assert len(sealed) == before + 1
    assert answer.json()["data"]["person"]["disclosure"]["id"] == sealed[-1]["id"]
    assert sealed[-1]["ground"]["consent"] == consent
