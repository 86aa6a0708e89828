from __future__ import annotations

from pathlib import Path

import pytest

from policies import purposes
from policies.engine import Engine
from policies.faults import Fault

CODES = [
    "LOAN_APPROVAL",
    "CARD_APPROVAL",
    "POST_LOAN",
    "GUARANTEE_REVIEW",
    "REPRESENTATIVE_CHECK",
    "FUND_LOAN",
    "FUND_WITHDRAWAL",
    "BENEFIT_ELIGIBILITY",
    "MEDICAL_ENROLMENT",
    "ASSISTANCE_ELIGIBILITY",
    "LICENSING",
    "PERSONNEL_REVIEW",
    "ARREARS_ENFORCEMENT",
    "IDENTITY_CHECK",
    "UTILITY_DISPUTE",
    "JUDICIAL_INQUIRY",
    "SUPERVISION",
    "DISPUTE_OR_REPAIR",
    "DISPUTE_CHECK",
    "REPORT_PRODUCT",
    "SELF_QUERY",
    "SHARE_LINK",
    "ESTATE",
    "AUDIT",
    "INSPECTION",
    "STATISTICS",
    "SANDBOX",
]


def those(engine: Engine, **wanted: object) -> set[str]:
    return {c for c, p in engine.purposes.items() if all(getattr(p, name) == value for name, value in wanted.items())}


def _one(words: str) -> str:
    """A file of one purpose that is whole but for these words."""
    return f"purposes:\n  A: {{title_en: a, title_zh: a, basis: b, {words}}}\n"


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "purposes.yaml").write_text(
        "references: {letter: A}\npurposes:\n"
        "  A: {title_en: a, title_zh: a, basis: b, ground: duty, phase: trial}\n"
        "  B: {title_en: a, title_zh: a, basis: b, ground: dooty, frequency: {times: 1, per: moon}}\n"
        "groups: {g: [C], h: [i], i: [h]}\n"
    )
    faults: list[Fault] = []
    assert purposes.read(tmp_path, faults).purposes == {}
    assert [fault.line for fault in sorted(faults)] == [1, 3, 3, 4, 4, 5, 5]


def test_a_group_reaches_through_its_groups(engine: Engine) -> None:
    reach = engine.book.purposes.reach
    assert reach["credit"] == reach["lending"] | {"FUND_LOAN", "REPORT_PRODUCT"}
    assert reach["eligibility"] < reach["administration"]
    assert ("lending", "credit") in engine.book.purposes.links


def test_what_each_ground_has_its_number_of(engine: Engine) -> None:
    kinds = {code: purpose.reference.kind.value for code, purpose in engine.purposes.items() if purpose.reference}
    assert {code for code in engine.purposes if code not in kinds} == {
        "SELF_QUERY",
        "SHARE_LINK",
        "STATISTICS",
        "SANDBOX",
    }
    assert {kinds[code] for code in those(engine, ground="duty")} == {"case", "document"}
    assert {kinds[code] for code in those(engine, ground="contract")} == {"contract"}
    assert (kinds["LOAN_APPROVAL"], kinds["JUDICIAL_INQUIRY"]) == ("application", "case")
    assert {code: str(p.frequency) for code, p in engine.purposes.items() if p.frequency} == {
        "POST_LOAN": "1 per month, beyond refused",
        "SELF_QUERY": "2 per year, beyond counted",
    }
    assert those(engine, phase="build") == {"SANDBOX"}
    assert those(engine, phase="service") == {"SHARE_LINK", "STATISTICS"}


def test_the_codes_of_the_standard(engine: Engine) -> None:
    assert list(engine.purposes) == CODES


