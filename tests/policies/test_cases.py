from __future__ import annotations

from pathlib import Path

import pytest

from exchange.catalogue import Catalogue
from exchange.consent import NO_GROUND
from policies import cases
from policies.cases import CLOSED, Case, Expected, Sheet
from policies.engine import Engine
from policies.faults import PolicyFaulty
from policies.rulebook import FOLDER

HEAD = "cases:\n  - role: bank-system\n    purpose: LOAN_APPROVAL\n"


@pytest.fixture
def sheet(tmp_path: Path, catalogue: Catalogue, engine: Engine):
    def read(text: str) -> Sheet:
        (tmp_path / "t.yaml").write_text(text, "utf-8")
        (found,) = cases.read(FOLDER, catalogue, engine.book, tmp_path)
        return found

    return read


@pytest.fixture
def case(sheet):
    def read(expect: str) -> Case:
        (found,) = sheet(f"{HEAD}    expect: {{{expect}}}\n").cases
        return found

    return read


def test_a_case_speaks_of_every_item_and_closes_what_it_does_not_name(case, catalogue: Catalogue) -> None:
    found = case("PBC03.balance: FULL by P-LOAN-BANKSYS-LC")
    assert found.expected.keys() == catalogue.items.keys()
    assert found.expected["PBC03.balance"] == Expected("FULL", frozenset(), "P-LOAN-BANKSYS-LC")
    assert {expected for key, expected in found.expected.items() if key != "PBC03.balance"} == {CLOSED}
    assert found.pairs == (("bank-system", "LOAN_APPROVAL"),)
    assert found.lines == {"PBC03.balance": 4}


def test_a_group_is_read_by_the_kind_of_each_item(case) -> None:
    expected = case("group:inquiries: MASKED, group:housing_fund: BANDED").expected
    assert expected["PBC08.inquirer_code"].treatment == "MASKED"
    assert expected["PBC08.inquired_at"].treatment == "BANDED"
    assert expected["PBC08.inquiry_reason"] == CLOSED
    assert expected["HPF01.account_status"].treatment == "FULL"


def test_a_group_leaves_sensitivity_4_out(case) -> None:
    expected = case("group:social_insurance: FULL").expected
    assert expected["HRS02.enrolment_status"].treatment == "FULL"
    assert expected["HRS04.benefit_receiving"] == CLOSED


def test_the_narrower_word_holds_in_whatever_order(case) -> None:
    for words in (
        "PBC03.balance: BANDED, record:PBC03: EXISTS, group:loans_cards: FULL",
        "group:loans_cards: FULL, record:PBC03: EXISTS, PBC03.balance: BANDED",
    ):
        expected = case(words).expected
        assert [expected[key].treatment for key in ("PBC03.balance", "PBC03.due_on", "PBC04.account_id")] == [
            "BANDED",
            "EXISTS",
            "FULL",
        ]


def test_rows_and_rule(case) -> None:
    found = case("group:utilities: 'FULL in own_provider, disputed_record_only by P-UTILITY-UT'").expected
    assert found["UTL02.arrears_amount"] == Expected(
        "FULL", frozenset({"own_provider", "disputed_record_only"}), "P-UTILITY-UT"
    )
    assert str(found["UTL02.arrears_amount"]) == "FULL in disputed_record_only, own_provider by P-UTILITY-UT"


def test_what_a_case_rests_on(sheet, catalogue: Catalogue) -> None:
    grounds = sheet(f"{HEAD}    ground: [none, ordinary, written]\n    expect: {{}}\n").cases[0].grounds
    assert [label for label, _ in grounds] == ["none", "ordinary", "written"]
    none, ordinary, written = (ground for _, ground in grounds)
    assert none == NO_GROUND
    assert (ordinary.items, ordinary.written_items) == (None, frozenset())
    assert written.written_items == catalogue.items.keys()
    text = f"{HEAD}    ground: {{items: [PBC03.balance], written: [HPF01.balance]}}\n    expect: {{}}\n"
    ((_, narrow),) = sheet(text).cases[0].grounds
    assert (narrow.items, narrow.written_items) == ({"PBC03.balance"}, {"HPF01.balance"})


def test_every_role_and_purpose(sheet, engine: Engine) -> None:
    found = sheet('cases:\n  - {role: "*", purpose: "*", ground: none, expect: {}}\n').cases[0]
    assert len(found.pairs) == len(engine.roles) * len(engine.purposes)
    assert not found.by_name


def test_what_a_case_leaves_unsaid(sheet) -> None:
    found = sheet(f"{HEAD}    rest: unsaid\n    expect: {{PBC03.balance: FULL}}\n").cases[0]
    assert found.expected.keys() == {"PBC03.balance"}


