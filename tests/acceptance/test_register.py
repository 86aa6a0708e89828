"""Who is served: every state against every kind of ask, the acts of two persons, and two processes at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from exchange.organisation import Agreement, Licence, Organisation
from exchange.registration import Kind
from gateway.app import now
from gateway.demo.constants import ORGANISATION_BANK_A
from tests.acceptance.in_process import PEOPLE, REFERENCE, Asked, made, opened, serving
from tests.acceptance.running import Demo, awaited, clean_environ, free_port
from tests.nursery import Process

HOUR = timedelta(hours=1)
BANK, DESK = ORGANISATION_BANK_A, "bank-officer"
ASK = (
    'query($id: IdNumber!) {{ person(idNumber: $id, purpose: LOAN_APPROVAL, reference: "{}")'
    " {{ financial {{ loanAccounts {{ balance }} }} }} }}"
).format(REFERENCE["LOAN_APPROVAL"]["reference"])
ON = "mutation($kind: RegistrationKind!, $id: ID!)"
SUSPEND = f"{ON} {{ suspendRegistration(kind: $kind, id: $id, reason: BREACH) {{ state version barred }} }}"
RESUME = f"{ON} {{ resumeRegistration(kind: $kind, id: $id) {{ state proposal {{ id step by }} }} }}"
CLOSE = f"{ON} {{ closeRegistration(kind: $kind, id: $id, reason: REQUESTED) {{ state }} }}"
APPROVE = "mutation($proposal: ID!) { approveRegistration(proposal: $proposal) { state version barred } }"
PROPOSE = (
    "mutation($id: ID!, $client: ClientInput!) {"
    " proposeClient(id: $id, client: $client) { state version proposal { id step by client { purposes } } } }"
)


@dataclass
class Office:
    """Two persons of the credit office, and a bank."""

    asked: Asked

    async def post(self, client: str, query: str, operator: str, /, **variables: Any) -> httpx.Response:
        found = self.asked.clients.find(client)
        assert found
        token = self.asked.issuer.token(client, found, at=now(), lasts=HOUR, operator=operator)
        return await self.asked.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {token}"},
        )

    async def act(
        self, query: str, operator: str = "li.wei", client: str = "credit-office", /, **variables: Any
    ) -> Any:
        """The one field's value; and where it was refused, its code."""
        body = (await self.post(client, query, operator, **variables)).json()
        if body.get("errors"):
            return body["errors"][0]["extensions"]["code"]
        (value,) = body["data"].values()
        return value

    async def refused(self, client: str, query: str, code: str, rule: str, **variables: Any) -> None:
        """The request is refused by its client's state: sealed under its name, and no department is asked."""
        before = (await self.asked.gateway.log.head()).sequence
        self.asked.recorder.clear()
        response = await self.post(client, query, "op-017", **variables)
        error = response.json()["errors"][0]
        assert response.status_code == 403
        assert (error["extensions"]["code"], error["extensions"]["rule"]) == (code, rule)
        assert error["extensions"]["basis"]
        assert "data" not in response.json()
        (entry,) = [json.loads(text) for text in await self.asked.gateway.log.entries(before)]
        assert (entry["event"], entry["code"], entry["client"], entry["operator"]) == (
            "refusal",
            code,
            client,
            "op-017",
        )
        assert entry["people"] == []
        assert self.asked.recorder.plans == []

    async def served(self) -> None:
        body = (await self.post(DESK, "{ me { client } }", "op-017")).json()
        assert body == {"data": {"me": {"client": DESK}}}

    async def again(self, kind: str, id: str) -> None:
        """Resumed by two."""
        asked = await self.act(RESUME, kind=kind, id=id)
        assert (await self.act(APPROVE, "zhang.min", proposal=asked["proposal"]["id"]))["state"] == "ACTIVE"


