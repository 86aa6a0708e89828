"""The properties hold of the shipped policies, and each of them fails of a rule that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from exchange.decision import Decision, GroundState, Treatment
from policies.engine import Engine
from policies.faults import PolicyFaulty
from policies.properties import FILE, proofs, prove, read
from policies.property import Property

BREAKING = {
    "lenders-never-medical": "bank-officer, POST_LOAN, HRS06.enrolment_status, EXISTS, , ordinary",
    "written-consent-names-the-item": "agency, REPORT_PRODUCT, TAX03.tax_paid_amount, BANDED, , ordinary",
    "written-consent-items-have-few-readers": "guardian, ESTATE, HPF01.balance, EXISTS, , ordinary",
    "tax-office-only-its-own-amounts": "tax-clerk, ARREARS_ENFORCEMENT, HPF01.balance, BANDED, , ordinary",
    "annotations-person-and-case-officer": "court-liaison, JUDICIAL_INQUIRY, PBC09.content, FULL, , ordinary",
    "benefit-outside-departments": "guardian, ESTATE, HRS04.benefit_receiving, FULL, , ordinary",
    "developers-no-real-person": "developer, AUDIT, PSB01.name, MASKED, , ordinary",
    "synthetic-people-developers-only": "model-developer, SANDBOX, group:court, FULL, , ordinary",
    "person-asks-about-self": "person, ESTATE, group:court, EXISTS, , ordinary",
    "own-report-person-only": "guardian, SELF_QUERY, group:court, EXISTS, , ordinary",
    "expired-person-and-audit-only": "inspector, AUDIT, group:court, EXISTS, , ordinary",
    "roles-without-workflow": "analyst, STATISTICS, group:court, BANDED, , ordinary",
    "spouse-court-and-assistance-only": "person, SELF_QUERY, CVA01.spouse_subject_ref, FULL, , ordinary",
    "fund-centre-married-yes-or-no": "fund-centre, FUND_LOAN, CVA01.marital_status, EXISTS, , ordinary",
    "lenders-nothing-of-marriage-and-assistance": "agency, REPORT_PRODUCT, CVA02.fraud_decided_on, BANDED, , ordinary",
    "lenders-most-sensitive-items": "bank, CARD_APPROVAL, HPF01.balance, FULL, , written",
    "contact-after-the-loan-only": "rural-cooperative, lending, group:contact, MASKED, , ordinary",
    "contact-after-the-loan-masked": "rural-cooperative, POST_LOAN, PBC01.mobile_phone, FULL, , ordinary",
    "case-officer-disputed-record-only": "case-officer, ESTATE, record:PBC04, FULL, own_institution, ordinary",
    "utility-own-customers-only": "utility-clerk, UTILITY_DISPUTE, UTL02.arrears_amount, FULL, , ordinary",
    "insurance-fraud-only": "hrs-clerk, BENEFIT_ELIGIBILITY, record:SAM02, FULL, disputed_record_only, ordinary",
    "auditors-masked": "auditor, AUDIT, PBC03.account_status, FULL, , ordinary",
    "identity-masked": "guardian, ESTATE, PSB01.name, FULL, , ordinary",
    "employers-yes-or-no": "personnel-officer, PERSONNEL_REVIEW, CRT01.case_number, MASKED, , ordinary",
}
"""Property → a permit that breaks it. Two more have tests of their own: no permit can break them."""


@pytest.fixture
def changed(folder: Path, add: Callable[[str, str], int], catalogue: Catalogue) -> Callable[[str], tuple[Engine, int]]:
    """The shipped policies with one permit more, and the permit's line."""

    def load(permit: str) -> tuple[Engine, int]:
        line = add("permits.csv", f"p, {permit}, P-WRONG, CREDIT_QUERY")
        return Engine.load(folder, catalogue), line

    return load


@pytest.fixture(scope="module")
def shipped(engine: Engine, catalogue: Catalogue) -> dict[str, Property]:
    return {statement.id: statement for statement in read(None, engine, catalogue)}


def test_every_property_holds(engine: Engine, catalogue: Catalogue) -> None:
    assert prove(engine, catalogue, None) == []


def test_every_property_can_fail(shipped: dict[str, Property]) -> None:
    assert shipped.keys() - BREAKING.keys() == {"no-ground-no-item", "other-lenders-pseudonymous"}
    assert BREAKING.keys() <= shipped.keys()


