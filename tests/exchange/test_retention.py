"""The clocks, evaluated on plain rows by a small evaluator of their own."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from exchange.condition import (
    ALWAYS,
    All,
    Any,
    Compare,
    Condition,
    Given,
    KeyIn,
    Missing,
    Not,
    OneOf,
    given_in,
    items_of,
)
from exchange.retention import Retention, civil_day, days_given
from exchange.standard.load import read

CATALOGUE = read()
TODAY = date(2026, 11, 24)
GIVEN = days_given(TODAY)


def holds(condition: Condition, row: dict[str, str | None]) -> bool:
    """Two-valued: a comparison with a missing value is false."""

    def meant(value: str | Given) -> str:
        return GIVEN[value.name].isoformat() if isinstance(value, Given) else value

    match condition:
        case Compare(item, operator, value):
            have = row.get(item)
            if have is None:
                return False
            return {"=": have == meant(value), "<=": have <= meant(value), ">=": have >= meant(value)}[operator]
        case OneOf(item, values):
            assert isinstance(values, tuple)
            return row.get(item) in values
        case Missing(item):
            return row.get(item) is None
        case Not(inner):
            return not holds(inner, row)
        case All(parts):
            return all(holds(part, row) for part in parts)
        case Any(parts):
            return any(holds(part, row) for part in parts)
        case KeyIn():
            raise AssertionError("clocks read no keys")


def kept(record: str, **row: str | None) -> bool:
    return holds(CATALOGUE.records[record].retention.kept(), row)


def shown(record: str, item: str, **row: str | None) -> bool:
    found = CATALOGUE.items[f"{record}.{item}"]
    return holds(CATALOGUE.records[record].retention.shown(item, found.negative), row)


EDGE = "2021-11-24"
BEFORE_EDGE = "2021-11-25"

REMOVING = {
    "PBC06": "occurred_on",
    "HRS07": "fulfilled_on",
    "HPF03": "fulfilled_on",
    "TAX01": "cleared_on",
    "TAX02": "fulfilled_on",
    "CRT01": "fulfilled_on",
    "UTL02": "settled_on",
}
AT_ONCE = {"CRT03": "delisted_on", "CRT04": "lifted_on", "SAM04": "delisted_on", "CRO02": "ended_on"}
ITEMS_ONLY = {
    "PBC03": "delinquency_ended_on",
    "PBC04": "delinquency_ended_on",
    "PBC07": "delinquency_ended_on",
    "HRS02": "arrears_cleared_on",
    "HRS08": "revoked_on",
    "HPF02": "delinquency_ended_on",
    "CVA02": "fulfilled_on",
}


@pytest.mark.parametrize(("record", "clock"), REMOVING.items())
def test_a_negative_record_leaves_five_years_after_the_end(record, clock):
    assert not kept(record, **{clock: EDGE})
    assert not kept(record, **{clock: "2015-01-01"})
    assert kept(record, **{clock: BEFORE_EDGE})
    assert kept(record, **{clock: None}), "the conduct has not ended"


@pytest.mark.parametrize(("record", "clock"), AT_ONCE.items())
def test_a_list_entry_leaves_on_the_day_it_ends(record, clock):
    assert not kept(record, **{clock: "2026-11-24"})
    assert kept(record, **{clock: "2026-11-25"})
    assert kept(record, **{clock: None})


@pytest.mark.parametrize(("record", "clock"), ITEMS_ONLY.items())
def test_elsewhere_only_the_negative_items_and_the_clock_leave(record, clock):
    assert kept(record, **{clock: "2001-01-01"})
    for item in CATALOGUE.items_of(record):
        goes = item.negative or item.name == clock
        assert shown(record, item.name, **{clock: EDGE}) is not goes, item.key
        assert shown(record, item.name, **{clock: BEFORE_EDGE}), item.key
        assert shown(record, item.name, **{clock: None}), item.key


def test_only_negative_months_leave_with_their_account():
    for status in "1234567BDGZ":
        assert not kept("PBC05", repayment_status=status, delinquency_ended_on=EDGE)
        assert kept("PBC05", repayment_status=status, delinquency_ended_on=BEFORE_EDGE)
        assert kept("PBC05", repayment_status=status, delinquency_ended_on=None)
    for status in "*NMCA#/":
        assert kept("PBC05", repayment_status=status, delinquency_ended_on="2001-01-01")


def test_only_fulfilment_starts_the_clock_of_an_enforcement_case():
    assert not kept("CRT02", case_status="3", closed_on=EDGE)
    assert kept("CRT02", case_status="3", closed_on=BEFORE_EDGE)
    for status in "1245":
        assert kept("CRT02", case_status=status, closed_on="2001-01-01")


def test_penalties_leave_by_display_repair_severity_or_clock():
    published = {"severity": "2", "publicity_ends_on": "2027-01-01", "fulfilled_on": None, "repaired_on": None}
    assert kept("SAM02", **published)
    assert kept("SAM02", **published | {"publicity_ends_on": "2026-11-24"}), "the last day counts"
    assert not kept("SAM02", **published | {"publicity_ends_on": "2026-11-23"})
    assert not kept("SAM02", **published | {"severity": "1"})
    assert not kept("SAM02", **published | {"repaired_on": "2026-11-24"})
    assert kept("SAM02", **published | {"repaired_on": "2026-11-25"})
    assert not kept("SAM02", **published | {"fulfilled_on": EDGE})


def test_inquiries_are_shown_for_two_years():
    assert not kept("PBC08", inquired_at="2024-11-24")
    assert kept("PBC08", inquired_at="2024-11-25")


def test_what_has_no_clock_stays():
    for record in ("PSB01", "PBC01", "PBC09", "HRS03", "HPF01", "TAX03", "SAM03", "UTL01", "CVA01", "CRO03"):
        assert CATALOGUE.records[record].retention.kept() == ALWAYS


def test_every_record_type_with_a_clock_is_tested_here():
    clocked = {code for code, record in CATALOGUE.records.items() if record.retention.starts}
    assert clocked == {*REMOVING, *AT_ONCE, *ITEMS_ONLY, "PBC05", "CRT02", "SAM02"}


def test_clocks_read_what_the_record_has_and_days_that_are_given():
    for record in CATALOGUE.records.values():
        conditions = [record.retention.kept()]
        conditions += [record.retention.shown(item.name, item.negative) for item in record.items.values()]
        for condition in conditions:
            assert items_of(condition) <= {*record.items, *record.attributes}
            assert given_in(condition) <= set(GIVEN)


def test_five_years_before_a_leap_day():
    assert days_given(date(2024, 2, 29))["today-5y"] == date(2019, 2, 28)
    assert days_given(date(2024, 2, 29))["today-4y"] == date(2020, 2, 29)


def test_the_clock_never_runs_early():
    """Whatever the day: a conduct that ended less than five full years ago is kept."""
    for shift in range(0, 1500, 7):
        today = date(2023, 1, 1) + timedelta(days=shift)
        assert days_given(today)["today-5y"] <= today - timedelta(days=5 * 365)


def test_an_empty_retention_keeps_everything():
    assert Retention().kept() == ALWAYS
    assert Retention().shown("balance", True) == ALWAYS


def test_clocks_run_by_the_day_in_the_city() -> None:
    """At 16:30 UTC it is the next day in Kunming, whatever time zone the machine is in."""
    at = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    assert civil_day(at) == date(2026, 11, 25)
    assert civil_day(at.astimezone(timezone(timedelta(hours=-9)))) == date(2026, 11, 25)
    assert civil_day(at - timedelta(hours=1)) == date(2026, 11, 24)
