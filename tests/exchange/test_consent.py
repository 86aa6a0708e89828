"""Whether a consent carries an ask, and which of several does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exchange.consent import Consent, ConsentState, choose, ground_on
from exchange.frequency import Frequency, Period
from exchange.refusals import (
    ConsentExpired,
    ConsentNotGiven,
    ConsentPaused,
    ConsentRequired,
    ConsentRevoked,
    ConsentTooOften,
    ConsentUnknown,
    ConsentUsedUp,
)
from exchange.warning import WARNINGS, Warned, warned

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
DAY = timedelta(days=1)
WHO = ("bank-a", "5a" * 16, "LOAN_APPROVAL")
BASE = HPF, TAX = "HPF01.balance", "TAX03.tax_paid_amount"
GROUPED = {"loans_cards": frozenset({"PBC03.balance", "PBC04.credit_limit"}), "court": frozenset({"CRT01.court"})}


def consent(id: str = "c1", **changed: object) -> Consent:
    given: dict = {
        "person": WHO[1],
        "organisation": WHO[0],
        "purposes": frozenset({WHO[2]}),
        "valid_from": NOW - DAY,
        "valid_until": NOW + DAY,
    }
    return Consent(id=id, **(given | changed))


MONTHLY = Frequency(2, Period.MONTH)
REFUSED = [
    ({"organisation": "bank-b"}, ConsentUnknown),
    ({"person": "6b" * 16}, ConsentUnknown),
    ({"purposes": frozenset({"CARD_APPROVAL"})}, ConsentUnknown),
    ({"purposes": frozenset()}, ConsentUnknown),
    ({"client": "bank-counter"}, ConsentUnknown),
    ({"state": ConsentState.REQUESTED}, ConsentNotGiven),
    ({"state": ConsentState.DECLINED}, ConsentNotGiven),
    ({"state": ConsentState.PAUSED}, ConsentPaused),
    ({"state": ConsentState.REVOKED}, ConsentRevoked),
    ({"state": ConsentState.CONSUMED}, ConsentUsedUp),
    ({"valid_from": NOW + DAY}, ConsentExpired),
    ({"valid_until": NOW}, ConsentExpired),
    ({"valid_until": NOW, "state": ConsentState.PAUSED}, ConsentExpired),
    ({"valid_until": NOW, "state": ConsentState.REVOKED}, ConsentRevoked),
    ({"frequency": MONTHLY, "period": "2026-11", "period_uses": 2}, ConsentTooOften),
]


@pytest.mark.parametrize(("changed", "why"), REFUSED)
def test_what_does_not_carry_an_ask_says_why(changed: dict, why: type) -> None:
    assert isinstance(consent(**changed).refusal(*WHO, NOW, "bank-system"), why)


CARRIED = [
    {},
    {"purposes": frozenset({"CARD_APPROVAL", "LOAN_APPROVAL"})},
    {"client": "bank-system"},
    {"valid_from": NOW},
    {"frequency": MONTHLY},
    {"frequency": MONTHLY, "period": "2026-11", "period_uses": 1},
    {"frequency": MONTHLY, "period": "2026-10", "period_uses": 2},
]


@pytest.mark.parametrize("changed", CARRIED)
def test_what_carries_an_ask(changed: dict) -> None:
    assert consent(**changed).refusal(*WHO, NOW, "bank-system") is None


def test_the_month_is_the_citys_own() -> None:
    """On the first of December at 00:30 in the city it is still November in Greenwich."""
    at = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    used = consent(frequency=MONTHLY, period="2026-11", period_uses=2, valid_until=NOW + 30 * DAY)
    assert used.refusal(*WHO, at) is None
    assert isinstance(used.refusal(*WHO, at - timedelta(hours=1)), ConsentTooOften)


@pytest.mark.parametrize(
    ("seen", "written"),
    [
        (None, frozenset()),
        (warned(frozenset(BASE), NOW), frozenset(BASE)),
        (warned(frozenset({HPF}), NOW), frozenset({HPF})),
        (Warned("2026-1", "0" * 64, frozenset(BASE), NOW), frozenset()),
        (Warned("never", next(iter(WARNINGS.values())).digest, frozenset(BASE), NOW), frozenset()),
    ],
)
def test_written_items_without_their_warning_are_not_written_consent(seen: Warned | None, written: frozenset) -> None:
    given = consent(written_items=frozenset(BASE), warned=seen)
    assert given.written == ground_on(given).written_items == written


def test_a_warning_adds_nothing_that_was_not_named() -> None:
    assert consent(written_items=frozenset({HPF}), warned=warned(frozenset(BASE), NOW)).written == {HPF}


def test_groups_are_what_the_standard_says_they_are() -> None:
    given = consent(items=frozenset({"UTL01.arrears"}), groups=frozenset({"loans_cards", "gone"}))
    assert ground_on(given, GROUPED).items == {"UTL01.arrears", "PBC03.balance", "PBC04.credit_limit"}
    assert ground_on(consent(groups=frozenset({"gone"})), GROUPED).items == frozenset()
    assert ground_on(consent(), GROUPED).items is None


def chosen(*consents: Consent, **more: object) -> str:
    items = frozenset({"PBC03.balance", HPF})
    return choose(consents, *WHO, items, frozenset(BASE), NOW, grouped=GROUPED, **more).id  # type: ignore[arg-type]


def test_the_one_that_covers_most_goes_first_then_the_one_that_costs_least() -> None:
    standing, counted = consent("standing"), consent("counted", frequency=MONTHLY)
    once = consent("once", single_use=True)
    grouped = consent("grouped", groups=frozenset({"loans_cards"}))
    beside = consent("beside", groups=frozenset({"court"}))
    written = consent("written", written_items=frozenset({HPF}), warned=warned(frozenset({HPF}), NOW), single_use=True)
    assert chosen(once, counted, standing) == "standing"
    assert chosen(once, counted) == "counted"
    assert chosen(standing, grouped, beside) == "grouped"
    assert chosen(once, beside) == "once"
    assert chosen(standing, grouped, once, written) == "written"
    assert chosen(standing, replace(written, warned=None)) == "standing"


def test_where_two_are_told_of_the_one_that_names_both_goes_first() -> None:
    both = consent("zz", partner="6b" * 16, relation="spouse")
    assert chosen(consent("aa"), both, partnered=True) == "zz"
    assert chosen(consent("aa"), both) == "aa"


@pytest.mark.parametrize(
    ("states", "why"),
    [
        ((ConsentState.REVOKED, ConsentState.PAUSED), ConsentPaused),
        ((ConsentState.CONSUMED, ConsentState.REVOKED), ConsentRevoked),
        ((ConsentState.REQUESTED, ConsentState.CONSUMED), ConsentUsedUp),
        ((ConsentState.REQUESTED,), ConsentNotGiven),
        ((), ConsentRequired),
    ],
)
def test_of_several_misses_the_nearest_is_told(states: tuple, why: type) -> None:
    with pytest.raises(why):
        chosen(*(consent(state.value, state=state) for state in states))


def test_a_use_is_counted_in_its_period_and_a_late_one_in_the_next() -> None:
    month, before = timedelta(days=30), NOW - timedelta(days=30)
    once = consent(frequency=MONTHLY).used(NOW)
    assert (once.period, once.period_uses) == ("2026-11", 1)
    late = once.used(before)
    assert (late.period, late.period_uses) == ("2026-11", 2)
    assert isinstance(late.refusal(*WHO, NOW), ConsentTooOften)
    anew = late.used(NOW + month)
    assert (anew.period, anew.period_uses) == ("2026-12", 1)


def test_a_single_use_consumes_and_a_standing_consent_counts_nothing() -> None:
    assert consent(single_use=True).used(NOW).state is ConsentState.CONSUMED
    standing = consent()
    assert standing.used(NOW) is standing