def test_what_each_purpose_rests_on_and_presupposes(engine: Engine) -> None:
    consent = "LOAN_APPROVAL CARD_APPROVAL GUARANTEE_REVIEW REPRESENTATIVE_CHECK FUND_LOAN ASSISTANCE_ELIGIBILITY"
    assert those(engine, ground="consent") == {*consent.split(), "PERSONNEL_REVIEW", "REPORT_PRODUCT", "SHARE_LINK"}
    assert those(engine, ground="contract") == {"POST_LOAN", "UTILITY_DISPUTE"}
    assert those(engine, ground="application") == {"FUND_WITHDRAWAL", "DISPUTE_OR_REPAIR", "DISPUTE_CHECK"}
    assert those(engine, sees_expired=True) == {"SELF_QUERY", "AUDIT"}
    assert those(engine, own=True) == those(engine, adult=False) == {"SELF_QUERY"}
    assert those(engine, synthetic=True) == those(engine, ground="sandbox") == {"SANDBOX"}
    assert those(engine, covered=False) == {"SELF_QUERY", "SANDBOX"}
    deceased = {"SELF_QUERY", "JUDICIAL_INQUIRY", "IDENTITY_CHECK", "DISPUTE_OR_REPAIR", "ESTATE"}
    assert those(engine, alive=False) == deceased
    assert those(engine, portfolio=True) == those(engine, relation="open_account_here") == {"POST_LOAN"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("purposes:\n  A:\n    title_en: a\n    title_zh: a\n    ground: duty\n", 3, "A has no basis"),
        ("purposes:\n  A:\n    titel_en: a\n", 3, "unknown key 'titel_en'"),
        ("purposes:\n  A: {title_en: a, title_zh: a, ground: dooty, basis: b}\n", 2, "unknown ground 'dooty'"),
        (
            "purposes:\n  A: {title_en: a, title_zh: a, ground: duty, basis: b, own: ja}\n",
            2,
            "own of A must be a yes/no",
        ),
        ("purposes:\n  A: {title_en: a, title_zh: a, ground: duty, basis: b, pboc_code: 2}\n", 2, "must be a text"),
        ("groups:\n  g: [A]\n", 2, "unknown purpose 'A'"),
        ("groups:\n  g: A\n", 2, "must be a list of purposes"),
        ("groups:\n  g: [h]\n  h: [g]\n", 3, "in a circle"),
        ("groups:\n" + "".join(f"  g{n}: [g{n - 1}]\n" for n in range(1, 12)), 2, "unknown purpose 'g0'"),
        ("references:\n  letter: A\n", 2, "unknown kind of reference 'letter'"),
        ("references:\n  case: '['\n", 2, "case must be a regular expression"),
        ("references:\n  case: 7\n", 2, "case must be a regular expression"),
        (_one("ground: duty"), 2, "rests on duty, so an ask must name its case or document"),
        (_one("ground: proof"), 2, "rests on proof, so an ask must name its case or document"),
        (
            _one("ground: contract, reference: {kind: case, pattern: a}"),
            2,
            "rests on contract: its reference is a contract",
        ),
        (_one("ground: consent, reference: letter"), 2, "unknown kind of reference 'letter'"),
        (_one("ground: consent, reference: contract"), 2, "no pattern stands under references for a contract"),
        (_one("ground: consent, reference: {kind: case, patern: a}"), 2, "unknown key 'patern'"),
        (_one("ground: consent, reference: {kind: case, pattern: '('}"), 2, "must be a regular expression"),
        (_one("ground: consent, reference: yes"), 2, "unknown kind of reference"),
        (_one("ground: consent, phase: trial"), 2, "unknown phase 'trial'"),
        (_one("ground: consent, phase: 2"), 2, "unknown phase"),
        (_one("ground: consent, frequency: {times: 0, per: month}"), 2, "times of A must be a number from 1"),
        (_one("ground: consent, frequency: {times: yes, per: month}"), 2, "times of A must be a number from 1"),
        (_one("ground: consent, frequency: {per: month}"), 2, "times of A must be a number from 1"),
        (_one("ground: consent, frequency: {times: 1}"), 2, "unknown period"),
        (_one("ground: consent, frequency: {times: 1, per: moon}"), 2, "unknown period 'moon'"),
        (_one("ground: consent, frequency: {times: 1, per: day, beyond: paid}"), 2, "unknown way beyond a frequency"),
        (_one("ground: consent, frequency: monthly"), 2, "times of A must be a number"),
        ("porpoises: {}\n", 1, "unknown key 'porpoises'"),
        ("purposes: {}\npurposes: {}\n", 2, "'purposes' stands twice"),
        ("purposes: [\n", 2, "not YAML"),
        ("- 1\n", 1, "the file must be a mapping"),
    ],
)
def test_a_fault_has_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "purposes.yaml").write_text(text)
    faults: list[Fault] = []
    purposes.read(tmp_path, faults)
    assert any(fault.line == line and message in fault.message for fault in faults), faults