@pytest.fixture(scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with serving(tmp_path_factory.mktemp("register") / "data") as asked:
        yield Office(asked)


async def said_of_the_bank(office: Office, **changed: Any) -> None:
    """Another licence or agreement of the bank, by two persons where it widens."""
    registrar = office.asked.gateway.services.registrar
    assert registrar
    now_ = await registrar.register.find(Kind.ORGANISATION, BANK)
    assert now_
    assert isinstance(now_.content, Organisation)
    content = replace(now_.content, **changed)
    licence, agreement = content.licence, content.agreement
    given = {
        "kind": content.kind.name,
        "title": content.title,
        "titleZh": content.title_zh,
        "licence": licence and {"number": licence.number, "validUntil": licence.valid_until.isoformat()},
        "agreement": agreement
        and {
            "number": agreement.number,
            "validFrom": agreement.valid_from.isoformat(),
            "validUntil": agreement.valid_until.isoformat(),
        },
    }
    query = (
        "mutation($id: ID!, $organisation: OrganisationInput!) {"
        " proposeOrganisation(id: $id, organisation: $organisation) { proposal { id } } }"
    )
    asked = await office.act(query, id=BANK, organisation=given)
    assert isinstance(asked, dict), asked
    if asked["proposal"]:
        await office.act(APPROVE, "zhang.min", proposal=asked["proposal"]["id"])


def _agreement(ends: date) -> Agreement:
    return Agreement(number="A-1", valid_from=date(2020, 1, 1), valid_until=ends)


YESTERDAY = date.today() - timedelta(days=1)
Do = Callable[[Office], Awaitable[Any]]
STATES: dict[str, tuple[Do, str, str, Do]] = {
    "client suspended": (
        lambda office: office.act(SUSPEND, kind="CLIENT", id=DESK),
        "CLIENT_SUSPENDED",
        f"client {DESK} is suspended",
        lambda office: office.again("CLIENT", DESK),
    ),
    "organisation suspended": (
        lambda office: office.act(SUSPEND, kind="ORGANISATION", id=BANK),
        "CLIENT_SUSPENDED",
        f"organisation {BANK} is suspended",
        lambda office: office.again("ORGANISATION", BANK),
    ),
    "no licence": (
        lambda office: said_of_the_bank(office, licence=None),
        "LICENCE_MISSING",
        f"organisation {BANK}",
        lambda office: said_of_the_bank(office, licence=Licence(number="JR-1", valid_until=date(2031, 1, 1))),
    ),
    "licence expired": (
        lambda office: said_of_the_bank(office, licence=Licence(number="JR-1", valid_until=YESTERDAY)),
        "LICENCE_EXPIRED",
        f"organisation {BANK}",
        lambda office: said_of_the_bank(office, licence=Licence(number="JR-1", valid_until=date(2031, 1, 1))),
    ),
    "no agreement": (
        lambda office: said_of_the_bank(office, agreement=None),
        "AGREEMENT_MISSING",
        f"organisation {BANK}",
        lambda office: said_of_the_bank(office, agreement=_agreement(date(2031, 1, 1))),
    ),
    "agreement ended": (
        lambda office: said_of_the_bank(office, agreement=_agreement(YESTERDAY)),
        "AGREEMENT_EXPIRED",
        f"organisation {BANK}",
        lambda office: said_of_the_bank(office, agreement=_agreement(date(2031, 1, 1))),
    ),
}
ASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "a bank's ask": (ASK, {"id": PEOPLE["clean"]}),
    "a mutation": (SUSPEND, {"kind": "CLIENT", "id": "auditor"}),
    "a look at oneself": ("{ me { client } }", {}),
    "nonsense": ("{", {}),
}


@pytest.mark.parametrize("state", STATES)
async def test_what_is_not_served_gets_nothing_of_any_kind(office: Office, state: str) -> None:
    begin, code, rule, end = STATES[state]
    await office.served()
    begun = await begin(office)
    assert not isinstance(begun, str), begun
    for query, variables in ASKS.values():
        await office.refused(DESK, query, code, rule, **variables)
    await end(office)
    await office.served()


