"""Months and days of the demo's calendar: a month is an int, year * 12 + month - 1."""

from __future__ import annotations

from datetime import date, timedelta


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    return first_day(month + 1) - timedelta(days=1)


def day_in(month: int, day: int) -> date:
    """The given day of a month, or its last day where the month is shorter."""
    return min(first_day(month) + timedelta(days=day - 1), last_day(month))


def shifted(day: date, months: int) -> date:
    """The same day some months later (or earlier, below 0), or that month's last day."""
    return day_in(month_of(day) + months, day.day)


def settled_month(day: date) -> int:
    """The last month that departments have closed on `day`: the month before it."""
    return month_of(day) - 1


def compact(month: int) -> str:
    """`202610`."""
    return f"{month // 12}{month % 12 + 1:02d}"
