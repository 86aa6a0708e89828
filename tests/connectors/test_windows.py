"""When a window is open, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.windows import CITY, open_at, read_window


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


@pytest.mark.parametrize(
    ("window", "moment", "until"),
    [
        ("Sun 02:00-04:00", "2026-11-29T02:00", "2026-11-29T04:00"),
        ("Sun 02:00-04:00", "2026-11-29T03:59", "2026-11-29T04:00"),
        ("Sun 02:00-04:00", "2026-11-29T04:00", None),
        ("Sun 02:00-04:00", "2026-11-29T01:59", None),
        ("Sun 02:00-04:00", "2026-11-30T03:00", None),
        ("sat 23:00-01:00", "2026-11-29T00:30", "2026-11-29T01:00"),
        ("sat 23:00-01:00", "2026-11-28T00:30", None),
        ("daily 23:30-00:30", "2026-11-25T00:10", "2026-11-25T00:30"),
        ("2026-12-01T00:00/2026-12-01T06:00", "2026-12-01T05:59", "2026-12-01T06:00"),
        ("2026-12-01T00:00/2026-12-01T06:00", "2026-12-01T06:00", None),
    ],
)
def test_open(window: str, moment: str, until: str | None) -> None:
    span = open_at([read_window(window)], at(moment))
    assert (span and span[1]) == (until and at(until))


def test_hours_are_those_of_the_city() -> None:
    moment = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)  # 02:30 on Sunday in the city
    span = open_at([read_window("Sun 02:00-04:00")], moment)
    assert span
    assert span[0] == moment - timedelta(minutes=30)


def test_windows_that_overlap_count_as_one() -> None:
    windows = [read_window("Sun 02:00-04:00"), read_window("2026-11-29T03:00/2026-11-29T06:00")]
    assert open_at(windows, at("2026-11-29T03:30")) == (at("2026-11-29T02:00"), at("2026-11-29T06:00"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sunday 02:00-04:00",
        "Sun 02:00",
        "Sun 25:00-26:00",
        "Sun 02:00-02:00",
        "xyz 02:00-04:00",
        "2026-12-01",
        "2026-12-02/2026-12-01",
        "2026-12-02T00:00/2026-12-01T00:00",
    ],
)
def test_what_is_no_window(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller says where; what it says itself is of no use
        read_window(text)
