from __future__ import annotations

from random import Random

import pytest

from exchange.catalogue import Catalogue
from exchange.condition import ALWAYS, NEVER, Any, Compare, Given, KeyIn
from exchange.consent import NO_GROUND, Ground
from exchange.decision import GroundState, Treatment
from policies.engine import DEFAULT_DENY, DENY_BASIS, NOT_CONSENTED, Engine
from policies.faults import PolicyFaulty
from policies.judge import Judge
from tests.policies import reference

CONSENT = Ground("consent", "c1")
BANK = ("bank-system", "LOAN_APPROVAL")


def test_it_equals_the_reference_everywhere(engine: Engine, catalogue: Catalogue) -> None:
    compared = 0
    for role in engine.roles:
        for code in engine.purposes:
            permits = reference.about(engine.book, engine.book.permits, role, code)
            forbids = reference.about(engine.book, engine.book.forbids, role, code)
            for key in catalogue.items:
                for state in GroundState:
                    got = engine.verdict(role, code, key, state)
                    treatment, rows, rule = reference.decide(catalogue, permits, forbids, key, state)
                    assert (got.treatment, got.rows) == (treatment, rows), (role, code, key, state)
                    assert rule is None or got.rule == rule
                    compared += 1
    assert compared == len(engine.roles) * len(engine.purposes) * 168 * 3


def test_casbin_gives_the_same_verdicts_by_the_same_rules(engine: Engine, catalogue: Catalogue) -> None:
    judge, random = Judge(catalogue, engine.book), Random(20061124)
    pairs = [(role, code) for role in sorted(engine.roles) for code in engine.purposes if engine.permitted(role, code)]
    for _ in range(2_000):
        role, code = random.choice(pairs)
        key, state = random.choice(sorted(catalogue.items)), random.choice(list(GroundState))
        got = engine.verdict(role, code, key, state)
        treatment, rule = judge.verdict(role, code, key, state)
        assert (treatment, rule or got.rule) == (got.treatment, got.rule), (role, code, key, state)


def test_casbin_agrees_that_nothing_is_open_elsewhere(engine: Engine, catalogue: Catalogue) -> None:
    judge = Judge(catalogue, engine.book)
    for role in ("analyst", "operator", "bank", "nobody", "*", "requester"):
        for code in ("LOAN_APPROVAL", "STATISTICS", "lending", "*"):
            for key in ("PBC03.balance", "group:loans_cards", "*"):
                assert judge.verdict(role, code, key, GroundState.WRITTEN) == (Treatment.WITHHELD, None)


def test_unknown_words_and_groups_of_words_open_nothing(engine: Engine) -> None:
    for role, code in (
        ("bank", "LOAN_APPROVAL"),
        ("bank-system", "lending"),
        ("*", "*"),
        ("", ""),
        ("analyst", "AUDIT"),
    ):
        assert not engine.permitted(role, code)
        table = engine.decide(role, code, CONSENT)
        assert len(table) == 168
        assert {(d.treatment, d.rule, d.basis) for d in table.values()} == {("WITHHELD", DEFAULT_DENY, DENY_BASIS)}


def test_a_plain_ground_shares_one_table_that_cannot_be_changed(engine: Engine, catalogue: Catalogue) -> None:
    table = engine.decide(*BANK, CONSENT)
    assert table is engine.decide(*BANK, Ground("consent", "c2", single_use=True))
    assert list(table) == list(catalogue.items)
    assert table["PBC03.balance"].treatment == "FULL"
    with pytest.raises(TypeError):
        table["PBC03.balance"] = table["PSB01.name"]  # pyright: ignore[reportIndexIssue]


def test_a_written_item_opens_alone(engine: Engine) -> None:
    plain = engine.decide(*BANK, CONSENT)
    written = engine.decide(*BANK, Ground("consent", "c1", written_items=frozenset({"HPF01.balance", "PBC99.unknown"})))
    assert written["HPF01.balance"].treatment == "FULL"
    assert written["HPF01.balance"].ground == "written"
    assert {key for key in plain if plain[key] != written[key]} == {"HPF01.balance"}
    assert len(written) == 168


