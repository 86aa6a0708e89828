"""Maintenance windows: every week (or day) at the same hours, or once. In the city's time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

CITY = ZoneInfo("Asia/Shanghai")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY = re.compile(r"(?P<day>[a-z]{3}|daily) (?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)", re.IGNORECASE)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Weekly:
    day: int | None
    """0 = Monday; None = every day."""
    start: timedelta
    """Since midnight."""
    lasts: timedelta

    def span(self, at: datetime) -> Span | None:
        midnight = at.astimezone(CITY).replace(hour=0, minute=0, second=0, microsecond=0)
        for back in (0, 1):  # a window that began yesterday may still be open
            begins = midnight - timedelta(days=back) + self.start
            if self.day in (None, begins.weekday()) and begins <= at < begins + self.lasts:
                return begins, begins + self.lasts
        return None


@dataclass(frozen=True, slots=True)
class Once:
    begins: datetime
    ends: datetime

    def span(self, at: datetime) -> Span | None:
        return (self.begins, self.ends) if self.begins <= at < self.ends else None


Window = Weekly | Once


def open_at(windows: Iterable[Window], at: datetime) -> Span | None:
    """Begin and end of the windows that are open at this moment; overlapping ones taken together."""
    spans = [span for window in windows if (span := window.span(at))]
    return (min(begins for begins, _ in spans), max(ends for _, ends in spans)) if spans else None


def read_window(text: str) -> Window:
    """`Sun 02:00-04:00`, `daily 23:30-00:30`, `2026-12-01T00:00/2026-12-01T06:00`. Raises ValueError."""
    if found := _WEEKLY.fullmatch(text.strip()):
        day = found["day"].lower()
        start, end = _since_midnight(found["start"]), _since_midnight(found["end"])
        lasts = (end - start) % timedelta(days=1)
        if not lasts:
            raise ValueError(text)
        return Weekly(None if day == "daily" else _DAYS.index(day), start, lasts)
    begins, _, ends = text.strip().partition("/")
    once = Once(_moment(begins), _moment(ends))
    if once.begins >= once.ends:
        raise ValueError(text)
    return once


def _since_midnight(text: str) -> timedelta:
    moment = datetime.strptime(text, "%H:%M")
    return timedelta(hours=moment.hour, minutes=moment.minute)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=CITY)