@pytest.mark.parametrize("id", BREAKING)
def test_a_rule_that_breaks_a_property_is_the_counterexample(id: str, changed, catalogue: Catalogue) -> None:
    engine, line = changed(BREAKING[id])
    found = {example.statement.id: example for example in prove(engine, catalogue, None)}
    assert id in found
    example = found[id]
    assert (example.rule.id, example.place) == ("P-WRONG", f"permits.csv:{line}")
    assert engine.verdict(example.role, example.purpose, example.decision.item, example.state) == example.decision
    assert f"by P-WRONG (permits.csv:{line}: " in str(example)


def test_of_joined_rows_the_permit_of_the_strange_ones_is_blamed(changed, catalogue: Catalogue) -> None:
    engine, line = changed("case-officer, DISPUTE_OR_REPAIR, PBC03.balance, FULL, own_institution, ordinary")
    (example,) = prove(engine, catalogue, None)
    assert example.statement.id == "case-officer-disputed-record-only"
    assert example.decision.rows == {"disputed_record_only", "own_institution"}
    assert (example.rule.id, example.decision.rule, example.place) == ("P-WRONG", "P-DISPUTE-LC", f"permits.csv:{line}")


def test_without_its_forbid_another_lender_is_named(folder: Path, edit, catalogue: Catalogue) -> None:
    edit("forbids.csv", "p, lender, *, PBC03.institution_code, FULL, , , F-LENDER-LOAN-LENDER, OTHER_LENDERS\n", "")
    (example,) = prove(Engine.load(folder, catalogue), catalogue, None)
    assert (example.statement.id, example.decision.treatment) == ("other-lenders-pseudonymous", Treatment.FULL)
    assert example.decision.item == "PBC03.institution_code"