def test_a_restricted_consent_opens_only_its_items(engine: Engine) -> None:
    ground = Ground("consent", "c1", items=frozenset({"PBC03.balance", "HPF01.balance"}))
    table = engine.decide(*BANK, ground)
    assert {key for key, d in table.items() if d.treatment != "WITHHELD"} == {"PBC03.balance"}
    assert table["PBC03.overdue_amount"].rule == NOT_CONSENTED
    assert "征信业管理条例" in table["PBC03.overdue_amount"].basis
    assert table["HRS03.enrolment_status"].rule == DEFAULT_DENY
    assert table["HPF01.balance"].rule == DEFAULT_DENY


def test_a_written_item_opens_beside_a_restricted_consent(engine: Engine) -> None:
    ground = Ground("consent", "c1", items=frozenset({"PBC03.balance"}), written_items=frozenset({"HPF01.balance"}))
    table = engine.decide(*BANK, ground)
    assert {key for key, d in table.items() if d.treatment != "WITHHELD"} == {"PBC03.balance", "HPF01.balance"}


def test_without_ground_nothing_is_open(engine: Engine) -> None:
    for role in engine.roles:
        for code in engine.purposes:
            assert {d.treatment for d in engine.decide(role, code, NO_GROUND).values()} == {Treatment.WITHHELD}


def test_a_forbid_narrows_and_names_itself(catalogue: Catalogue, folder, add) -> None:
    add("forbids.csv", "p, lender, lending, group:court, *, , , F-TEST, CREDIT_QUERY")
    decision = Engine.load(folder, catalogue).verdict(*BANK, "CRT01.claim_amount", GroundState.ORDINARY)
    assert (decision.treatment, decision.rule) == (Treatment.WITHHELD, "F-TEST")


def test_a_forbid_of_a_group_reaches_the_most_sensitive_items_too(catalogue: Catalogue, folder, add) -> None:
    add("forbids.csv", "p, requester, *, *, FULL, , , F-TEST, CREDIT_QUERY")
    changed = Engine.load(folder, catalogue)
    for key in ("HPF01.balance", "CVA01.marital_status", "PBC03.balance"):
        assert changed.verdict("person", "SELF_QUERY", key, GroundState.ORDINARY).rule == "F-TEST"
    assert not changed.permitted("person", "SELF_QUERY")
    assert changed.verdict(*BANK, "PBC08.inquirer_code", GroundState.ORDINARY).treatment == "MASKED"


def test_a_forbid_means_what_the_treatment_means_for_the_kind(catalogue: Catalogue, folder, add) -> None:
    add("forbids.csv", "p, auditor, AUDIT, HPF02.balance, MASKED, , , F-TEST, AUDIT")
    changed = Engine.load(folder, catalogue)
    assert changed.verdict("auditor", "AUDIT", "HPF02.balance", GroundState.ORDINARY).rule == "F-TEST"
    assert changed.verdict("auditor", "AUDIT", "HPF02.loan_amount", GroundState.ORDINARY).treatment == "BANDED"


def test_a_permit_only_widens_the_rows(catalogue: Catalogue, folder, add) -> None:
    key = "PBC03.balance"
    add("permits.csv", f"p, case-officer, DISPUTE_OR_REPAIR, {key}, FULL, own_institution, ordinary, P-TEST-1, DISPUTE")
    union = Engine.load(folder, catalogue).verdict("case-officer", "DISPUTE_OR_REPAIR", key, GroundState.ORDINARY)
    assert union.rows == {"disputed_record_only", "own_institution"}
    assert union.rule == "P-DISPUTE-LC"
    add("permits.csv", f"p, case-officer, DISPUTE_OR_REPAIR, {key}, FULL, , ordinary, P-TEST-2, DISPUTE")
    changed = Engine.load(folder, catalogue)
    whole = changed.verdict("case-officer", "DISPUTE_OR_REPAIR", key, GroundState.ORDINARY)
    assert (whole.rows, whole.rule) == (frozenset(), "P-TEST-2")
    judged = Judge(catalogue, changed.book).verdict("case-officer", "DISPUTE_OR_REPAIR", key, GroundState.ORDINARY)
    assert judged == (Treatment.FULL, "P-TEST-2")


