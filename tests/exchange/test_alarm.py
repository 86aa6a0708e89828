"""Runs in the order of id numbers, closed offices, and rules that mean something."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import msgspec
import pytest

from exchange.alarm import AlarmRule, AlarmRules, Run, place_of
from exchange.person import PersonId, check_digit
from exchange.quota import Limits

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def person(born: date, sequence: int, division: str = "530199") -> PersonId:
    body = f"{division}{born:%Y%m%d}{sequence:03}"
    return PersonId(body + check_digit(body))


def longest(people: list[PersonId], step_s: int = 10, pause_s: int = 3_600) -> int:
    run, found = Run(place_of(people[0]), NOON), 0
    for n, each in enumerate(people):
        found = max(found, run.follow(place_of(each), NOON + timedelta(seconds=n * step_s), pause_s))
    return found


BORN = date(1990, 3, 7)


@pytest.mark.parametrize("sign", [1, -1])
def test_counting_through_a_sequence_is_seen_at_every_step(sign: int) -> None:
    people = [person(BORN, 500 + sign * n) for n in range(8)]
    assert longest(people) == 7


def test_counting_through_days_is_seen_too() -> None:
    assert longest([person(BORN + timedelta(days=n), 1) for n in range(8)]) == 7
    assert longest([person(date(1999, 12, 31), 999), person(date(2000, 1, 1), 1)]) == 1


def test_a_sorted_list_is_seen_at_half_its_length() -> None:
    rng = Random(3)
    people = sorted((person(BORN + timedelta(days=rng.randint(0, 9_000)), 7) for _ in range(40)), key=place_of)
    assert longest(people) >= 19


def test_customers_as_they_come_make_no_run() -> None:
    rng = Random(5)
    people = [
        person(date(1950, 1, 1) + timedelta(days=rng.randint(0, 20_000)), rng.randint(1, 999)) for _ in range(5_000)
    ]
    assert longest(people) < 6


def test_the_same_person_again_is_no_step_and_ends_nothing() -> None:
    one, two, three = (person(BORN, n) for n in (1, 2, 3))
    assert longest([one, one, one, one]) == 0
    assert longest([one, two, two, two, three]) == 2


def test_a_step_back_and_a_pause_begin_anew() -> None:
    up = [person(BORN, n) for n in range(1, 6)]
    assert longest([*up, person(BORN, 2), person(BORN, 3)]) == 4
    assert longest(up, step_s=3_601) == 0
    assert longest(up, step_s=3_600) == 4


def test_a_far_step_ends_a_row_of_near_ones_but_not_the_run() -> None:
    people = [person(BORN + timedelta(days=days), n) for days in (0, 500, 900) for n in (1, 2, 3)]
    assert longest(people) == 4
    assert longest(people[:7]) == 3


def test_a_neighbour_in_another_division_is_not_near() -> None:
    assert longest([person(BORN, 1), person(BORN, 2, "530198")]) == 0


def test_a_run_shows_no_number() -> None:
    assert "5301" not in repr(Run(place_of(person(BORN, 1)), NOON))


def test_offices_are_open_by_the_citys_clock() -> None:
    rules = AlarmRules(opens=7, closes=21)
    for hour, closed in ((22, True), (23, False), (4, False), (12, False), (13, True)):  # UTC; the city is 8 hours on
        assert rules.closed_at(NOON.replace(hour=hour)) is closed
    assert not AlarmRules(opens=0, closes=24).closed_at(NOON.replace(hour=15, minute=59))


@pytest.mark.parametrize(
    "wrong",
    [
        {"alarms": {"MANY_PEOPLE": {"count": 0}}},
        {"alarms": {"MANY_PEOPLE": {"count": 20, "suspend": 19}}},
        {"alarms": {"MANY_PEOPLE": {"count": 20, "window_s": 1}}},
        {"alarms": {"MANY_DOGS": {"count": 1}}},
        {"closes": 25},
    ],
)
def test_rules_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, AlarmRules)


@pytest.mark.parametrize(
    ("before", "after", "wider"),
    [
        ({}, {}, False),
        ({}, {"MANY_PEOPLE": 200}, True),
        ({"MANY_PEOPLE": 200}, {}, True),
        ({"MANY_PEOPLE": None}, {}, False),
        ({"MANY_PEOPLE": None}, {"MANY_PEOPLE": 200}, False),
        ({"MANY_PEOPLE": 200}, {"MANY_PEOPLE": 100}, False),
        ({"MANY_PEOPLE": 200}, {"MANY_PEOPLE": 201}, True),
        ({"MANY_PEOPLE": 200}, {"MANY_PEOPLE": None}, True),
    ],
)
def test_being_watched_less_is_a_wider_registration(before: object, after: object, wider: bool) -> None:
    limits = (msgspec.convert({"alarms": each}, Limits) for each in (after, before))
    assert next(limits).widens(next(limits)) is wider


def test_an_alarm_comes_far_below_what_the_law_counts() -> None:
    assert AlarmRules().alarms == msgspec.convert({}, AlarmRules).alarms
    assert all(rule.count < 25 for kind, rule in AlarmRules().alarms.items() if kind != "MANY_REFUSALS")
    assert AlarmRule(20).suspend is None
