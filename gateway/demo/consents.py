"""Consents of the demo: what its people agreed to, for the gateway's own store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Literal

from gateway.demo.constants import (
    ORGANISATION_AGENCY,
    ORGANISATION_BANK_A,
    ORGANISATION_BANK_B,
    ORGANISATION_CIVIL_AFFAIRS,
    ORGANISATION_FUND_CENTRE,
    ORGANISATION_PERSONNEL_OFFICE,
    ORGANISATION_RURAL_COOPERATIVE,
)
from gateway.demo.life import Life
from gateway.demo.published import TEST_PEOPLE, TestPerson

WRITTEN = frozenset({"HRS02.contribution_base", "HPF01.balance", "TAX03.tax_paid_amount"})
"""The amounts (征信业管理条例 art 14(2)) that one test person named in writing."""

SINGLE_USES = 5

_PURPOSES = {
    "LOAN_APPROVAL": "loan",
    "CARD_APPROVAL": "card",
    "GUARANTEE_REVIEW": "guarantee",
    "REPRESENTATIVE_CHECK": "representative",
    "FUND_LOAN": "fund-loan",
    "ASSISTANCE_ELIGIBILITY": "assistance",
    "PERSONNEL_REVIEW": "personnel",
    "REPORT_PRODUCT": "report",
}
_LENDING = ("LOAN_APPROVAL", "CARD_APPROVAL", "GUARANTEE_REVIEW", "REPRESENTATIVE_CHECK")
_GIVEN = {
    ORGANISATION_BANK_A: _LENDING,
    ORGANISATION_BANK_B: _LENDING,
    ORGANISATION_RURAL_COOPERATIVE: ("LOAN_APPROVAL",),
    ORGANISATION_FUND_CENTRE: ("FUND_LOAN",),
    ORGANISATION_CIVIL_AFFAIRS: ("ASSISTANCE_ELIGIBILITY",),
    ORGANISATION_PERSONNEL_OFFICE: ("PERSONNEL_REVIEW",),
    ORGANISATION_AGENCY: ("REPORT_PRODUCT",),
}
_SHARE = 0.6
"""Of the generated people, who consent to a loan approval by bank A."""


@dataclass(frozen=True, slots=True)
class DemoConsent:
    id: str
    id_number: str
    organisation: str
    purpose: str
    valid_from: datetime
    valid_until: datetime
    items: frozenset[str] | None = None
    written_items: frozenset[str] = frozenset()
    single_use: bool = False
    partner: str | None = None
    """Id number of the spouse whom it names."""
    state: Literal["active", "revoked", "consumed"] = "active"


def demo_consents(day: date) -> list[DemoConsent]:
    """The test people's consents, with ids that never change."""
    return [consent for person in TEST_PEOPLE for consent in _consents(person, day)]


def generated_consents(residents: Iterable[Life], seed: int, day: date) -> Iterator[DemoConsent]:
    for life in residents:
        if Random(f"{seed}/consent/{life.serial}").random() < _SHARE:  # noqa: S311
            yield _standing(f"{life.serial:08d}", life.number, ORGANISATION_BANK_A, "LOAN_APPROVAL", day)


def _standing(name: str, number: str, organisation: str, purpose: str, day: date) -> DemoConsent:
    id = f"consent-{organisation}-{name}-{_PURPOSES[purpose]}"
    return DemoConsent(id, number, organisation, purpose, _midnight(day, -90), _midnight(day, 1825))


def _midnight(day: date, days: int) -> datetime:
    return datetime.combine(day + timedelta(days=days), time.min, UTC)


def _consents(person: TestPerson, day: date) -> list[DemoConsent]:
    """All that need consent, except for those people whose story is their consent: theirs alone, to bank A."""
    tag = person.tags[0]
    if tag == "no-consent":
        return []
    start, end = _midnight(day, -90), _midnight(day, 1825)
    edge = (person.id_number, ORGANISATION_BANK_A, "LOAN_APPROVAL")
    match tag:
        case "consent-revoked":
            return [DemoConsent(tag, *edge, start, end, state="revoked")]
        case "consent-used-up":
            return [DemoConsent(tag, *edge, start, end, single_use=True, state="consumed")]
        case "consent-expired":
            return [DemoConsent(tag, *edge, _midnight(day, -400), _midnight(day, -35))]
        case "consent-single-use":
            names = (f"{tag}-{number}" for number in range(1, SINGLE_USES + 1))
            return [DemoConsent(name, *edge, start, end, single_use=True) for name in names]
        case "consent-written-amounts":
            return [DemoConsent(tag, *edge, start, end, written_items=WRITTEN)]
    partner = _spouse(person)
    return [
        replace(_standing(tag, person.id_number, organisation, purpose, day), partner=partner)
        for organisation, purposes in _GIVEN.items()
        for purpose in purposes
    ]


def _spouse(person: TestPerson) -> str | None:
    """The two who are married name each other wherever they consent."""
    other = {"married": "spouse", "spouse": "married"}.get(person.tags[0])
    return next((one.id_number for one in TEST_PEOPLE if one.tags[0] == other), None)
