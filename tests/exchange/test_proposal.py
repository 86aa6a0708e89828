"""What may be given, requested or recorded as a consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from exchange.consent import Act, Consent, ConsentState
from exchange.consenting import Party
from exchange.frequency import Frequency, Period
from exchange.proof import Form, Proof, ProofKind
from exchange.proposal import LONGEST, Proposal, Seen, approved_part, made
from exchange.purpose import Purpose
from exchange.refusals import ConsentActNotPermitted, ConsentInvalid, ConsentUnwarned
from exchange.standard.load import load
from exchange.warning import CURRENT
from tests.exchange.test_consent import DAY, NOW

CATALOGUE = load(approval=Path("gateway/demo/approval.yaml"))
PURPOSES = {
    code: Purpose(code, code.title(), code, ground, "art", own=ground == "authentication")
    for code, ground in {
        "LOAN_APPROVAL": "consent",
        "FUND_WITHDRAWAL": "application",
        "AUDIT": "duty",
        "SELF_QUERY": "authentication",
    }.items()
}
SOMEBODY, OTHER = "5a" * 16, "6b" * 16
HPF, TAX = "HPF01.balance", "TAX03.tax_paid_amount"
BOTH = frozenset({HPF, TAX})
FORM = Form("form-3", "cd" * 32)
PAPER = Proof(ProofKind.PAPER, "ab" * 32)
PLAIN = Proposal("bank-a", frozenset({"LOAN_APPROVAL"}), NOW + 30 * DAY)
RECORDED = replace(PLAIN, form=FORM, proof=PAPER, valid_from=NOW - DAY)


def make(proposal: Proposal, act: Act = Act.GIVE, by: Party | None = None) -> Consent:
    by = by or (Party.PERSON if act is Act.GIVE else Party.ORGANISATION)
    return made(proposal, id="c1", person=SOMEBODY, act=act, by=by, at=NOW, catalogue=CATALOGUE, purposes=PURPOSES)


UNFIT = [
    ("organisation", {"organisation": "bank a"}),
    ("organisation", {"organisation": "bank-530199199003070015"}),
    ("client", {"client": ""}),
    ("purposes", {"purposes": frozenset()}),
    ("purposes", {"purposes": frozenset({"UNHEARD_OF"})}),
    ("purposes", {"purposes": frozenset({"LOAN_APPROVAL", "AUDIT"})}),
    ("purposes", {"purposes": frozenset({"SELF_QUERY"})}),
    ("purposes", {"purposes": frozenset({"FUND_WITHDRAWAL"})}),
    ("purposes", {"purposes": frozenset({"AUDIT"}), "partner": OTHER, "relation": "spouse"}),
    ("items", {"items": frozenset()}),
    ("items", {"items": frozenset({"PBC03.nothing"})}),
    ("items", {"items": frozenset({HPF})}),
    ("groups", {"groups": frozenset({"everything"})}),
    ("writtenItems", {"written_items": frozenset({"PBC03.balance"})}),
    ("validUntil", {"valid_until": NOW}),
    ("validUntil", {"valid_from": NOW + 40 * DAY}),
    ("validUntil", {"valid_until": NOW + LONGEST + DAY}),
    ("validFrom", {"valid_from": NOW + LONGEST + DAY, "valid_until": NOW + 2 * LONGEST}),
    ("dataFrom", {"since": date(2026, 2, 1), "until": date(2026, 1, 1)}),
    ("frequency", {"frequency": Frequency(0, Period.DAY)}),
    ("frequency", {"frequency": Frequency(1001, Period.DAY)}),
    ("frequency", {"frequency": Frequency(1, Period.DAY), "single_use": True}),
    ("form", {"form": Form("form-3", "no digest")}),
    ("proof", {"proof": PAPER}),
    ("partner", {"partner": OTHER}),
    ("partner", {"relation": "spouse"}),
    ("partner", {"partner": SOMEBODY, "relation": "spouse"}),
    ("partner", {"partner": OTHER, "relation": "neighbour"}),
]


@pytest.mark.parametrize(("part", "changed"), UNFIT)
def test_what_does_not_fit_is_named(part: str, changed: dict) -> None:
    with pytest.raises(ConsentInvalid) as refused:
        make(replace(PLAIN, **changed))
    assert refused.value.rule == f"consent {part}"


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("form", {"form": None}),
        ("proof", {"proof": Proof(ProofKind.OWN_ACT)}),
        ("proof", {"proof": Proof(ProofKind.PAPER)}),
        ("proof", {"proof": Proof(ProofKind.E_SIGNATURE, "AB" * 32)}),
        ("validFrom", {"valid_from": NOW - 400 * DAY}),
        ("validUntil", {"valid_until": NOW}),
    ],
)
def test_a_record_needs_its_form_and_its_evidence(part: str, changed: dict) -> None:
    assert make(RECORDED, Act.RECORD).state is ConsentState.ACTIVE
    with pytest.raises(ConsentInvalid) as refused:
        make(replace(RECORDED, **changed), Act.RECORD)
    assert refused.value.rule == f"consent {part}"


def test_what_fits_is_kept_as_it_was_given() -> None:
    whole = replace(
        PLAIN,
        items=frozenset({"PBC03.balance"}),
        groups=frozenset({"court"}),
        frequency=Frequency(3, Period.MONTH),
        client="bank-system",
        since=date(2024, 1, 1),
        form=FORM,
        partner=OTHER,
        relation="spouse",
        purposes=frozenset({"LOAN_APPROVAL", "FUND_WITHDRAWAL"}),
    )
    kept = make(whole)
    for name in ("items", "groups", "frequency", "client", "since", "form", "partner", "relation", "purposes"):
        assert getattr(kept, name) == getattr(whole, name)
    assert (kept.state, kept.valid_from, kept.made_at) == (ConsentState.ACTIVE, NOW, NOW)


def test_only_the_person_gives_and_nobody_gives_for_yesterday() -> None:
    with pytest.raises(ConsentActNotPermitted):
        make(PLAIN, Act.GIVE, Party.ORGANISATION)
    with pytest.raises(ConsentActNotPermitted):
        make(RECORDED, Act.RECORD, Party.PERSON)
    assert make(replace(PLAIN, valid_from=NOW - DAY)).valid_from == NOW


WARNED = Seen(CURRENT.version, BOTH)


@pytest.mark.parametrize(
    "seen",
    [None, Seen("2006-1", BOTH), Seen(CURRENT.version, frozenset({HPF})), Seen(CURRENT.version, BOTH | {"HPF01.x"})],
)
@pytest.mark.parametrize("act", [Act.GIVE, Act.RECORD])
def test_written_items_need_the_warning_that_covers_exactly_these(act: Act, seen: Seen | None) -> None:
    proposal = RECORDED if act is Act.RECORD else PLAIN
    with pytest.raises(ConsentUnwarned):
        make(replace(proposal, written_items=BOTH, seen=seen), act)
    assert make(replace(proposal, written_items=BOTH, seen=WARNED), act).written == BOTH


def test_a_request_gives_nothing_in_writing_until_the_person_answers_it_with_all_some_or_none() -> None:
    asked = make(replace(PLAIN, written_items=BOTH, seen=WARNED), Act.REQUEST)
    assert (asked.state, asked.written) == (ConsentState.REQUESTED, frozenset())
    assert approved_part(asked, None, WARNED, NOW).written == BOTH
    one = Seen(CURRENT.version, frozenset({HPF}))
    assert approved_part(asked, one.items, one, NOW).written == {HPF}
    assert approved_part(asked, frozenset(), None, NOW).written == frozenset()
    with pytest.raises(ConsentUnwarned):
        approved_part(asked, None, None, NOW)
    with pytest.raises(ConsentUnwarned):
        approved_part(asked, None, one, NOW)
    with pytest.raises(ConsentInvalid):
        approved_part(asked, frozenset({"TAX03.declared_income"}), one, NOW)