def test_row_conditions_of_a_record(engine: Engine) -> None:
    own = Compare("institution_code", "=", Given("institution"))
    assert engine.rows(frozenset(), "PBC03") == ALWAYS
    assert engine.rows(frozenset({"own_institution"}), "PBC03") == own
    assert engine.rows(frozenset({"own_institution"}), "UTL01") == NEVER
    both = engine.rows(frozenset({"own_institution", "disputed_record_only"}), "PBC03")
    assert both == Any((KeyIn(Given("disputed:PBC03")), own))


def test_the_relation_of_post_loan(engine: Engine) -> None:
    relation = engine.purposes["POST_LOAN"].relation
    assert relation is not None
    assert set(engine.relation(relation)) == {"PBC03", "PBC04"}


def test_what_comes_nearest(engine: Engine) -> None:
    written = engine.nearest(*BANK, "HPF01.balance", CONSENT)
    assert written is not None
    assert written.because == "needs a written consent that names this item"
    purpose = engine.nearest("bank-system", "CARD_APPROVAL", "TAX01.arrears_amount", CONSENT)
    assert purpose is not None
    assert (purpose.rule, purpose.treatment) == ("P-LOAN-BANKSYS-TX", Treatment.FULL)
    assert purpose.because == "would be FULL for LOAN_APPROVAL"
    consent = engine.nearest(*BANK, "PBC03.balance", Ground("consent", items=frozenset()))
    assert consent is not None
    assert consent.because == "needs a consent that covers this item"
    role = engine.nearest("bank-officer", "LOAN_APPROVAL", "PBC03.balance", CONSENT)
    assert role is not None
    assert role.because == "would be FULL for the role bank-system"
    duty = engine.nearest("psb-clerk", "IDENTITY_CHECK", "PSB01.name", NO_GROUND)
    assert duty is not None
    assert duty.because == "needs what the purpose rests on: duty"
    assert engine.nearest(*BANK, "HRS03.enrolment_status", CONSENT) is None
    assert engine.nearest(*BANK, "PBC03.balance", CONSENT) is None


def test_a_rule_tells_its_text_basis_and_place(engine: Engine) -> None:
    rule = engine.rule("P-UTILITY-UT")
    assert "utility-clerk may see group:utilities FULL for UTILITY_DISPUTE, only rows own_provider" in rule.text
    assert rule.basis == "PIPL art 13(2)"
    assert rule.file == "permits.csv"
    assert rule.line > 1
    assert engine.rule("F-AGENCY-INQUIRER").text == "agency may not see PBC08.inquirer_code FULL for *"
    with pytest.raises(KeyError):
        engine.rule("P-UNKNOWN")


def test_the_revision_follows_every_file(engine: Engine, catalogue: Catalogue, folder, add) -> None:
    assert Engine.load(folder, catalogue).revision == engine.revision
    seen = {engine.revision}
    for name in ("model.conf", "permits.csv", "forbids.csv", "roles.csv", "purposes.yaml", "rows.yaml", "bases.yaml"):
        add(name, "# a remark")
        seen.add(Engine.load(folder, catalogue).revision)
    assert len(seen) == 8
    assert all(len(revision) == 16 for revision in seen)


def test_nothing_is_decided_by_faulty_policies(catalogue: Catalogue, folder, add) -> None:
    add("permits.csv", "p, bank, LOAN_APPROVAL, *, FULL, , ordinary, P-X, NOWHERE")
    with pytest.raises(PolicyFaulty):
        Engine.load(folder, catalogue)


@pytest.mark.parametrize("kind", ["", "none", "duties", "CONSENT", "statute"])
def test_a_ground_that_nobody_knows_is_none(engine: Engine, kind: str) -> None:
    for ground in (Ground(kind), Ground(kind, "c1", written_items=frozenset({"HPF01.balance"}))):
        table = engine.decide(*BANK, ground)
        assert {decision.treatment for decision in table.values()} == {"WITHHELD"}
        assert ground.state("HPF01.balance") is GroundState.NONE
