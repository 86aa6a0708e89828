"""Acts on consents through the schema: who may do what, what comes of it, and what is sealed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import parse

from exchange.checkpoint import Signer
from exchange.consent import ConsentState
from exchange.disclosure import Disclosure
from exchange.person import PersonId
from exchange.receipt import Receipt
from exchange.requester import Requester
from exchange.warning import CURRENT
from policies.current import Current
from resolvers.context import Services
from resolvers.operation import Operations
from tests.resolvers.conftest import CATALOGUE, DIGESTS, ENGINE, NOW, PERSON, SCHEMA, Departments, Store, consent

OTHER = "530199197505200036"
WHO = {
    "person": Requester("self-service", "self", "op", "person", person=DIGESTS.person(PersonId(PERSON))),
    "other": Requester("self-service", "self", "op", "person", person=DIGESTS.person(PersonId(OTHER))),
    "bank": Requester("bank-a", "bank-system", "op", "bank-system"),
    "rival": Requester("bank-b", "bank-system", "op", "bank-system"),
    "clerk": Requester("tax", "tax-clerk", "op", "tax-clerk"),
}
SIGNER = Signer.make("log.example")
TERMS: dict[str, Any] = {"purposes": ["LOAN_APPROVAL"], "validUntil": "2026-12-24T06:00:00Z"}
AMOUNTS = ["HPF01.balance", "TAX03.tax_paid_amount"]
SEEN = {"version": CURRENT.version, "items": AMOUNTS}
EVIDENCE = {"kind": "PAPER", "sha256": "ab" * 32}
FORM = {"version": "form-3", "sha256": "cd" * 32}
FIELDS = "{ id state organisation purposes writtenItems warnedItems once receipt }"
HEADS = {
    "giveConsent": "$organisation: String!, $terms: ConsentTerms!, $warning: ConsentWarningInput",
    "requestConsent": "$idNumber: IdNumber!, $terms: ConsentTerms!",
    "recordConsent": "$idNumber: IdNumber!, $terms: ConsentTerms!, $evidence: ConsentEvidenceInput!,"
    " $warning: ConsentWarningInput",
    "approveConsent": "$id: ID!, $warning: ConsentWarningInput, $writtenItems: [String!]",
}


class Acting:
    """Several parties over one store; what the log would write is written."""

    def __init__(self, *consents: Any) -> None:
        self.store = Store(list(consents))
        services = Services(
            CATALOGUE, Current(ENGINE), Departments({}), self.store, self.store, DIGESTS, lambda: NOW, receipts=SIGNER
        )
        self.operations = Operations(SCHEMA, services)
        self.last: Disclosure | None = None

    async def run(self, who: str, query: str, **variables: Any) -> dict[str, Any]:
        executed = await self.operations.run(WHO[who], parse(query), query, variables, None)
        self.store.seal(executed.disclosures)
        self.last = executed.disclosures[-1] if executed.disclosures else None
        return executed.body

    async def act(self, who: str, name: str, **variables: Any) -> Any:
        """The consent after the act, or the code of its refusal."""
        head = HEADS.get(name, "$id: ID!")
        given = {part.split(":")[0].strip(" $") for part in head.split(", ")}
        passed = ", ".join(f"{one}: ${one}" for one in sorted(given))
        body = await self.run(who, f"mutation({head}) {{ {name}({passed}) {FIELDS} }}", **variables)
        return body["errors"][0]["extensions"]["code"] if "errors" in body else body["data"][name]


async def given(one: Acting, **terms: Any) -> Any:
    return await one.act("person", "giveConsent", organisation="bank-a", terms=TERMS | terms)


async def test_a_person_gives_a_consent_and_its_receipt_is_sealed() -> None:
    one = Acting()
    made = await given(one, once=True)
    assert (made["state"], made["organisation"], made["once"]) == ("ACTIVE", "bank-a", True)
    body = SIGNER.verifier.text(made["receipt"])
    assert json.loads(body)["consent"] == made["id"]
    assert one.last is not None
    said = one.last.administrative
    assert said is not None
    assert (said.act, said.object, said.changed) == ("CONSENT_GIVE", f"consent:{made['id']}", True)
    assert one.last.people == (WHO["person"].person,)
    assert Receipt(body.rstrip("\n").encode()).digest == said.digest


async def test_the_same_terms_come_to_be_once_and_another_key_is_another_consent() -> None:
    one = Acting()
    first, again = await given(one), await given(one)
    assert first["id"] == again["id"]
    assert one.last is not None
    assert one.last.administrative is not None
    assert not one.last.administrative.changed
    assert (await given(one, key="second"))["id"] != first["id"]
    assert (await given(one, once=True))["id"] != first["id"]
    assert len(one.store.consents) == 3


async def test_a_retry_does_not_revive_what_was_revoked() -> None:
    one = Acting()
    made = await given(one)
    await one.act("person", "revokeConsent", id=made["id"])
    assert (await given(one))["state"] == "REVOKED"


async def test_a_request_is_nothing_until_the_person_answers_it() -> None:
    one = Acting()
    asked = await one.act("bank", "requestConsent", idNumber=PERSON, terms=TERMS | {"writtenItems": AMOUNTS})
    assert (asked["state"], asked["warnedItems"]) == ("REQUESTED", [])
    assert one.last is not None
    assert one.last.people == (WHO["person"].person,)
    id = asked["id"]
    for who in ("other", "rival"):
        assert await one.act(who, "approveConsent", id=id) in ("CONSENT_NOT_FOUND", "ACT_NOT_PERMITTED")
    assert await one.act("bank", "approveConsent", id=id) == "ACT_NOT_PERMITTED"
    assert await one.act("person", "approveConsent", id=id) == "CONSENT_UNWARNED"
    half = {"version": CURRENT.version, "items": AMOUNTS[:1]}
    assert await one.act("person", "approveConsent", id=id, warning=half) == "CONSENT_UNWARNED"
    made = await one.act("person", "approveConsent", id=id, warning=half, writtenItems=AMOUNTS[:1])
    assert (made["state"], made["writtenItems"], made["warnedItems"]) == ("ACTIVE", AMOUNTS[:1], AMOUNTS[:1])
    assert await one.act("person", "declineConsent", id=id) == "CONSENT_STATE_UNFIT"


async def test_a_declined_request_is_closed() -> None:
    one = Acting()
    asked = await one.act("bank", "requestConsent", idNumber=PERSON, terms=TERMS)
    assert (await one.act("person", "declineConsent", id=asked["id"]))["state"] == "DECLINED"
    assert await one.act("person", "approveConsent", id=asked["id"]) == "CONSENT_STATE_UNFIT"


async def test_nobody_is_buried_in_requests() -> None:
    one = Acting()
    for number in range(10):
        assert "id" in await one.act("bank", "requestConsent", idNumber=PERSON, terms=TERMS | {"key": str(number)})
    assert await one.act("bank", "requestConsent", idNumber=PERSON, terms=TERMS | {"key": "x"}) == "CONSENT_INVALID"
    assert "id" in await one.act("rival", "requestConsent", idNumber=PERSON, terms=TERMS)
    assert "id" in await one.act("bank", "requestConsent", idNumber=OTHER, terms=TERMS)


async def test_what_a_bank_recorded_is_shown_to_the_person_who_may_object() -> None:
    one = Acting()
    record = {"idNumber": PERSON, "terms": TERMS | {"form": FORM}, "evidence": EVIDENCE}
    made = await one.act("bank", "recordConsent", **record)
    assert made["state"] == "ACTIVE"
    body = await one.run("person", "{ me { consents { id proof evidence form { version } } } }")
    (shown,) = body["data"]["me"]["consents"]
    assert shown == {"id": made["id"], "proof": "PAPER", "evidence": "ab" * 32, "form": {"version": "form-3"}}
    assert (await one.act("person", "objectToConsent", id=made["id"]))["state"] == "REVOKED"
    assert one.last is not None
    assert one.last.administrative is not None
    assert one.last.administrative.act == "CONSENT_OBJECT"


async def test_a_record_without_form_or_evidence_is_refused() -> None:
    one = Acting()
    record = {"idNumber": PERSON, "terms": TERMS, "evidence": EVIDENCE}
    assert await one.act("bank", "recordConsent", **record) == "CONSENT_INVALID"
    bare = {"kind": "OWN_ACT", "sha256": ""}
    record = {"idNumber": PERSON, "terms": TERMS | {"form": FORM}, "evidence": bare}
    assert await one.act("bank", "recordConsent", **record) == "CONSENT_INVALID"


async def test_paused_resumed_revoked_and_then_nothing_more() -> None:
    one = Acting()
    id = (await given(one))["id"]
    assert (await one.act("person", "pauseConsent", id=id))["state"] == "PAUSED"
    assert await one.act("bank", "resumeConsent", id=id) == "ACT_NOT_PERMITTED"
    assert (await one.act("person", "resumeConsent", id=id))["state"] == "ACTIVE"
    assert (await one.act("person", "revokeConsent", id=id))["state"] == "REVOKED"
    again = await one.act("person", "revokeConsent", id=id)
    assert again["state"] == "REVOKED"
    assert one.last is not None
    assert one.last.administrative is not None
    assert not one.last.administrative.changed
    assert await one.act("person", "resumeConsent", id=id) == "CONSENT_STATE_UNFIT"


async def test_an_organisation_gives_back_what_was_given_to_it() -> None:
    one = Acting()
    id = (await given(one))["id"]
    assert await one.act("rival", "revokeConsent", id=id) == "CONSENT_NOT_FOUND"
    assert (await one.act("bank", "revokeConsent", id=id))["state"] == "REVOKED"


@pytest.mark.parametrize("who", ["other", "rival"])
async def test_anothers_consent_looks_like_none(who: str) -> None:
    one = Acting(consent())
    refused = [await one.act(who, "revokeConsent", id=id) for id in ("c1", "nobody")]
    assert refused == ["CONSENT_NOT_FOUND", "CONSENT_NOT_FOUND"]
    assert one.store.consents[0].state is ConsentState.ACTIVE
    assert one.last is not None
    assert one.last.code == "CONSENT_NOT_FOUND"


REFUSED = [
    ("clerk", "requestConsent", {"idNumber": PERSON, "terms": TERMS}, "ACT_NOT_PERMITTED"),
    ("bank", "giveConsent", {"organisation": "bank-a", "terms": TERMS}, "ACT_NOT_PERMITTED"),
    ("person", "requestConsent", {"idNumber": OTHER, "terms": TERMS}, "ACT_NOT_PERMITTED"),
    ("bank", "requestConsent", {"idNumber": "530199199003070016", "terms": TERMS}, "ID_NUMBER_INVALID"),
    ("bank", "requestConsent", {"idNumber": PERSON, "terms": TERMS | {"validUntil": "soon"}}, "CONSENT_INVALID"),
    ("bank", "requestConsent", {"idNumber": PERSON, "terms": TERMS | {"validUntil": 7}}, "CONSENT_INVALID"),
    ("bank", "requestConsent", {"idNumber": PERSON, "terms": TERMS | {"validUntil": "2026-12-24"}}, "CONSENT_INVALID"),
    (
        "bank",
        "requestConsent",
        {"idNumber": PERSON, "terms": TERMS | {"validUntil": "0001-01-01T00:00:00+23:59"}},
        "CONSENT_INVALID",
    ),
    ("bank", "requestConsent", {"idNumber": PERSON, "terms": TERMS | {"dataFrom": "2024-02-30"}}, "CONSENT_INVALID"),
    ("bank", "requestConsent", {"idNumber": PERSON, "terms": TERMS | {"key": "\ud800"}}, "CONSENT_INVALID"),
    ("bank", "requestConsent", {"idNumber": PERSON, "terms": TERMS | {"items": ["\ud800"]}}, "CONSENT_INVALID"),
    ("bank", "requestConsent", {"idNumber": PERSON, "terms": TERMS | {"purposes": ["AUDIT"]}}, "CONSENT_INVALID"),
    (
        "person",
        "giveConsent",
        {"organisation": "bank-a", "terms": TERMS | {"partner": {"idNumber": "1", "relation": "spouse"}}},
        "ID_NUMBER_INVALID",
    ),
    ("person", "giveConsent", {"organisation": "银行", "terms": TERMS}, "CONSENT_INVALID"),
    (
        "person",
        "giveConsent",
        {"organisation": "bank-a", "terms": TERMS | {"writtenItems": AMOUNTS}},
        "CONSENT_UNWARNED",
    ),
    ("person", "pauseConsent", {"id": "\ud800"}, "CONSENT_NOT_FOUND"),
]


@pytest.mark.parametrize(("who", "name", "variables", "code"), REFUSED)
async def test_what_may_not_be_done_is_refused_sealed_and_changes_nothing(
    who: str, name: str, variables: dict, code: str
) -> None:
    one = Acting()
    assert await one.act(who, name, **variables) == code
    assert one.last is not None
    assert (one.last.code, one.store.consents) == (code, [])
    assert one.last.administrative is not None


async def test_only_the_persons_own_and_the_organisations_own_are_listed() -> None:
    others = consent(id="c2", person=WHO["other"].person)
    elsewhere = consent(id="c3", organisation="bank-b")
    paused = consent(id="c4", state=ConsentState.PAUSED)
    one = Acting(consent(), others, elsewhere, paused)

    async def ids(who: str, query: str) -> Any:
        body = await one.run(who, query)
        found = body["data"].get("consents", (body["data"].get("me") or {}).get("consents"))
        return found and sorted(each["id"] for each in found)

    assert await ids("person", "{ me { consents { id } } }") == ["c1", "c3", "c4"]
    assert await ids("other", "{ me { consents { id } } }") == ["c2"]
    assert await ids("bank", "{ me { consents { id } } }") is None
    assert await ids("bank", "{ consents { id } }") == ["c1", "c2", "c4"]
    assert await ids("bank", f'{{ consents(idNumber: "{PERSON}") {{ id }} }}') == ["c1", "c4"]
    assert await ids("bank", "{ consents(state: PAUSED) { id } }") == ["c4"]
    assert await ids("bank", "{ consents(first: 1) { id } }") == ["c1"]
    assert await ids("rival", "{ consents { id } }") == ["c3"]
    assert await ids("person", "{ consents { id } }") == []


async def test_the_warning_is_over_items_that_need_one() -> None:
    one = Acting()
    ask = "query($items: [String!]!) { consentWarning(items: $items) { version zh en sha256 items } }"
    body = await one.run("person", ask, items=AMOUNTS)
    assert body["data"]["consentWarning"] == {
        "version": CURRENT.version,
        "zh": CURRENT.zh,
        "en": CURRENT.en,
        "sha256": CURRENT.digest,
        "items": AMOUNTS,
    }
    for items in ([], ["PBC03.balance"], ["nothing"]):
        body = await one.run("person", ask, items=items)
        assert body["errors"][0]["extensions"]["code"] == "CONSENT_INVALID"
