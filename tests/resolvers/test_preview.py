"""`preview` says what the ask then does: over documents made by chance, every role and every purpose."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from exchange.consent import ConsentState
from exchange.disclosure import Disclosure
from exchange.phase import Phase
from exchange.refusals import DocumentTooLarge
from gateway.limits import Limits
from tests.acceptance.in_process import REFERENCE
from tests.often import often
from tests.resolvers.conftest import ENGINE, PERSON, Gateway, Made, consent
from tests.resolvers.documents import Documents

SEEN = """query Seen($text: String!, $variables: JSON, $operation: String, $supposing: SupposedGround! = PURPOSE) {
  preview(query: $text, variables: $variables, operationName: $operation, supposing: $supposing) {
    operation kind role purpose ground consent revision
    refusals { code message help rule basis places { line column length } }
    fields {
      selection item inputs treatment given rule basis rows ground
      nearest { rule treatment because }
      places { line column length }
    }
    departments {
      department
      reads { record exists items conditions given order first probes }
      statements { source statement reads { record source returned conditions } }
    }
  }
}"""
LOANS = "financial { loanAccounts { balance openedOn } hasCardAccounts }"
_ROLES = sorted({role for role in ENGINE.roles for purpose in ENGINE.purposes if ENGINE.permitted(role, purpose)})


async def seen(gateway: Gateway, query: str, role: str = "bank-system", **given: Any) -> dict[str, Any]:
    executed = await gateway.run(SEEN, role, text=query, **given)
    assert "errors" not in executed.body, executed.body["errors"]
    assert executed.disclosures == ()
    assert gateway.departments.asked == []
    return executed.body["data"]["preview"]


def about(selection: str, purpose: str = "LOAN_APPROVAL", more: str = ', reference: "A-1"') -> str:
    return f"query($id: IdNumber!) {{ person(idNumber: $id, purpose: {purpose}{more}) {{ {selection} }} }}"


def treatments(preview: dict[str, Any]) -> dict[str, str]:
    return {field["selection"].removeprefix("person."): field["treatment"] for field in preview["fields"]}


def codes(preview: dict[str, Any]) -> list[str]:
    return [refusal["code"] for refusal in preview["refusals"]]


def _withheld(preview: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = [field for field in preview["fields"] if not field["given"]]
    return sorted((f["selection"], f["item"], f["rule"], f["basis"], json.dumps(f["nearest"])) for f in found)


def _said(disclosure: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (one["selection"], one["item"], one["rule"], one["basis"], json.dumps(one["nearest"]))
        for one in disclosure["withheld"]
    )


def _decided(preview: dict[str, Any]) -> dict[str, str]:
    """Item → treatment, of fields that show one item; a figure has its own."""
    one = [f for f in preview["fields"] if f["selection"].count(".") == 3 or f["item"] == "PSB01.id_number"]
    return {field["item"]: field["treatment"] for field in one if field["inputs"]}


def _planned(preview: dict[str, Any]) -> dict[str, list[tuple[Any, ...]]]:
    return {
        one["department"]: [(read["record"], read["exists"], sorted(read["items"])) for read in one["reads"]]
        for one in preview["departments"]
    }


def _fetched(gateway: Gateway) -> dict[str, list[tuple[Any, ...]]]:
    return {
        code: [(w.record, w.exists, sorted(f"{w.record}.{column.item}" for column in w.columns)) for w in wanted]
        for code, wanted, _ in gateway.departments.asked
    }


@pytest.mark.parametrize("role", _ROLES)
async def test_a_preview_says_what_the_ask_then_does(role: str, gateway: Made) -> None:
    """Treatments, what is withheld by which rule, what each department is asked, and whole refusals."""
    random, schema = Random(role), gateway().operations.schema
    made, compared = Documents(schema, random.randrange(1000)), 0
    purposes = [code for code in ENGINE.purposes if ENGINE.permitted(role, code)]
    for tried in range(60):
        if tried >= often(20, 60) and compared > 3:
            break
        purpose = random.choice([*purposes * 9, *ENGINE.purposes])
        narrow = random.random() < 0.3
        named = consent(purpose, items=frozenset({"PBC03.balance", "CRT01.case_number"}) if narrow else None)
        own = gateway(consents=[named])
        number = REFERENCE.get(purpose, {}).get("reference", "A-1")
        reference = random.choice([json.dumps(number)] * 9 + ["null", '"A 1"'])
        said = f", reference: {reference}{', consent: ' + json.dumps(named.id) if narrow else ''}"
        text = made.one(f"person(idNumber: $id, purpose: {purpose}{said})")
        variables = {
            "no": random.random() < 0.5,
            "first": random.choice([0, 3, 3, 100, 100, 101]),
            "since": "2024-01-01",
        }
        preview = await seen(own, text, role, variables=variables)
        answer = (await own.run(text, role, id=PERSON, **variables)).body
        disclosure = answer.get("extensions", {}).get("disclosure", {}).get("person")
        if disclosure is None:
            assert preview["refusals"], (text, answer)
            assert codes(preview)[:1] == [answer["errors"][0]["extensions"]["code"]], text
            continue
        assert codes(preview) == [], text
        compared += 1
        assert _withheld(preview) == _said(disclosure), text
        every = {key for field in preview["fields"] for key in field["inputs"]}
        assert every == set(disclosure["treatments"]), text
        decided = _decided(preview)
        assert decided == {key: disclosure["treatments"][key] for key in decided}, text
        assert _planned(preview) == _fetched(own), text
        for field in preview["fields"]:
            # An item of which only its being there may be told is null; a record's being there is told.
            told = ("FULL", "MASKED", "BANDED") if field["inputs"] else ("EXISTS",)
            assert field["given"] == (field["treatment"] in told), (field, text)
    assert compared > 3


async def test_each_treatment_is_told_with_its_rule_and_place(gateway: Made) -> None:
    text = about("idNumber financial {\n  loanAccounts { balance mine: openedOn institutionCode }\n  hasCardAccounts }")
    preview = await seen(gateway(), text)
    by_path = {field["selection"]: field for field in preview["fields"]}
    assert by_path["person.idNumber"]["treatment"] == "MASKED"
    assert by_path["person.financial.hasCardAccounts"]["treatment"] == "EXISTS"
    balance = by_path["person.financial.loanAccounts.balance"]
    assert balance["item"] == "PBC03.balance"
    assert balance["rule"]
    assert balance["basis"]
    assert balance["places"] == [{"line": 2, "column": 18, "length": 7}]
    assert by_path["person.financial.loanAccounts.mine"]["places"] == [{"line": 2, "column": 32, "length": 8}]


async def test_a_field_that_stands_twice_has_two_places(gateway: Made) -> None:
    text = about("financial { loanAccounts { balance ...A } }") + " fragment A on LoanAccount { balance }"
    (field,) = (await seen(gateway(), text))["fields"]
    assert len(field["places"]) == 2


async def test_nobody_need_be_named_and_a_number_that_is_given_is_not_looked_at(gateway: Made) -> None:
    own = gateway()
    unnamed = await seen(own, about("idNumber"))
    assert codes(unnamed) == []
    for number in ("nonsense", "11010519491231002X", {"deep": [1]}):
        assert await seen(own, about("idNumber"), variables={"id": number}) == unnamed
    literal = about("idNumber").replace("($id: IdNumber!)", "").replace("$id", '"11010519491231002X"')
    assert treatments(await seen(own, literal)) == treatments(unnamed)


async def test_nothing_of_the_document_is_kept(gateway: Made) -> None:
    own = gateway()
    await own.run(SEEN, text=about("idNumber"))
    operations, plans = own.operations, own.operations.services.plans
    before = (len(operations._validated), len(plans._read), len(plans._prepared))
    await seen(own, about(f"{LOANS} idNumber").replace("$id)", '"11010519491231002X")'))
    assert (len(operations._validated), len(plans._read), len(plans._prepared)) == before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{ person(", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("\u0000", "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { me { role } } query B { me { role } }", "OPERATION_NAME_REQUIRED"),
        ("subscription { me { role } }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment A on Person { idNumber }", "GRAPHQL_VALIDATION_FAILED"),
        ('{ person(idNumber: "x", purpose: NOWHERE) { idNumber } }', "PURPOSE_UNKNOWN"),
        ("query($p: Purpose!) { person(idNumber: 1, purpose: $p) { idNumber } }", "VARIABLES_INVALID"),
        (about("idNumber", "LOAN_APPROVAL", ""), "REFERENCE_REQUIRED"),
        (about("idNumber", "LOAN_APPROVAL", ', consent: "none", reference: "A-1"'), "CONSENT_NOT_FOUND"),
        (about("idNumber", "POST_LOAN", ', consent: "c1", reference: "A-1"'), "CONSENT_NOT_FOUND"),
        (about("idNumber", "JUDICIAL_INQUIRY"), "PURPOSE_NOT_PERMITTED"),
        (about("financial { loanAccounts(first: 101) { balance } }"), "FIRST_OUT_OF_RANGE"),
        (about('financial { loanAccounts(since: "soon") { balance } }'), "DAY_INVALID"),
        (about("idNumber") .replace("{ person", "{ other: person(idNumber: 1, purpose: POST_LOAN) { idNumber } person"),
         "ONE_PERSON_PER_OPERATION"),
        ('{ persons(asks: [{idNumber: "x"}], purpose: LOAN_APPROVAL) { idNumber } }', "PORTFOLIO_NOT_PERMITTED"),
        ("{ persons(asks: [], purpose: POST_LOAN) { idNumber } }", "PORTFOLIO_SIZE"),
    ],
)  # fmt: skip
async def test_what_the_whole_ask_would_be_refused_for_is_told(text: str, code: str, gateway: Made) -> None:
    own = gateway()
    preview = await seen(own, text)
    assert codes(preview) == [code]
    (refusal,) = preview["refusals"]
    assert refusal["message"]
    assert refusal["help"]


async def test_a_refusal_that_can_be_mended_leaves_the_fields_decided(gateway: Made) -> None:
    preview = await seen(gateway(), about(LOANS, "LOAN_APPROVAL", ""))
    assert codes(preview) == ["REFERENCE_REQUIRED"]
    assert treatments(preview)["financial.hasCardAccounts"] == "EXISTS"
    assert [one["department"] for one in preview["departments"]][:1] == ["PBC"]


async def test_a_purpose_that_is_not_permitted_gives_nothing_and_asks_nobody(gateway: Made) -> None:
    preview = await seen(gateway(), about(LOANS, "JUDICIAL_INQUIRY"))
    assert set(treatments(preview).values()) == {"WITHHELD"}
    assert preview["departments"] == []


async def test_a_purpose_of_a_later_phase_is_told(gateway: Made) -> None:
    preview = await seen(gateway(phase=Phase.BUILD), about("idNumber"))
    assert codes(preview) == ["PURPOSE_NOT_OPEN"]
    assert treatments(preview) == {"idNumber": "MASKED"}


async def test_the_ground_that_is_supposed_decides(gateway: Made) -> None:
    text = about("financial { loanAccounts { balance } } housingFund { accounts { balance } } ")
    text = about("idNumber financial { loanAccounts { balance } }")
    own = gateway()
    assert codes(await seen(own, text, supposing="NONE")) == ["CONSENT_REQUIRED"]
    assert set(treatments(await seen(own, text, supposing="NONE")).values()) == {"WITHHELD"}
    written = [key for key, item in own.operations.services.catalogue.items.items() if item.written_consent_only]
    assert written
    found = {}
    for supposing in ("PURPOSE", "WRITTEN"):
        engine_sees = await seen(own, about(_selecting(own, written)), supposing=supposing)
        found[supposing] = set(treatments(engine_sees).values())
    assert found["PURPOSE"] == {"WITHHELD"}
    assert found["WRITTEN"] - {"WITHHELD"}


def _selecting(gateway: Gateway, keys: list[str]) -> str:
    from resolvers.selection import camel

    catalogue = gateway.operations.services.catalogue
    parts = []
    for place, key in enumerate(keys):
        record = catalogue.records[key.split(".")[0]]
        section = catalogue.departments[record.department].section
        parts.append(f"a{place}: {section} {{ {record.list_name} {{ {camel(key.split('.')[1])} }} }}")
    return " ".join(parts)


async def test_a_narrow_consent_of_another_organisation_looks_like_none(gateway: Made) -> None:
    text = about("financial { loanAccounts { balance openedOn } }", more=', consent: "c1", reference: "A-1"')
    narrow = consent(items=frozenset({"PBC03.opened_on"}))
    preview = await seen(gateway(consents=[narrow]), text)
    assert preview["consent"] is True
    assert treatments(preview)["financial.loanAccounts.balance"] == "WITHHELD"
    assert treatments(preview)["financial.loanAccounts.openedOn"] != "WITHHELD"
    foreign = await seen(gateway(consents=[consent(organisation="bank-b")]), text)
    nothing = await seen(gateway(consents=[]), text)
    assert codes(foreign) == ["CONSENT_NOT_FOUND"]
    assert foreign == nothing


async def test_a_consent_that_was_taken_back_is_told(gateway: Made) -> None:
    text = about(LOANS, more=', consent: "c1", reference: "A-1"')
    assert codes(await seen(gateway(consents=[consent(state=ConsentState.REVOKED)]), text)) == ["CONSENT_REVOKED"]


async def test_the_plan_holds_probes_and_conditions_and_nothing_withheld(gateway: Made) -> None:
    preview = await seen(gateway(), about("courts { enforcementCases { caseStatus } }"))
    reads = {one["department"]: one["reads"] for one in preview["departments"]}
    assert reads["CRT"][0]["items"] == ["CRT02.case_status"]
    assert any("today" in name for name in reads["CRT"][0]["given"])
    assert [read["probes"] for read in reads["PSB"]] == [["alive"]]
    assert [one["statements"] for one in preview["departments"]] == [None, None]


async def test_what_is_about_nobody_shows_no_fields(gateway: Made) -> None:
    own = gateway()
    for text in ("{ me { role } __schema { types { name } } }", "{ access(purpose: LOAN_APPROVAL) { role } }"):
        preview = await seen(own, text)
        assert (preview["kind"], preview["purpose"], preview["fields"], codes(preview)) == ("query", None, [], [])
    fields = own.operations.schema.mutation_type
    assert fields is not None
    preview = await seen(own, 'mutation { withdrawConsent(id: "c1") { id } }')
    assert preview["departments"] == []
    assert len(own.store.consents) == 1


async def test_of_several_operations_the_named_one_is_seen(gateway: Made) -> None:
    text = 'query A { me { role } } query B { person(idNumber: "1", purpose: LOAN_APPROVAL) { idNumber } }'
    assert (await seen(gateway(), text, operation="B"))["operation"] == "B"
    assert codes(await seen(gateway(), text, operation="C")) == ["OPERATION_UNKNOWN"]


async def test_a_portfolio_is_seen_by_its_first_person(gateway: Made) -> None:
    text = "query($asks: [PersonAsk!]!) { persons(asks: $asks, purpose: POST_LOAN) { idNumber } }"
    asks = [{"idNumber": "", "reference": "HT-1"}, {"idNumber": "", "reference": "HT-2"}]
    preview = await seen(gateway(), text, variables={"asks": asks})
    assert [field["selection"] for field in preview["fields"]] == ["persons.0.idNumber"]
    assert codes(preview) == []
    assert codes(await seen(gateway(), text, variables={"asks": [asks[0], {"idNumber": ""}]})) == ["REFERENCE_REQUIRED"]
    assert codes(await seen(gateway(), text)) == ["REFERENCE_REQUIRED"]


async def test_one_preview_in_each_operation(gateway: Made) -> None:
    own = gateway()
    text = "query($q: String!) { a: preview(query: $q) { kind } b: preview(query: $q) { kind } }"
    executed = await own.run(text, q="{ me { role } }")
    assert [error["extensions"]["code"] for error in executed.body["errors"]] == ["DOCUMENT_TOO_LARGE"]
    assert [one.code for one in executed.disclosures] == ["DOCUMENT_TOO_LARGE"]


async def test_the_document_is_held_to_the_limits_of_every_document(gateway: Made) -> None:
    own = gateway()
    object.__setattr__(own.operations.services, "parses", Limits(depth=4).parsed)
    assert codes(await seen(own, about(LOANS))) == []
    deep = about("financial { loanAccounts { provenance { department } dispute { kind } } }", more="")
    assert codes(await seen(own, deep)) == [DocumentTooLarge.code]


@pytest.mark.parametrize("variables", [[], "text", 7, True])
async def test_variables_that_are_no_object_are_refused(variables: object, gateway: Made) -> None:
    assert codes(await seen(gateway(), about("idNumber"), variables=variables)) == ["VARIABLES_INVALID"]


async def test_a_preview_is_not_sealed_as_an_ask(gateway: Made) -> None:
    executed = await gateway().run(SEEN, text=about(LOANS))
    sealed: tuple[Disclosure, ...] = executed.disclosures
    assert sealed == ()


async def test_names_of_tables_are_for_those_whom_the_policy_lets_read_them(gateway: Made) -> None:
    own = gateway()
    text = about("financial { loanAccounts { balance } }", "SANDBOX", "")
    found = (await seen(own, text, "developer"))["departments"]
    assert [one["department"] for one in found] == ["PBC", "PSB"]
    assert found[0]["statements"] == [{"source": "PBC", "statement": "", "reads": []}]