async def test_one_that_is_pending_and_one_that_is_closed(office: Office) -> None:
    asked = office.asked
    found = asked.clients.find(DESK)
    assert found
    asked.clients.clients["bank-new"] = found
    client = {"organisation": BANK, "title": "New desk", "roles": ["bank-officer"], "purposes": ["LOAN_APPROVAL"]}
    before = await asked.gateway.log.head()
    assert (await office.post("bank-new", ASK, "op-017", id=PEOPLE["clean"])).status_code == 401
    assert await asked.gateway.log.head() == before, "a stranger's is not sealed"
    proposed = await office.act(PROPOSE, id="bank-new", client=client)
    assert (proposed["state"], proposed["proposal"]["step"]) == ("PENDING", "REGISTER")
    for query, variables in ASKS.values():
        await office.refused("bank-new", query, "CLIENT_PENDING", "client bank-new is pending", **variables)
    assert await office.act(APPROVE, "LI.Wei", proposal=proposed["proposal"]["id"]) == "TWO_PERSONS_NEEDED"
    approved = await office.act(APPROVE, "zhang.min", proposal=proposed["proposal"]["id"])
    assert approved == {"state": "ACTIVE", "version": 2, "barred": None}
    assert (await office.post("bank-new", "{ me { purposes } }", "op-017")).json()["data"]["me"] == {
        "purposes": ["LOAN_APPROVAL"]
    }
    assert await office.act(CLOSE, kind="CLIENT", id="bank-new") == {"state": "CLOSED"}
    for query, variables in ASKS.values():
        await office.refused("bank-new", query, "CLIENT_CLOSED", "client bank-new is closed", **variables)
    assert await office.act(PROPOSE, id="bank-new", client=client) == "REGISTRATION_CLOSED"
    assert await office.act(RESUME, kind="CLIENT", id="bank-new") == "REGISTRATION_CLOSED"


@pytest.mark.parametrize("client", ["bank-system", "auditor", "case-officer", "developer"])
async def test_nobody_else_acts_on_the_register(office: Office, client: str) -> None:
    before = (await office.asked.gateway.log.head()).sequence
    assert await office.act(SUSPEND, "li.wei", client, kind="CLIENT", id=DESK) == "ACT_NOT_PERMITTED"
    (entry,) = [json.loads(text) for text in await office.asked.gateway.log.entries(before)]
    assert (entry["event"], entry["code"], entry["client"]) == ("refusal", "ACT_NOT_PERMITTED", client)
    assert entry["administrative"] == {
        "act": "CLIENT_SUSPEND",
        "object": f"client:{DESK}",
        "reason": "BREACH",
        "digest": "",
        "changed": 0,
    }
    await office.served()


async def test_an_act_that_comes_again_does_nothing_twice_and_is_sealed_as_such(office: Office) -> None:
    before = (await office.asked.gateway.log.head()).sequence
    first = await office.act(SUSPEND, kind="CLIENT", id=DESK)
    assert await office.act(SUSPEND, kind="CLIENT", id=DESK) == first
    entries = [json.loads(text) for text in await office.asked.gateway.log.entries(before)]
    assert [(e["event"], e["administrative"]["changed"]) for e in entries] == [
        ("administration", 1),
        ("administration", 0),
    ]
    await office.again("CLIENT", DESK)


async def test_of_20_approvals_at_once_one_is_done(office: Office) -> None:
    await office.act(SUSPEND, kind="CLIENT", id=DESK)
    asked = await office.act(RESUME, kind="CLIENT", id=DESK)
    proposal = asked["proposal"]["id"]
    before = (await office.asked.gateway.log.head()).sequence
    outcomes = await asyncio.gather(*(office.act(APPROVE, f"officer-{n}", proposal=proposal) for n in range(20)))
    entries = [json.loads(text) for text in await office.asked.gateway.log.entries(before)]
    assert [e["administrative"]["changed"] for e in entries].count(1) == 1
    assert sum(isinstance(each, dict) for each in outcomes) == 1
    assert {each for each in outcomes if isinstance(each, str)} <= {"CHANGED_MEANWHILE", "PROPOSAL_DECIDED"}
    await office.served()


async def test_the_register_is_read_by_those_who_supervise(office: Office) -> None:
    query = """{
        clients { id state barred client { organisation roles withheld } }
        organisations { id organisation { kind } }
    }"""
    body = (await office.post("auditor", query, "wang.fang")).json()["data"]
    (desk,) = [each for each in body["clients"] if each["id"] == DESK]
    assert desk["client"] == {"organisation": BANK, "roles": ["bank-officer"], "withheld": "DISCLOSURE"}
    assert (desk["state"], desk["barred"]) == ("ACTIVE", None)
    assert {"id": BANK, "organisation": {"kind": "BANK"}} in body["organisations"]
    refused = (await office.post("bank-system", "{ clients { id } }", "op-017")).json()
    assert refused["data"] == {"clients": None}
    assert refused["errors"][0]["extensions"]["code"] == "ACT_NOT_PERMITTED"


