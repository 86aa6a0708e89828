"""What an ask rests on: the number that it must name, sealed and shown as what it is; and the phase that opens it."""

from __future__ import annotations

import pytest

from exchange.phase import Phase
from tests.resolvers.conftest import ENGINE, PERSON, Made

NUMBERS = [
    ("bank-system", "LOAN_APPROVAL", "application", "LN-2026/00017"),
    ("bank-system", "LOAN_APPROVAL", "application", "A1"),
    ("bank-system", "POST_LOAN", "contract", "HT(2024)-17"),
    ("court-liaison", "JUDICIAL_INQUIRY", "case", "(2024)云01执123号"),
    ("court-liaison", "JUDICIAL_INQUIRY", "case", "（2024）云0102民初45号"),
    ("case-officer", "DISPUTE_OR_REPAIR", "case", "YY-2026-0031"),
    ("tax-clerk", "ARREARS_ENFORCEMENT", "document", "昆税发〔2026〕12号"),
    ("auditor", "AUDIT", "document", "SJ-2026-4"),
    ("developer", "SANDBOX", None, "try-1"),
]


def asked(purpose: str) -> str:
    arguments = f'idNumber: "{PERSON}", purpose: {purpose}, reference: $r'
    shown = "disclosure { ground { kind basis reference { kind number } } }"
    return f"query($r: String) {{ person({arguments}) {{ {shown} }} }}"


@pytest.mark.parametrize(("role", "purpose", "kind", "number"), NUMBERS)
async def test_the_number_of_a_purposes_kind_is_sealed_and_shown(
    gateway: Made, role: str, purpose: str, kind: str | None, number: str
) -> None:
    executed = await gateway().run(asked(purpose), role, r=number)
    assert "errors" not in executed.body
    assert executed.disclosures[0].reference == number
    ground = executed.body["data"]["person"]["disclosure"]["ground"]
    assert ground["reference"] == {"kind": kind, "number": number}
    assert (ground["kind"], ground["basis"]) == (ENGINE.purposes[purpose].ground, ENGINE.purposes[purpose].basis)
    beside = executed.body["extensions"]["disclosure"]["person"]["ground"]
    named = "c1" if ground["kind"] == "consent" else None
    assert beside == {**ground, "consent": named, "secondConsent": None}


@pytest.mark.parametrize(("role", "purpose"), sorted({(role, purpose) for role, purpose, kind, _ in NUMBERS if kind}))
@pytest.mark.parametrize(
    ("number", "code"), [(None, "REFERENCE_REQUIRED"), ("", "REFERENCE_REQUIRED"), ("，1", "REFERENCE_INVALID")]
)
async def test_an_ask_without_its_number_asks_nobody(
    gateway: Made, role: str, purpose: str, number: str | None, code: str
) -> None:
    one = gateway(consents=[])
    executed = await one.run(asked(purpose), role, r=number)
    (error,) = executed.body["errors"]
    assert error["extensions"]["code"] == code
    assert error["extensions"]["rule"].startswith(f"purpose {purpose}: names the ")
    assert error["extensions"]["basis"] == ENGINE.purposes[purpose].basis
    assert [disclosure.code for disclosure in executed.disclosures] == [code]
    assert one.departments.asked == []


@pytest.mark.parametrize(
    ("role", "purpose", "number"),
    [
        ("court-liaison", "JUDICIAL_INQUIRY", "SQ-2026-1"),
        ("bank-system", "LOAN_APPROVAL", "(2024)云01执123号"),
        ("bank-system", "POST_LOAN", "昆税发〔2026〕12号"),
        ("tax-clerk", "ARREARS_ENFORCEMENT", PERSON),
        ("tax-clerk", "ARREARS_ENFORCEMENT", "530199 1990 0307 0015"),
    ],
)
async def test_a_number_of_another_kind_is_refused(gateway: Made, role: str, purpose: str, number: str) -> None:
    executed = await gateway().run(asked(purpose), role, r=number)
    assert executed.body["errors"][0]["extensions"]["code"] == "REFERENCE_INVALID"
    assert number not in str(executed.body)
    assert executed.disclosures[0].reference is None


@pytest.mark.parametrize(
    ("role", "purpose", "phase", "open_"),
    [
        ("developer", "SANDBOX", Phase.BUILD, True),
        ("bank-system", "LOAN_APPROVAL", Phase.BUILD, False),
        ("bank-system", "LOAN_APPROVAL", Phase.PILOT, True),
        ("auditor", "AUDIT", Phase.BUILD, False),
        ("auditor", "AUDIT", Phase.SERVICE, True),
    ],
)
async def test_a_purpose_opens_with_its_phase(
    gateway: Made, role: str, purpose: str, phase: Phase, open_: bool
) -> None:
    one = gateway(phase=phase)
    executed = await one.run(asked(purpose), role, r="N-1")
    codes = [error["extensions"]["code"] for error in executed.body.get("errors", ())]
    assert codes == ([] if open_ else ["PURPOSE_NOT_OPEN"])
    assert one.departments.asked == []
    preview = await one.run(f"{{ access(purpose: {purpose}) {{ open phase }} }}", role)
    assert preview.body["data"]["access"] == {"open": open_, "phase": ENGINE.purposes[purpose].phase}