def test_an_engine_that_opens_something_without_a_ground_is_caught(
    engine: Engine, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = engine.verdict
    at = ("bank-system", "LOAN_APPROVAL", "PBC03.balance")

    def careless(role: str, purpose: str, item: str, state: GroundState) -> Decision:
        return decide(role, purpose, item, GroundState.ORDINARY if (role, purpose, item) == at else state)

    monkeypatch.setattr(engine, "verdict", careless)
    (example,) = prove(engine, catalogue, None)
    assert (example.statement.id, example.state) == ("no-ground-no-item", GroundState.NONE)


def test_the_count_of_cells_is_every_combination(shipped: dict[str, Property], engine: Engine, catalogue) -> None:
    every = list(product(engine.roles, engine.purposes, catalogue.items, GroundState))
    assert shipped["no-ground-no-item"].cells == len(every) // 3
    for statement in (shipped["utility-own-customers-only"], shipped["written-consent-items-have-few-readers"]):
        assert statement.cells == sum(statement.speaks_of(*cell) for cell in every)


def test_every_broken_cell_is_counted(changed, catalogue: Catalogue, shipped: dict[str, Property]) -> None:
    engine, _ = changed("bank, lending, HRS03.enrolment_status, EXISTS, , ordinary")
    (proof,) = proofs(engine, catalogue, (shipped["lenders-never-medical"],))
    assert (proof.holds, proof.broken, proof.opened) == (False, 2 * 5 * 2, 2 * 5 * 2)


@pytest.mark.parametrize(
    ("at_most", "item", "treatment", "allowed"),
    [
        ("MASKED", "PBC03.balance", "BANDED", True),
        ("MASKED", "PBC03.balance", "FULL", False),
        ("MASKED", "PBC03.account_status", "FULL", False),
        ("BANDED", "PBC03.account_status", "FULL", True),
        ("BANDED", "PSB01.name", "MASKED", True),
        ("MASKED", "HRS02.first_enrolled_month", "FULL", True),
        ("BANDED", "PBC03.balance", "EXISTS", True),
        ("EXISTS", "PBC03.balance", "EXISTS", True),
        ("EXISTS", "PBC03.balance", "BANDED", False),
        ("WITHHELD", "PBC03.balance", "EXISTS", False),
        ("WITHHELD", "PBC03.balance", "WITHHELD", True),
        ("FULL", "PBC03.balance", "FULL", True),
    ],
)
def test_a_limit_means_what_the_treatment_means_for_the_kind(
    catalogue: Catalogue, at_most: str, item: str, treatment: str, allowed: bool
) -> None:
    statement = _stating(at_most=Treatment(at_most))
    assert statement.allows(catalogue.items[item], Decision(item, Treatment(treatment))) is allowed


@pytest.mark.parametrize(
    ("rows", "allowed"),
    [((), False), (("own_provider",), True), (("own_provider", "disputed_record_only"), False)],
)
def test_a_demand_for_rows_is_broken_by_more_rows(catalogue: Catalogue, rows: tuple[str, ...], allowed: bool) -> None:
    statement = _stating(rows=frozenset({"own_provider"}))
    decision = Decision("UTL01.service_type", Treatment.FULL, frozenset(rows))
    assert statement.allows(catalogue.items["UTL01.service_type"], decision) is allowed


def _stating(at_most: Treatment = Treatment.FULL, rows: frozenset[str] = frozenset()) -> Property:
    nothing: frozenset[str] = frozenset()
    return Property("p", "述", "said", "basis", 1, nothing, nothing, nothing, frozenset(GroundState), at_most, rows)


GOOD = "a:\n  zh: 甲\n  en: a\n  basis: b\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("who: [lendr]\n  at_most: EXISTS", 5, "unknown role 'lendr'; did you mean 'lender'?"),
        ("who: {except: [lendr]}\n  at_most: EXISTS", 5, "unknown role 'lendr'"),
        ("who: lender\n  at_most: EXISTS", 5, "a list of words belongs here"),
        ("who: []\n  at_most: EXISTS", 5, "a list of words belongs here"),
        ("who: {not: [lender]}\n  at_most: EXISTS", 5, "unknown key 'not'"),
        ("items: [group:curt]\n  at_most: EXISTS", 5, "unknown item or group 'group:curt'"),
        ("purposes: [LOAN_APROVAL]\n  at_most: EXISTS", 5, "unknown purpose 'LOAN_APROVAL'"),
        ("purposes: {where: {gruond: consent}}\n  at_most: EXISTS", 5, "unknown fact of a purpose 'gruond'"),
        ("purposes: {where: {}}\n  at_most: EXISTS", 5, "where names no fact"),
        ("purposes: {where: {own: yes}, except: [ESTATE]}\n  at_most: EXISTS", 5, "'except' does not go with where"),
        ("purposes: {where: {ground: consnet}}\n  at_most: EXISTS", 5, "a speaks of no role, purpose or item"),
        ("who: {of: [bank], except: [lender]}\n  at_most: EXISTS", 5, "a speaks of no role, purpose or item"),
        ("ground: [oral]\n  at_most: EXISTS", 5, "unknown ground 'oral'"),
        ("at_most: FULL", 5, "unknown treatment 'FULL'"),
        ("at_most: [EXISTS]", 5, "unknown treatment"),
        ("rows: [own_bank]", 5, "unknown row condition 'own_bank'"),
        ("who: [lender]", 5, "a demands nothing: it needs at_most, rows or both"),
        ("at_most: EXISTS\n  unless: []", 6, "unknown key 'unless'"),
        ("at_most: EXISTS\n  en: again", 6, "'en' stands twice"),
    ],
)
def test_a_faulty_property(
    tmp_path: Path, engine: Engine, catalogue: Catalogue, text: str, line: int, message: str
) -> None:
    (tmp_path / FILE).write_text(f"{GOOD}  {text}\n", "utf-8")
    with pytest.raises(PolicyFaulty) as caught:
        read(tmp_path, engine, catalogue)
    assert message in str(caught.value)
    assert {(fault.file, fault.line) for fault in caught.value.faults} <= {(FILE, line), (FILE, 2)}


def test_words_of_law_may_not_be_left_out(tmp_path: Path, engine: Engine, catalogue: Catalogue) -> None:
    (tmp_path / FILE).write_text("a:\n  en: ''\n  at_most: EXISTS\n", "utf-8")
    with pytest.raises(PolicyFaulty) as caught:
        read(tmp_path, engine, catalogue)
    assert {fault.message for fault in caught.value.faults} == {
        "zh of a must be a text",
        "en of a must be a text",
        "basis of a must be a text",
    }


@pytest.mark.parametrize("content", [None, "", "a: [", "- a\n"])
def test_a_file_that_states_nothing(tmp_path: Path, engine: Engine, catalogue: Catalogue, content: str | None) -> None:
    if content is not None:
        (tmp_path / FILE).write_text(content, "utf-8")
    with pytest.raises(PolicyFaulty, match=FILE):
        read(tmp_path, engine, catalogue)