SHOWN = (
    "client { perMinute burst perDay perMonth } operator { perDay } purposes { purpose perDay } alarms { kind count }"
)
LIMITED = (
    "mutation($id: ID!, $client: ClientInput!) { proposeClient(id: $id, client: $client) {"
    f" client {{ limits {{ {SHOWN} }} }} proposal {{ id client {{ limits {{ {SHOWN} }} }} }} }} }}"
)


async def test_limits_are_seen_and_set_narrower_by_one_and_wider_by_two(office: Office) -> None:
    client: dict[str, Any] = {"organisation": BANK, "title": "Tellers", "roles": ["bank-officer"]}
    fresh = await office.act(LIMITED, id="tellers", client=client)
    assert fresh["proposal"]["client"]["limits"] == {
        "client": {"perMinute": 3000, "burst": 1000, "perDay": 20000, "perMonth": 200000},
        "operator": {"perDay": 1000},
        "purposes": [],
        "alarms": [],
    }
    await office.act(APPROVE, "zhang.min", proposal=fresh["proposal"]["id"])
    narrow = {
        "client": {"perMinute": 60, "burst": 5, "perDay": 2000, "perMonth": 9000},
        "operator": {"perDay": 10},
        "purposes": [{"purpose": "LOAN_APPROVAL", "perDay": 3}],
    }
    done = await office.act(LIMITED, id="tellers", client=client | {"limits": narrow})
    assert done["proposal"] is None
    assert done["client"]["limits"] == narrow | {"alarms": []}
    kept = await office.act(LIMITED, id="tellers", client=client | {"title": "Counter"})
    assert (kept["proposal"], kept["client"]["limits"]) == (None, narrow | {"alarms": []})
    alarms = [{"kind": "MANY_PEOPLE", "count": None}]
    unlimited = narrow | {"client": narrow["client"] | {"perDay": None}, "alarms": alarms}
    asked = await office.act(LIMITED, id="tellers", client=client | {"limits": unlimited})
    assert asked["client"]["limits"] == narrow | {"alarms": []}
    assert asked["proposal"]["client"]["limits"] == unlimited
    await office.act(APPROVE, "zhang.min", proposal=asked["proposal"]["id"])
    query = "{ clients { id client { limits { client { perDay } alarms { kind count } } } } }"
    body = (await office.post("auditor", query, "wang.fang")).json()["data"]
    (limits,) = [each["client"]["limits"] for each in body["clients"] if each["id"] == "tellers"]
    assert limits == {"client": {"perDay": None}, "alarms": alarms}


@pytest.mark.parametrize(
    "limits",
    [
        {"client": {"perMinute": 0}},
        {"client": {"burst": None}},
        {"operator": {"perDay": -1}},
        {"purposes": [{"purpose": "FUN", "perDay": 1}]},
        {"purposes": [{"purpose": "LOAN_APPROVAL", "perDay": 1}, {"purpose": "LOAN_APPROVAL", "perDay": 2}]},
        {"alarms": [{"kind": "MANY_PEOPLE", "count": 0}]},
        {"alarms": [{"kind": "MANY_PEOPLE", "count": 1}, {"kind": "MANY_PEOPLE", "count": None}]},
    ],
)
async def test_figures_that_cannot_be_are_refused(office: Office, limits: dict[str, Any]) -> None:
    client = {"organisation": BANK, "title": "t", "roles": ["bank-officer"], "limits": limits}
    body = (await office.post("credit-office", LIMITED, "li.wei", id="impossible", client=client)).json()
    (error,) = body["errors"]
    assert (error["extensions"]["code"], error["extensions"]["rule"]) == ("REGISTRATION_INVALID", "field limits")


ROLED = (
    "mutation($id: ID!, $organisation: OrganisationInput!) { proposeOrganisation(id: $id, organisation: $organisation)"
)


async def test_a_client_has_roles_of_its_organisations_kind_only(office: Office) -> None:
    for organisation, role in (
        (BANK, "auditor"),
        (BANK, "court-liaison"),
        ("public", "bank-system"),
        (BANK, "operator"),
    ):
        client = {"organisation": organisation, "title": "t", "roles": [role]}
        assert await office.act(PROPOSE, id="climber", client=client) == "REGISTRATION_INVALID", role
    query = f"{ROLED} {{ id }} }}"
    assert await office.act(query, id=BANK, organisation={"kind": "SANDBOX", "title": "B"}) == "REGISTRATION_INVALID"


