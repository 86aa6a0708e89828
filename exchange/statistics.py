"""Statistics without persons: counts of asks from which no count under ten can be worked out.

What is counted falls into atoms: asks alike in every attribute that can be asked for. Only atoms of ten asks or more
about ten people or more are published under their names; the others, and some large ones beside them, are one pool
that stands in totals only. Every published figure is a sum of whole atoms, so every difference between two figures is
one too: nothing, or ten and more. docs/statistics.md says why it holds. (统计法 arts 9, 25; PIPL arts 4, 72)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from exchange.catalogue import Catalogue
from exchange.refusals import PeriodInvalid
from exchange.retention import CITY_TIME

LEAST = 10
"""A count below it is nobody's to know."""
MOST_MONTHS = 36
"""In one answer."""
SETTLED = timedelta(hours=1)
"""After its end a month waits so long for entries that are under way."""
GROUPS = frozenset(
    {
        "loans_cards",
        "repayment",
        "inquiries",
        "social_insurance",
        "medical_enrolment",
        "housing_fund",
        "tax",
        "court",
        "penalties",
        "licences_honours",
        "utilities",
        "social_assistance",
    }
)
"""Release groups that the matrix opens to statistics (its treatment A). Identity, contact, marriage, employer and the
amounts that need a written consent are in none."""
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one atom, or of a sum of them."""

    asks: int = 0
    people: int = 0
    """Different people within the atom; 0 where the asks were about nobody. A sum of atoms is a sum, not a union."""

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.asks + other.asks, self.people + other.people)

    @property
    def small(self) -> bool:
        """Ten asks about one person are that person's."""
        return self.asks < LEAST or 0 < self.people < LEAST


def total(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


@dataclass(frozen=True, slots=True)
class Published(Generic[Key]):
    named: Mapping[Key, Tally]
    pool: Tally | None
    """The others together; None where nothing is told of them, because there are none or too few."""

    @property
    def whole(self) -> Tally | None:
        """Of everything that may be counted at all; None where there is nothing of it."""
        known = [*self.named.values(), *([self.pool] if self.pool else ())]
        return total(known) if known else None


def published(atoms: Mapping[Key, Tally]) -> Published[Key]:
    """Primary suppression of the small atoms, and complementary suppression of so many large ones that a small one
    could be anything from 1 to 9, whatever is known about which atoms there are, how the large ones were chosen (the
    smallest first), and that a count is never negative."""
    pooled = {key: tally for key, tally in atoms.items() if tally.small}
    named = {key: tally for key, tally in atoms.items() if not tally.small}
    if not pooled:
        return Published(named, None)
    small = list(pooled.values())
    waiting = sorted(named, key=lambda key: (named[key].asks, named[key].people, repr(key)), reverse=True)
    beside: list[Tally] = []
    while not _hidden(small, beside, named.values()):
        if not waiting:
            return Published({}, None)
        beside.append(named.pop(waiting.pop()))
    return Published(named, total((*small, *beside)))


def _hidden(small: list[Tally], beside: list[Tally], left: Iterable[Tally]) -> bool:
    left = list(left)
    return all(
        _hides(
            [of(each) for each in small if of(each)],
            [of(each) for each in beside if of(each)],
            min((of(each) for each in left if of(each)), default=None),
        )
        for of in (_asks, _people)
    )


def _asks(tally: Tally) -> int:
    return tally.asks


def _people(tally: Tally) -> int:
    return tally.people


def _hides(small: list[int], beside: list[int], most: int | None) -> bool:
    """Whether the pool's sum leaves each of `small` anything from 1 to 9, to somebody who knows how many there are and
    that none beside them is under 10, or larger than `most`, the smallest that is named."""
    if not small:
        return True
    others, sum_ = len(small) - 1, sum(small) + sum(beside)
    if not beside or sum_ < LEAST - 1 + others + LEAST * len(beside):
        return False
    return most is None or sum_ <= 1 + (LEAST - 1) * others + most * len(beside)


def counted_under(catalogue: Catalogue) -> Callable[[str], str | None]:
    """Item → its record type where the matrix opens it to statistics, else None."""
    open_ = {key: item.record for key, item in catalogue.items.items() if item.group in GROUPS}
    by_type = {code for code, record in catalogue.records.items() if record.group in GROUPS}

    def described(key: str) -> str | None:
        record = key.partition(".")[0]
        return open_.get(key) if key in catalogue.items else record if record in by_type else None

    return described


def month_of(text: str, name: str) -> str:
    """A calendar month, `2026-09`. Raises PeriodInvalid."""
    try:
        if len(text) == 7 and text.isascii() and date.fromisoformat(f"{text}-01").strftime("%Y-%m") == text:
            return text
    except ValueError:
        pass
    raise PeriodInvalid(rule=f"argument {name}")


def months(since: str, until: str, now: datetime) -> list[str]:
    """Whole months from `since` to `until`, both included, all of them ended. Raises PeriodInvalid."""
    first, last = month_of(since, "since"), month_of(until, "until")
    if first > last:
        raise PeriodInvalid(rule="argument since")
    if not ended(last, now):
        raise PeriodInvalid(rule="argument until")
    found = [first]
    while found[-1] < last:
        if len(found) == MOST_MONTHS:
            raise PeriodInvalid(rule="argument since")
        found.append(following(found[-1]))
    return found


def following(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def begin(month: str) -> datetime:
    """Its first moment in the city."""
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=CITY_TIME)


def ended(month: str, now: datetime) -> bool:
    return month < "9999-12" and begin(following(month)) + SETTLED <= now


def last_ended(now: datetime) -> str:
    """The latest month that statistics tell of."""
    day = (now - SETTLED).astimezone(CITY_TIME).date().replace(day=1) - timedelta(days=1)
    return day.strftime("%Y-%m")
