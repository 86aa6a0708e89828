"""How often an organisation may ask about one person for a purpose, by the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exchange.refusals import FrequencyExceeded
from exchange.retention import civil_day


class Period(StrEnum):
    """A calendar period of the city's own time."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"

    def at(self, time: datetime) -> str:
        """The period in which a moment lies: `2026-11-24`, `2026-11`, `2026`."""
        return civil_day(time).isoformat()[: {"day": 10, "month": 7, "year": 4}[self]]


class Beyond(StrEnum):
    """What becomes of an ask over the number."""

    REFUSED = "refused"
    COUNTED = "counted"
    """It is answered; its place in the count tells that it was not among the first (a third own report in a year may
    cost a fee, and is never refused: 征信业管理条例 art 17)."""


@dataclass(frozen=True, slots=True)
class Frequency:
    """For one person and one organisation; where the person asks, there is one organisation for all."""

    times: int
    per: Period
    beyond: Beyond = Beyond.REFUSED

    def __str__(self) -> str:
        return f"{self.times} per {self.per}, beyond {self.beyond}"

    def refuses(self, used: int) -> bool:
        """Whether one more is refused after so many in the period."""
        return self.beyond is Beyond.REFUSED and used >= self.times

    def within(self, wider: Frequency | None) -> bool:
        """Whether it is plain that this one lets no more pass than the other (None = as many as anybody likes)."""
        if wider is None or wider.beyond is Beyond.COUNTED:
            return True
        return self.beyond is Beyond.REFUSED and self.per is wider.per and self.times <= wider.times


@dataclass(frozen=True, slots=True)
class Turn:
    """One ask that a frequency counts."""

    person: str
    """Keyed digest."""
    organisation: str
    purpose: str
    period: str
    """As Period.at says it."""
    frequency: Frequency
    basis: str
    """Legal basis of the purpose."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.person, self.organisation, self.purpose, self.period

    def refusal(self, used: int) -> FrequencyExceeded | None:
        """Why one more is refused after so many in the period, or None."""
        if not self.frequency.refuses(used):
            return None
        rule = f"purpose {self.purpose}: {self.frequency.times} per {self.frequency.per} for one person"
        return FrequencyExceeded(rule=rule, basis=self.basis)
