"""The time that a page is about: whole days of the city up to today, as `activity` of the API takes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from exchange.retention import civil_day
from exchange.wording import Words
from gateway.dashboard.visit import Visit

_DAYS = {"7": 7, "30": 30, "90": 90, "365": 365}
_USUAL = "30"
WORDS = {
    "span": Words("Time", "时间范围"),
    "span_7": Words("7 days", "近 7 天"),
    "span_30": Words("30 days", "近 30 天"),
    "span_90": Words("90 days", "近 90 天"),
    "span_365": Words("12 months", "近 12 个月"),
}


@dataclass(frozen=True, slots=True)
class Span:
    key: str
    first: date
    until: date
    """The day after the last one."""

    @property
    def variables(self) -> dict[str, str]:
        return {"since": self.first.isoformat(), "until": self.until.isoformat()}

    @property
    def periods(self) -> list[str]:
        """Days, or the months of a year: what one point of a chart is."""
        days = [self.first + timedelta(days=n) for n in range((self.until - self.first).days)]
        return list(dict.fromkeys(self.period(day.isoformat()) for day in days))

    def period(self, day: str) -> str:
        return day[:7] if self.key == "365" else day


def span(visit: Visit, key: str | None = None) -> Span:
    """What the address, or a form, says; the usual time where it says something else."""
    said = key if key is not None else visit.query("span")
    chosen = said if said in _DAYS else _USUAL
    until = civil_day(visit.request.app.state.gateway.dashboard.clock()) + timedelta(days=1)
    return Span(chosen, until - timedelta(days=_DAYS[chosen]), until)


def options(visit: Visit) -> list[tuple[str, str]]:
    return [(key, visit.t(f"span_{key}")) for key in _DAYS]
