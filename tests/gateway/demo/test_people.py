"""The published test people: fixed, unique, at the edge that their tags name, and documented."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from exchange.person import PersonId
from exchange.retention import days_given
from gateway.demo.life import Life
from gateway.demo.lives import OLD_ROWS
from gateway.demo.people import TEST_PEOPLE
from gateway.demo.stories import published_lives

DAYS = [date(2026, 11, 24), date(2028, 2, 29), date(2027, 3, 31), date(2027, 1, 1)]
NEGATIVE = set("1234567BDGZ")
# fmt: off
TAGS = [
    "clean", "thin-file", "default-ended-4y11m", "default-ended-5y1m", "disputed", "repaired-penalty", "minor",
    "deceased", "same-name-a", "same-name-b", "middle-dot-name", "rare-characters", "old-15-digit-id", "no-consent",
    "consent-revoked", "consent-used-up", "consent-expired", "consent-single-use", "consent-written-amounts",
    "source-down", "dishonest-debtor", "guarantor-of-bad-debt", "card-at-95-percent", "honoured", "outside-pilot",
    "nobody", "arrears-current", "utility-two-providers", "insurance-fraud", "post-loan-open-account",
    "display-period-ended", "delisted-debtor", "married",
]
# fmt: on


def lives_on(day: date) -> dict[str, Life]:
    numbers = {life.number: life for life in published_lives(day)}
    return {person.tags[0]: numbers[person.id_number] for person in TEST_PEOPLE if person.id_number in numbers}


@pytest.fixture(params=DAYS, ids=str)
def day(request: pytest.FixtureRequest) -> date:
    return request.param


def test_every_tag_names_one_person() -> None:
    counted = Counter(tag for person in TEST_PEOPLE for tag in person.tags)
    assert set(counted.values()) == {1}
    assert set(TAGS) <= counted.keys()
    assert len(TEST_PEOPLE) >= 26


def test_numbers_are_unique_right_and_synthetic() -> None:
    numbers = [person.id_number for person in TEST_PEOPLE]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert PersonId.parse(number).number == number
        assert PersonId.parse(number).synthetic
    assert {"530199199003070015", "530199198506122046", "530199197801010034"} <= set(numbers)


def test_everybody_but_nobody_has_a_life_with_the_published_name() -> None:
    lives = lives_on(DAYS[0])
    assert {person.tags[0] for person in TEST_PEOPLE} - lives.keys() == {"nobody"}
    assert all(lives[p.tags[0]].name == p.name for p in TEST_PEOPLE if p.name)


@pytest.mark.parametrize(("tag", "gone"), [("default-ended-4y11m", False), ("default-ended-5y1m", True)])
def test_the_default_is_on_its_side_of_the_edge_and_the_only_stain(day: date, tag: str, gone: bool) -> None:
    life, edge = lives_on(day)[tag], days_given(day)["today-5y"]
    loan = life.loans[0]
    assert loan.delinquency_ended_on
    ends = [
        loan.delinquency_ended_on,
        life.special_transactions[0].occurred_on,
        life.enforcements[0].closed_on,
        life.judgments[0].fulfilled_on,
    ]
    assert len(set(ends)) == 1
    assert all(end is not None and (end <= edge) is gone for end in ends)
    assert abs((loan.delinquency_ended_on - edge).days) <= 32
    assert NEGATIVE & {status for _, status in loan.months}
    assert life.enforcements[0].status == "3"
    assert (loan.status, loan.overdue_terms, loan.overdue_amount, loan.five_category) == ("3", 0, 0, "1")
    assert not NEGATIVE & {status for other in life.loans[1:] for _, status in other.months}
    assert len(life.special_transactions) == len(life.enforcements) == len(life.judgments) == 1
    assert not [*life.penalties, *life.tax_arrears, *life.dishonest_listings, *life.restrictions, *life.measures]
    assert not [*life.liabilities, *life.utility_arrears, *life.listings, *life.insurance_violations, *life.cards]


def test_display_and_delisting_are_over_and_repair_is_done(day: date) -> None:
    lives = lives_on(day)
    ended = lives["display-period-ended"].penalties[0]
    assert ended.publicity_ends_on
    assert ended.publicity_ends_on < day
    assert ended.repaired_on is None
    repaired = lives["repaired-penalty"].penalties[0]
    assert repaired.repaired_on
    assert repaired.publicity_ends_on
    assert repaired.repaired_on < day < repaired.publicity_ends_on
    delisted = lives["delisted-debtor"]
    assert all(entry.delisted_on and entry.delisted_on < day for entry in delisted.dishonest_listings)
    assert all(order.lifted_on and order.lifted_on < day for order in delisted.restrictions)
    assert all(measure.ended_on and measure.ended_on < day for measure in delisted.measures)
    assert delisted.enforcements[0].status == "3"
    shown = lives["same-name-b"].penalties[0]
    assert shown.publicity_ends_on
    assert shown.publicity_ends_on > day


def test_people_are_what_their_tags_say(day: date) -> None:
    lives = lives_on(day)
    assert PersonId(lives["minor"].number).age_on(day) < 18
    assert lives["deceased"].registration == "4"
    assert lives["same-name-a"].name == lives["same-name-b"].name
    assert "\u00b7" in lives["middle-dot-name"].name
    assert any(ord(sign) > 0xFFFF for sign in lives["rare-characters"].name)
    assert lives["old-15-digit-id"].old_in == OLD_ROWS
    assert len(lives["old-15-digit-id"].number_in("LN_ACCT")) == 15
    card = lives["card-at-95-percent"].cards[0]
    assert card.used / card.limit == card.average_used / card.limit == 0.95
    arrears = lives["arrears-current"].loans[0]
    assert (arrears.status, arrears.overdue_terms, [s for _, s in arrears.months[-3:]]) == ("2", 3, ["1", "2", "3"])
    assert {owed.service for owed in lives["utility-two-providers"].utility_arrears} == {"UW", "UP"}
    assert lives["guarantor-of-bad-debt"].liabilities[0].five_category == "5"
    assert lives["outside-pilot"].division == "530129"
    debtor = lives["dishonest-debtor"]
    assert debtor.dishonest_listings[0].case_number == debtor.enforcements[0].case_number
    assert debtor.dishonest_listings[0].published_on < day < debtor.dishonest_listings[0].ends_on
    married, spouse = lives["married"].marriage, lives["spouse"].marriage
    assert married
    assert spouse
    assert (married.spouse_ref, spouse.spouse_ref) == (spouse.own_ref, married.own_ref)
    here = [loan for loan in lives["post-loan-open-account"].loans if loan.institution == "B10110000H0001"]
    assert [loan.closed_on for loan in here] == [None]
    assert {loan.institution for loan in lives["clean"].loans} | {c.institution for c in lives["clean"].cards} >= {
        "B10110000H0001",
        "K10330000H0001",
    }
    assert not [*lives["thin-file"].loans, *lives["thin-file"].cards]
    assert len(lives["thin-file"].insurances[0].paid_months) == 7
    assert len(lives["clean"].insurances[0].paid_months) == 24


def test_the_page_is_the_list() -> None:
    page = (Path(__file__).parents[3] / "docs" / "test-people.md").read_text()
    table = [line for line in page.splitlines() if line.startswith("| `")]
    assert table == [
        f"| `{p.id_number}` | {' '.join(f'`{tag}`' for tag in p.tags)} | {p.name} | {p.story} | {p.bank} | {p.own} |"
        for p in TEST_PEOPLE
    ]
