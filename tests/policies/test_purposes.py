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