async def test_a_kind_that_changes_between_proposal_and_approval_lets_nobody_in(office: Office) -> None:
    """Both could be proposed; only one can be approved."""
    made = await office.act(
        f"{ROLED} {{ proposal {{ id }} }} }}", id="new", organisation={"kind": "BANK", "title": "N"}
    )
    await office.act(APPROVE, "zhang.min", proposal=made["proposal"]["id"])
    changed = await office.act(
        f"{ROLED} {{ proposal {{ id }} }} }}", id="new", organisation={"kind": "SANDBOX", "title": "N"}
    )
    desk = await office.act(
        PROPOSE, id="new-desk", client={"organisation": "new", "title": "d", "roles": ["bank-officer"]}
    )
    assert await office.act(APPROVE, "zhang.min", proposal=changed["proposal"]["id"]) == "REGISTRATION_INVALID"
    await office.act(APPROVE, "zhang.min", proposal=desk["proposal"]["id"])


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        (SUSPEND, {"kind": "CLIENT", "id": "nobody"}, "REGISTRATION_NOT_FOUND"),
        (SUSPEND, {"kind": "CLIENT", "id": "530199199003070015"}, "REGISTRATION_NOT_FOUND"),
        (SUSPEND, {"kind": "CLIENT", "id": "\x00' OR 1=1 --"}, "REGISTRATION_NOT_FOUND"),
        (SUSPEND, {"kind": "CIRCUS", "id": DESK}, "VARIABLES_INVALID"),
        (APPROVE, {"proposal": "x" * 5_000}, "REGISTRATION_NOT_FOUND"),
        (PROPOSE, {"id": "a b", "client": {"organisation": BANK, "title": "t", "roles": []}}, "REGISTRATION_INVALID"),
        (PROPOSE, {"id": "ab", "client": {"organisation": BANK, "title": "t", "roles": ["x"]}}, "REGISTRATION_INVALID"),
        (
            PROPOSE,
            {"id": "ab", "client": {"organisation": "no", "title": "t", "roles": ["auditor"]}},
            "REGISTRATION_INVALID",
        ),
    ],
)
async def test_bad_input_is_refused_and_sealed_without_it(
    office: Office, query: str, variables: dict[str, Any], code: str
) -> None:
    before = (await office.asked.gateway.log.head()).sequence
    assert await office.act(query, **variables) == code
    entries = await office.asked.gateway.log.entries(before)
    assert [json.loads(text)["code"] for text in entries] == [code]
    assert b"530199199003070015" not in entries[0]
    assert len(entries[0]) < 2_000


async def test_suspended_in_one_process_it_is_refused_in_another_from_the_next_request_on(
    tmp_path: Path, store_url: str
) -> None:
    """50 times of 50, on each kind of store."""
    data, port = tmp_path / "data", free_port()
    await asyncio.to_thread(made, data)
    async with opened(data, {}, store=store_url) as asked:
        office = Office(asked)
        environ = clean_environ() | {"GATEWAY_STORE": store_url}
        log = tmp_path / "other.log"
        process = _serving(data, port, environ, log)
        try:
            await asyncio.to_thread(awaited, Demo(data, port, environ), process, log)
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
                other = Office(Asked(asked.app, asked.recorder, http, asked.issuer, asked.clients, asked.digests))
                refused = served = 0
                for _ in range(50):
                    served += (await other.post(DESK, "{ me { client } }", "op-017")).status_code == 200
                    assert (await office.act(SUSPEND, kind="CLIENT", id=DESK))["state"] == "SUSPENDED"
                    answer = await other.post(DESK, "{ me { client } }", "op-017")
                    refused += answer.status_code == 403
                    await office.again("CLIENT", DESK)
                assert (served, refused) == (50, 50)
        finally:
            process.terminate()
            process.wait(20)


def _serving(data: Path, port: int, environ: dict[str, str], log: Path) -> Process:
    with log.open("wb") as output:
        return Process(["serve", "--port", port, "--data", data], environ, output)