def test_rules_that_a_sheet_supposes(sheet, engine: Engine) -> None:
    line = "p, bank, lending, PBC08.inquirer_code, FULL, , ordinary, P-SUPPOSED, LENDING"
    text = f"{HEAD}    expect: {{PBC08.inquirer_code: MASKED}}\nalso:\n  permits: ['{line}']\n"
    found = sheet(text)
    assert [rule.id for rule in found.permits] == ["P-SUPPOSED"]
    assert not found.plain
    assert found.supposing(engine.book).permits == (*engine.book.permits, *found.permits)


def test_a_sheet_that_brings_its_own_rules(sheet, engine: Engine) -> None:
    text = (
        "instead:\n"
        "  roles.csv: 'g, clerk, requester'\n"
        "  permits.csv: 'p, clerk, LOAN_APPROVAL, group:tax, FULL, , ordinary, P-OWN, LENDING'\n"
        "  forbids.csv: ''\n"
        "cases:\n  - {role: clerk, purpose: LOAN_APPROVAL, expect: {group:tax: FULL by P-OWN}}\n"
    )
    found = sheet(text)
    assert not found.plain
    assert [rule.id for rule in found.supposing(engine.book).permits] == ["P-OWN"]
    assert found.cases[0].pairs == (("clerk", "LOAN_APPROVAL"),)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f"{HEAD}    expect: {{group:curt: FULL}}\n", 4, "unknown item, record type or group 'group:curt'"),
        (f"{HEAD}    expect: {{PBC03.ballance: FULL}}\n", 4, "did you mean 'PBC03.balance'?"),
        (f"{HEAD}    expect: {{department:PBC: FULL}}\n", 4, "unknown item, record type or group"),
        (f"{HEAD}    expect: {{'*': FULL}}\n", 4, "unknown item, record type or group"),
        (f"{HEAD}    expect: {{group:marital: FULL}}\n", 4, "unknown item, record type or group"),
        (f"{HEAD}    expect: {{group:court: FULLY}}\n", 4, "an expectation reads"),
        (f"{HEAD}    expect: {{group:court: FULL by P-NOBODY}}\n", 4, "unknown rule 'P-NOBODY'"),
        (f"{HEAD}    expect: {{group:court: FULL in own_bank}}\n", 4, "unknown row condition 'own_bank'"),
        (f"{HEAD}    expect: {{PBC03.balance: MASKED}}\n", 4, "MASKED has no meaning for PBC03.balance"),
        (f"{HEAD}    expect: {{}}\n    ground: oral\n", 5, "unknown ground 'oral'"),
        (f"{HEAD}    expect: {{}}\n    ground: {{items: [PBC03.b]}}\n", 5, "unknown item 'PBC03.b'"),
        (f"{HEAD}    expect: {{}}\n    rest: open\n", 5, "rest knows only unsaid"),
        (f"{HEAD}    expect: {{}}\n    note: x\n", 5, "unknown key 'note'"),
        (HEAD, 2, "a case needs expect"),
        ("cases:\n  - {role: bnak, purpose: AUDIT, expect: {}}\n", 2, "unknown role 'bnak'"),
        ("cases:\n  - {role: bank, purpose: AUDIT, expect: {}}\n", 2, "unknown role 'bank'"),
        ("cases:\n  - {role: auditor, purpose: lending, expect: {}}\n", 2, "unknown purpose 'lending'"),
        ("cases: []\n", 1, "cases must be a list of cases"),
        ("elsewhere: FULL\n" + f"{HEAD}    expect: {{}}\n", 1, "elsewhere knows only WITHHELD"),
        (f"{HEAD}    expect: {{}}\nalso:\n  permits: ['p, bank']\n", 6, "what it supposes is faulty: permits.csv:"),
        (f"{HEAD}    expect: {{}}\nalso:\n  rules: []\n", 6, "unknown list of rules 'rules'"),
        (f"{HEAD}    expect: {{}}\ninstead:\n  rules.csv: ''\n", 6, "unknown policy file 'rules.csv'"),
    ],
)
def test_a_faulty_case(sheet, text: str, line: int, message: str) -> None:
    with pytest.raises(PolicyFaulty) as caught:
        sheet(text)
    found = [fault for fault in caught.value.faults if message in fault.message]
    assert [(fault.file, fault.line) for fault in found] == [("t.yaml", line)]


def test_no_cases_are_a_fault(tmp_path: Path, catalogue: Catalogue, engine: Engine) -> None:
    with pytest.raises(PolicyFaulty, match="there are no cases"):
        cases.read(FOLDER, catalogue, engine.book, tmp_path)
