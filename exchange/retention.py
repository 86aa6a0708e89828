"""How long a record may leave (征信业管理条例 art 16 and the list rules), as conditions on its rows.

The five years run from the *end* of the conduct; while the clock item is empty the conduct has not ended and the
record stays. The person and the audit see everything: for them no clock is applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal

from exchange.condition import ALWAYS, All, Compare, Condition, Given, Not, OneOf


@dataclass(frozen=True, slots=True)
class Retention:
    """The clocks of one record type. An empty one keeps everything."""

    starts: str | None = None
    """Item (or hidden attribute) that holds the end of the conduct."""
    years: int = 5
    removes: Literal["record", "items"] = "record"
    """Whether the whole row leaves when the clock has run, or only its negative items and the clock item."""
    negative: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Item → codes: the rows that the clock may take; empty = every row of this type is negative."""
    starts_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Item → codes that must hold for the clock to have started (CRT02: fulfilled only)."""
    display_ends: str | None = None
    """Item holding the last day of publication (信用修复管理办法)."""
    unpublished: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Item → codes of rows that are never published (minor dishonesty)."""
    repaired: str | None = None
    """Item holding the day of repair; from then on the row leaves to nobody."""
    shown_from: str | None = None
    """Item holding the day from which a row is shown for `shown_years` (inquiries)."""
    shown_years: int = 0
    basis: str = ""

    def kept(self) -> Condition:
        """The rows that may leave."""
        gone: list[Condition] = []
        if self.starts and self.removes == "record":
            gone.append(All((*_codes(self.negative), self._run())))
        if self.display_ends:
            gone.append(Compare(self.display_ends, "<=", Given("today-1d")))
        gone.extend(_codes(self.unpublished))
        if self.repaired:
            gone.append(Compare(self.repaired, "<=", Given("today")))
        if self.shown_from:
            gone.append(Compare(self.shown_from, "<=", Given(f"today-{self.shown_years}y")))
        return All(tuple(Not(condition) for condition in gone)) if gone else ALWAYS

    def shown(self, item: str, negative: bool) -> Condition:
        """The rows in which this item may leave, where the clock removes items and not records."""
        if self.starts and self.removes == "items" and (negative or item == self.starts):
            return Not(self._run())
        return ALWAYS

    def _run(self) -> Condition:
        assert self.starts
        return All((*_codes(self.starts_when), Compare(self.starts, "<=", Given(f"today-{self.years}y"))))


def _codes(wanted: Mapping[str, tuple[str, ...]]) -> list[Condition]:
    return [OneOf(item, values) for item, values in wanted.items()]


CITY_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")


@lru_cache(maxsize=64)
def civil_day(at: datetime) -> date:
    """The day in the city: clocks of law run by it, wherever the machine stands and whatever its time zone."""
    return at.astimezone(CITY_TIME).date()


def days_given(today: date) -> dict[str, date]:
    """The days that conditions may name."""
    given = {"today": today, "today-1d": today - timedelta(days=1)}
    return given | {f"today-{years}y": _years_before(today, years) for years in range(6)}


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
