"""`preview` on a consent that is named says what the ask then does, however it is made; and what it does not read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import orjson
import pytest
from graphql import parse

from exchange.client import Telling
from exchange.consent import Consent, ConsentState
from exchange.person import PersonId
from exchange.requester import Requester
from exchange.warning import WARNINGS, Warned
from gateway.limits import Limits
from tests.acceptance.in_process import REFERENCE
from tests.often import often
from tests.resolvers.conftest import CATALOGUE, DIGESTS, ENGINE, PERSON, Gateway, Made, consent
from tests.resolvers.documents import Documents
from tests.resolvers.test_grounds import OPEN, SECOND
from tests.resolvers.test_preview import SEEN, _decided, _fetched, _planned, _said, _withheld, about, codes, seen

OTHER = DIGESTS.person(PersonId("530199197505200036"))
OWN = DIGESTS.person(PersonId(PERSON))
WRITTEN = frozenset(key for key, item in CATALOGUE.items.items() if item.written_consent_only)
SOON, PAST = datetime(2026, 12, 24, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
WARNED = Warned(*next((version, each.digest) for version, each in WARNINGS.items()), WRITTEN, PAST)
GROUPS = frozenset(item.group for item in CATALOGUE.items.values())
_PURPOSES = {
    role: [code for code, its in ENGINE.purposes.items() if its.ground == "consent" and ENGINE.permitted(role, code)]
    for role in sorted(ENGINE.roles)
}


def some(random: Random, whole: frozenset[str]) -> frozenset[str]:
    return frozenset(random.sample(sorted(whole), random.randint(1, len(whole))))


def consents(random: Random, purpose: str) -> list[Consent]:
    """One under the id that is named, and whatever else bears on it."""
    every = frozenset(CATALOGUE.items)
    changes: list[Callable[[], dict[str, Any]]] = [
        dict,
        lambda: {"items": some(random, every)},
        lambda: {"written_items": some(random, WRITTEN), "warned": WARNED},
        lambda: {"items": frozenset(), "groups": some(random, GROUPS)},
        lambda: {"since": date(2024, 1, 1), "until": date(2025, 6, 1)},
        lambda: {"partner": OTHER, "relation": "spouse"},
        lambda: {"single_use": True},
        lambda: {"single_use": True, "state": ConsentState.CONSUMED},
        lambda: {"state": random.choice(list(ConsentState))},
        lambda: {"valid_from": SOON},
        lambda: {"valid_until": PAST},
        lambda: {"client": random.choice(["else", "bank-system"])},
        lambda: {"organisation": "bank-b"},
        lambda: {"purposes": frozenset({"SANDBOX"})},
    ]
    named = consent(purpose, **random.choice([*changes[:6] * 3, *changes])())
    its = [named]
    if named.partner and random.random() < 0.6:
        its.append(replace(named, id="c2", person=OTHER, partner=random.choice([OWN, OWN, None])))
    return its


async def asked(gateway: Gateway, requester: Requester, query: str, **variables: Any) -> Any:
    return await gateway.operations.run(requester, parse(query), query, variables, None)


@pytest.mark.parametrize("role", [role for role, purposes in _PURPOSES.items() if purposes])
async def test_a_preview_on_a_named_consent_says_what_the_ask_then_does(role: str, gateway: Made) -> None:
    random, compared, refused = Random(f"named {role}"), 0, 0
    made = Documents(gateway().operations.schema, random.randrange(1000))
    for tried in range(30):
        if tried >= often(18, 30) and min(compared, refused) > 5:
            break
        purpose = random.choice(_PURPOSES[role])
        own = gateway(consents=consents(random, purpose))
        number = json.dumps(REFERENCE.get(purpose, {}).get("reference", "A-1"))
        person = OWN if role == "person" else None
        telling = random.choice([Telling.DISCLOSURE, Telling.ERRORS, Telling.REFUSE])
        attributes = {"institution": "B10110000H0001", "provider": "W1"}
        requester = Requester("bank-a", role, "op", role, person=person, attributes=attributes, telling=telling)
        text = made.one(f'person(idNumber: $id, purpose: {purpose}, reference: {number}, consent: "c1")')
        if random.random() < 0.3:  # of several operations, with introspection and what is about nobody beside it
            text = text.replace("{ person", "{ me { role } __schema { description } __typename person", 1)
        variables = {"no": random.random() < 0.5, "first": random.choice([0, 3, 100, 101]), "since": "2024-01-01"}
        body = (await asked(own, requester, SEEN, text=text, variables=variables)).body
        assert "errors" not in body, body
        preview = body["data"]["preview"]
        assert own.departments.asked == []
        answer = orjson.loads(orjson.dumps((await asked(own, requester, text, id=PERSON, **variables)).body))
        disclosure = answer.get("extensions", {}).get("disclosure", {}).get("person")
        if disclosure is None:
            refused += 1
            assert codes(preview) == [answer["errors"][0]["extensions"]["code"]], (text, own.store.consents)
            assert own.departments.asked == []
            continue
        compared += 1
        assert codes(preview) == [], text
        assert _withheld(preview) == _said(disclosure), (text, own.store.consents)
        decided = _decided(preview)
        assert decided == {key: disclosure["treatments"][key] for key in decided}, text
        assert _planned(preview) == _fetched(own), text
    assert compared > 5
    assert refused > 5


@pytest.mark.parametrize(("why", "held", "shown"), SECOND, ids=[why for why, _, _ in SECOND])
async def test_what_tells_of_a_spouse_is_foreseen(why: str, held: list[Consent], shown: Any, gateway: Made) -> None:
    more = ', reference: "A-1", consent: "c1"'
    selection = "civilAffairs { hasMarriageRegistrations marriageRegistrations { maritalStatus spouseSubjectRef } }"
    own = gateway(consents=held)
    preview = await seen(own, about(selection, "ASSISTANCE_ELIGIBILITY", more), "civil-affairs-clerk")
    assert {field["given"] for field in preview["fields"]} == {shown is OPEN}
    text = about(selection, "ASSISTANCE_ELIGIBILITY", more)
    answer = (await own.run(text, "civil-affairs-clerk", id=PERSON)).body
    assert _withheld(preview) == _said(answer["extensions"]["disclosure"]["person"])
    assert _planned(preview) == _fetched(own)


async def test_a_portfolio_says_what_its_asks_then_do(gateway: Made) -> None:
    random = Random(5)
    made = Documents(gateway().operations.schema, 5)
    compared = 0
    for _ in range(20):
        own = gateway(consents=[consent("POST_LOAN")])
        root = 'persons(asks: [{idNumber: $id, reference: "HT-2026-1"}], purpose: POST_LOAN)'
        text = made.one(root)
        variables = {"no": random.random() < 0.5, "first": random.choice([0, 3, 101]), "since": "2024-01-01"}
        preview = await seen(own, text, variables=variables)
        answer = (await own.run(text, id=PERSON, **variables)).body
        said = answer.get("extensions", {}).get("disclosure", {})
        disclosure = next((each for key, each in said.items() if key.startswith("persons")), None)
        if isinstance(disclosure, list):
            disclosure = disclosure[0]
        if disclosure is None:
            assert codes(preview)[:1] == [answer["errors"][0]["extensions"]["code"]], text
            continue
        compared += 1
        assert codes(preview) == [], (text, answer)
        assert _withheld(preview) == _said(disclosure), text
        assert _planned(preview) == _fetched(own), text
    assert compared > 5


NESTED = "{ a " * 3000 + "} " * 3000


@pytest.mark.parametrize(
    "text",
    [
        NESTED,
        "query(" * 5000,
        "{ person(idNumber: " + "[" * 20_000 + "]" * 20_000 + ", purpose: LOAN_APPROVAL) { idNumber } }",
        "{ a" * 400_000,
        "x" * 10_000_000,
        '"' + "x" * 10_000_000,
        "#" * 10_000_000,
        "{ ...F } fragment F on Query { ...F }",
        "{ " + " ".join(f"a{n}: me {{ role }}" for n in range(20_000)) + " }",
    ],
    ids=["nested", "open", "lists", "deep", "word", "string", "comment", "cycle", "wide"],
)
async def test_what_is_too_much_is_told_as_such(text: str, gateway: Made) -> None:
    """Within the limits of every document; never an error of our own."""
    own = gateway()
    object.__setattr__(own.operations.services, "parses", Limits().parsed)
    preview = await seen(own, text)
    assert codes(preview)[0] in ("DOCUMENT_TOO_LARGE", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED")
    assert preview["fields"] == []


@pytest.mark.parametrize("value", ["11010519491231002X", {"x": ["11010519491231002X"]}, [[[[]]]], 10**400, "\u202e"])
@pytest.mark.parametrize("name", ["id", "purpose", "consent", "reference", "other"])
async def test_variables_of_any_kind_are_refused_or_looked_past(name: str, value: Any, gateway: Made) -> None:
    text = (
        "query($id: IdNumber!, $purpose: Purpose!, $consent: ID, $reference: String) {"
        " person(idNumber: $id, purpose: $purpose, consent: $consent, reference: $reference) { idNumber } }"
    )
    known = {"purpose": "LOAN_APPROVAL", "reference": "A-1"}
    executed = await gateway().run(SEEN, text=text, variables={**known, name: value})
    assert "errors" not in executed.body
    said = json.dumps(executed.body)
    assert "11010519491231002X" not in said
    assert executed.body["data"]["preview"]["operation"] is None


async def test_a_preview_of_a_preview_looks_at_nothing(gateway: Made) -> None:
    inner = json.dumps(about("idNumber"))
    preview = await seen(gateway(), f"{{ preview(query: {inner}) {{ kind }} }}")
    assert (preview["kind"], preview["fields"], codes(preview)) == ("query", [], [])


async def test_no_consent_of_a_person_is_read_where_none_is_named(
    gateway: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, read = gateway(), list[str]()
    for name in ("named", "of", "naming", "by", "to"):

        async def counted(*given: Any, name: str = name) -> Any:
            read.append(name)
            return None if name == "named" else {}

        monkeypatch.setattr(own.store, name, counted)
    for supposing in ("PURPOSE", "WRITTEN", "NONE"):
        await seen(own, about("idNumber civilAffairs { marriage { status } }"), supposing=supposing)
    assert read == []
    await seen(own, about("idNumber", more=', consent: "c1", reference: "A-1"'))
    assert read == ["named"]
