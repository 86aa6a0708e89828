"""What a preview foresees beyond the document: consents that are held, quotas, frequency; and what it does not tell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import orjson
import pytest
from graphql import parse

from exchange.consent import Consent, ConsentState
from exchange.frequency import Frequency, Period, Turn
from exchange.person import PersonId
from exchange.quota import Allowance, ClientAllowance, Limits, OperatorAllowance
from exchange.requester import Requester
from tests.acceptance.in_process import REFERENCE
from tests.often import often
from tests.resolvers.conftest import DIGESTS, ENGINE, PERSON, Gateway, Made, consent
from tests.resolvers.documents import Documents
from tests.resolvers.test_preview import _decided, _fetched, _planned, _said, _withheld, about, codes
from tests.resolvers.test_preview_grounds import OTHER, consents

SEEN = """query Seen($text: String!, $variables: JSON, $held: [ID!], $supposing: SupposedGround! = PURPOSE) {
  preview(query: $text, variables: $variables, held: $held, supposing: $supposing) {
    ground consent restsOn
    frequency { period number times over }
    refusals { code message help rule basis }
    fields {
      selection item inputs treatment given rule basis rows ground
      nearest { rule treatment because }
    }
    departments { department reads { record exists items } }
  }
}"""
BALANCE = "financial { loanAccounts { balance openedOn } }"


@dataclass
class Turns:
    """What the seal has counted."""

    counts: dict[tuple[str, str, str, str], int] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    async def used(self, turns: Sequence[Turn]) -> dict[tuple[str, str, str, str], int]:
        self.read += [turn.person for turn in turns]
        return {turn.key: self.counts.get(turn.key, 0) for turn in turns}


def counting(gateway: Gateway, used: int, purpose: str, organisation: str = "bank-a") -> Turns:
    services = gateway.operations.services
    frequency = ENGINE.purposes[purpose].frequency
    assert frequency
    period = frequency.per.at(services.clock())
    found = Turns({(DIGESTS.person(PersonId(PERSON)), organisation, purpose, period): used})
    object.__setattr__(services, "turns", found)
    return found


async def run(
    gateway: Gateway, query: str, role: str = "bank-system", limits: Limits | None = None, **given: Any
) -> Any:
    own = DIGESTS.person(PersonId(PERSON)) if role == "person" else None
    attributes = {"institution": "B10110000H0001", "provider": "W1"}
    requester = Requester("bank-a", role, "op", role, person=own, attributes=attributes, limits=limits or Limits())
    executed = await gateway.operations.run(requester, parse(query), query, given, None)
    return orjson.loads(orjson.dumps(executed.body))


async def foreseen(gateway: Gateway, text: str, role: str = "bank-system", **given: Any) -> dict[str, Any]:
    body = await run(gateway, SEEN, role, text=text, **given)
    assert "errors" not in body, body
    assert gateway.departments.asked == []
    return body["data"]["preview"]


def some_held(random: Random, purpose: str) -> list[Consent]:
    """Several of one person, each of its own kind and under its own id."""
    found = [each for _ in range(random.randint(0, 3)) for each in consents(random, purpose)[:1]]
    return [replace(each, id=f"c{place}") for place, each in enumerate(found)]


@pytest.mark.parametrize("role", ["bank-system", "bank-officer", "rural-cooperative", "civil-affairs-clerk"])
async def test_what_is_held_is_chosen_as_the_ask_chooses_it(role: str, gateway: Made) -> None:
    random, told = Random(f"held {role}"), {True: 0, False: 0}
    made = Documents(gateway().operations.schema, 11)
    purposes = [p for p, its in ENGINE.purposes.items() if its.ground == "consent" and ENGINE.permitted(role, p)]
    for _ in range(often(16, 40)):
        purpose = random.choice(purposes)
        own = gateway(consents=some_held(random, purpose))
        number = json.dumps(REFERENCE.get(purpose, {}).get("reference", "A-1"))
        text = made.one(f"person(idNumber: $id, purpose: {purpose}, reference: {number})")
        variables = {"no": random.random() < 0.5, "first": 3, "since": "2024-01-01"}
        held = [each.id for each in own.store.consents]
        random.shuffle(held)
        preview = await foreseen(own, text, role, variables=variables, held=held)
        answer = await run(own, text, role, id=PERSON, **variables)
        disclosure = answer.get("extensions", {}).get("disclosure", {}).get("person")
        told[disclosure is not None] += 1
        if disclosure is None:
            assert codes(preview) == [answer["errors"][0]["extensions"]["code"]], (text, own.store.consents)
            continue
        assert codes(preview) == [], text
        assert preview["restsOn"] == disclosure["ground"]["consent"], own.store.consents
        assert _withheld(preview) == _said(disclosure), text
        decided = _decided(preview)
        assert decided == {key: disclosure["treatments"][key] for key in decided}, text
        assert _planned(preview) == _fetched(own), text
    assert min(told.values()) > 3


async def test_without_any_the_ask_is_refused_and_what_one_would_open_is_told(gateway: Made) -> None:
    own = gateway(consents=[])
    preview = await foreseen(own, about(BALANCE), held=[])
    assert codes(preview) == ["CONSENT_REQUIRED"]
    assert any(field["given"] for field in preview["fields"])
    assert preview["restsOn"] is None


async def test_a_consent_to_others_is_as_one_that_is_not_there(gateway: Made) -> None:
    foreign = consent(id="theirs", organisation="bank-b")
    own = gateway(consents=[foreign, consent(state=ConsentState.REVOKED)])
    answers = [
        await foreseen(own, about(BALANCE), held=held) for held in (["theirs"], ["nowhere"], ["theirs", "nowhere"], [])
    ]
    assert all(each == answers[0] for each in answers)
    assert codes(answers[0]) == ["CONSENT_REQUIRED"]
    assert codes(await foreseen(own, about(BALANCE), held=["c1", "theirs"])) == ["CONSENT_REVOKED"]


async def test_consents_of_two_people_are_of_nobody(gateway: Made) -> None:
    own = gateway(consents=[consent(), consent(id="c2", person=OTHER)])
    assert codes(await foreseen(own, about(BALANCE), held=["c1", "c2"])) == ["CONSENT_NOT_FOUND"]


async def test_so_many_may_be_held_out(gateway: Made) -> None:
    own = gateway()
    assert codes(await foreseen(own, about(BALANCE), held=["c1"] * 100)) == []
    body = await run(own, SEEN, text=about(BALANCE), held=["c1"] * 101)
    assert [error["extensions"]["code"] for error in body["errors"]] == ["DOCUMENT_TOO_LARGE"]


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        (Limits(client=ClientAllowance(per_day=1)), "client.per_day 1"),
        (Limits(operator=OperatorAllowance(per_month=1)), "operator.per_month 1"),
        (Limits(purposes={"LOAN_APPROVAL": Allowance(per_day=1)}), "purposes.LOAN_APPROVAL.per_day 1"),
    ],
    ids=["client", "operator", "purpose"],
)
async def test_a_quota_that_is_used_up_is_foreseen_and_looking_uses_none(
    limits: Limits, rule: str, gateway: Made
) -> None:
    own = gateway()
    for _ in range(5):
        assert codes(await foreseen(own, about(BALANCE), limits=limits)) == []
    answer = await run(own, about(BALANCE), limits=limits, id=PERSON)
    assert "errors" not in answer
    own.departments.asked.clear()
    preview = await foreseen(own, about(BALANCE), limits=limits)
    [refusal] = preview["refusals"]
    assert (refusal["code"], refusal["rule"]) == ("QUOTA_EXCEEDED", rule)
    assert preview["fields"]
    [error] = (await run(own, about(BALANCE), limits=limits, id=PERSON))["errors"]
    assert (error["extensions"]["code"], error["extensions"]["rule"]) == ("QUOTA_EXCEEDED", rule)


async def test_another_purpose_is_not_used_up(gateway: Made) -> None:
    own, limits = gateway(), Limits(purposes={"LOAN_APPROVAL": Allowance(per_day=0)})
    assert codes(await foreseen(own, about(BALANCE), limits=limits)) == ["QUOTA_EXCEEDED"]
    assert codes(await foreseen(own, about(BALANCE, "POST_LOAN"), limits=limits)) == []


async def test_an_ask_that_comes_too_early_is_foreseen_of_whom_a_consent_names(
    gateway: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monthly = replace(ENGINE.purposes["LOAN_APPROVAL"], frequency=Frequency(1, Period.MONTH))
    monkeypatch.setattr(ENGINE, "purposes", {**ENGINE.purposes, "LOAN_APPROVAL": monthly})
    for used, refused in ((0, []), (1, ["FREQUENCY_EXCEEDED"])):
        own = gateway()
        turns = counting(own, used, "LOAN_APPROVAL")
        for more, held in ((', reference: "A-1"', ["c1"]), (', reference: "A-1", consent: "c1"', None)):
            assert codes(await foreseen(own, about(BALANCE, more=more), held=held)) == refused
        answer = await run(own, about(BALANCE), id=PERSON)
        assert [error["extensions"]["code"] for error in answer.get("errors", ())] == refused
        turns.read.clear()
        own.departments.asked.clear()
        assert codes(await foreseen(own, about(BALANCE))) == []  # nobody is named, so nobody is looked up
        assert turns.read == []


async def test_where_no_consent_says_whom_it_is_about_frequency_is_not_told(gateway: Made) -> None:
    """POST_LOAN rests on a contract: nothing but the id number says whose, and a preview takes none."""
    own = gateway()
    turns = counting(own, 1, "POST_LOAN")
    text = about(BALANCE, "POST_LOAN", ', reference: "HT-2026-1"')
    preview = await foreseen(own, text, variables={"id": PERSON}, held=["c1"])
    assert (codes(preview), preview["frequency"], turns.read) == ([], None, [])
    [error] = (await run(own, text, id=PERSON))["errors"]
    assert error["extensions"]["code"] == "FREQUENCY_EXCEEDED"


async def test_a_person_is_told_which_own_report_of_the_year_it_would_be(gateway: Made) -> None:
    for used, over in ((0, False), (1, False), (2, True)):
        own = gateway()
        counting(own, used, "SELF_QUERY")
        preview = await foreseen(own, about(BALANCE, "SELF_QUERY", ""), "person")
        assert codes(preview) == []
        assert preview["frequency"]["number"] == used + 1
        assert preview["frequency"]["over"] is over
