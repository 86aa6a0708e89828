"""The consents of the test people: standing ones for all, and exactly the edge that a tag names."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from exchange.catalogue import Catalogue
from gateway.demo.consents import DemoConsent
from gateway.demo.people import TEST_PEOPLE, demo_consents
from tests.gateway.demo.conftest import DAY

NOW = datetime.combine(DAY, time(9), UTC)
NEEDED = {
    ("bank-a", "LOAN_APPROVAL"),
    ("bank-a", "CARD_APPROVAL"),
    ("bank-a", "GUARANTEE_REVIEW"),
    ("bank-a", "REPRESENTATIVE_CHECK"),
    ("bank-b", "LOAN_APPROVAL"),
    ("bank-b", "CARD_APPROVAL"),
    ("bank-b", "GUARANTEE_REVIEW"),
    ("bank-b", "REPRESENTATIVE_CHECK"),
    ("rural-cooperative", "LOAN_APPROVAL"),
    ("fund-centre", "FUND_LOAN"),
    ("civil-affairs", "ASSISTANCE_ELIGIBILITY"),
    ("personnel-office", "PERSONNEL_REVIEW"),
    ("agency-one", "REPORT_PRODUCT"),
}
EDGES = {"consent-revoked", "consent-used-up", "consent-expired", "consent-single-use", "consent-written-amounts"}


def of(tag: str) -> list[DemoConsent]:
    number = next(person.id_number for person in TEST_PEOPLE if tag in person.tags)
    return [consent for consent in demo_consents(DAY) if consent.id_number == number]


def test_ids_are_unique_fixed_and_hold_no_number() -> None:
    consents = demo_consents(DAY)
    ids = [consent.id for consent in consents]
    assert len(set(ids)) == len(ids)
    assert "consent-bank-a-clean-loan" in ids
    assert ids == [consent.id for consent in demo_consents(DAY.replace(year=2027))]
    assert not any(consent.id_number in consent.id for consent in consents)


@pytest.mark.parametrize("tag", [p.tags[0] for p in TEST_PEOPLE if p.tags[0] not in EDGES | {"no-consent"}])
def test_everybody_else_consented_to_all_that_need_it(tag: str) -> None:
    consents = of(tag)
    assert {(c.organisation, c.purpose) for c in consents} == NEEDED
    assert len(consents) == len(NEEDED)
    assert all(c.valid_from < NOW < c.valid_until and c.state == "active" and not c.single_use for c in consents)
    assert not any(c.written_items for c in consents)


@pytest.mark.parametrize("tag", sorted(EDGES))
def test_an_edge_is_about_bank_a_and_a_loan_alone(tag: str) -> None:
    assert {(c.organisation, c.purpose) for c in of(tag)} == {("bank-a", "LOAN_APPROVAL")}


def test_each_edge_is_what_it_says() -> None:
    assert of("no-consent") == []
    assert [c.state for c in of("consent-revoked")] == ["revoked"]
    assert [(c.state, c.single_use) for c in of("consent-used-up")] == [("consumed", True)]
    assert [c.valid_until < NOW for c in of("consent-expired")] == [True]
    assert [c.id for c in of("consent-single-use")] == [f"consent-single-use-{n}" for n in range(1, 6)]
    assert all(c.single_use and c.state == "active" for c in of("consent-single-use"))


def test_the_written_consent_names_three_written_amounts(catalogue: Catalogue) -> None:
    (consent,) = of("consent-written-amounts")
    assert consent.items is None
    assert consent.written_items == {"HRS02.contribution_base", "HPF01.balance", "TAX03.tax_paid_amount"}
    assert all(catalogue.items[key].written_consent_only for key in consent.written_items)
