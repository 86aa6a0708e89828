"""What looks like misuse of a permitted access, and who has looked at it. Pure: no clock, no counter, no store.

In the hands of those who obtained them in service, 25 items of credit or property information are a crime (Criminal
interpretation 2017 art 5): alarms come far below. An alarm blocks nobody by itself; a rule may suspend the client.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from exchange.person import PersonId
from exchange.retention import CITY_TIME

NEAR = 1_000
"""Two numbers are near within one division and a day of birth: whoever counts up the sequence moves within it."""


class AlarmKind(StrEnum):
    MANY_PEOPLE = "MANY_PEOPLE"
    """One operator asked about many different people."""
    MANY_REFUSALS = "MANY_REFUSALS"
    """One operator was refused many times."""
    ORDERED_NUMBERS = "ORDERED_NUMBERS"
    """One operator asked in the order of id numbers, as whoever tries them out or works down a list."""
    OUT_OF_HOURS = "OUT_OF_HOURS"
    """One operator asked about several people while offices are closed."""


class AlarmState(StrEnum):
    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"


Number = Annotated[int, Meta(ge=1, le=10_000)]


class AlarmRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which count on, within which window, a kind is raised; and from which the client is suspended."""

    count: Number
    window_s: Annotated[int, Meta(ge=60, le=86_400)] = 3_600
    suspend: Number | None = None
    """null = a person decides."""

    def __post_init__(self) -> None:
        if self.suspend is not None and self.suspend < self.count:
            raise ValueError("suspend is less than count: nobody would have been warned")


def _rules() -> dict[AlarmKind, AlarmRule]:
    return {
        AlarmKind.MANY_PEOPLE: AlarmRule(20),
        AlarmKind.MANY_REFUSALS: AlarmRule(60),
        AlarmKind.ORDERED_NUMBERS: AlarmRule(6, suspend=50),
        AlarmKind.OUT_OF_HOURS: AlarmRule(10),
    }


class AlarmRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alarms: dict[AlarmKind, AlarmRule] = msgspec.field(default_factory=_rules)
    """A kind that is not here is not watched."""
    opens: Annotated[int, Meta(ge=0, le=23)] = 7
    """Hour of the city's day from which on offices are open."""
    closes: Annotated[int, Meta(ge=1, le=24)] = 21

    def closed_at(self, at: datetime) -> bool:
        hour = at.astimezone(CITY_TIME).time()
        return not (time(self.opens) <= hour and (self.closes == 24 or hour < time(self.closes)))


@dataclass(frozen=True, slots=True)
class Alarm:
    """One kind, operator and window. It names the operator, a natural person at the client, and nobody asked about."""

    id: str
    kind: AlarmKind
    organisation: str
    client: str
    operator: str
    purpose: str | None
    """Of the ask that raised it."""
    raised_at: datetime
    count: int
    """How many there were when it was last written."""
    state: AlarmState = AlarmState.OPEN
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None


@dataclass(slots=True, repr=False)
class Run:
    """How long one operator has asked in order. Holds the place of the last number: in memory only, never written."""

    place: int
    at: datetime
    direction: int = 0
    steps: int = 0
    near: int = 0
    """Of the last steps, how many in a row were near."""

    def follow(self, place: int, at: datetime, pause_s: int) -> int:
        """The next number asked. How long the run is now: near steps, or half of those at whatever distance.

        Twelve steps in one direction come by themselves once in 13!/2 times, a row of near ones never. A pause ends
        the run; the same person again is no step.
        """
        paused = (at - self.at).total_seconds() > pause_s
        distance, self.at = place - self.place, at
        if distance == 0 and not paused:
            return self.length
        self.place = place
        direction = (distance > 0) - (distance < 0)
        if paused or (self.direction and direction != self.direction):
            self.steps = self.near = 0
        if paused:
            self.direction = 0
            return 0
        self.direction = direction
        self.steps += 1
        self.near = self.near + 1 if abs(distance) <= NEAR else 0
        return self.length

    @property
    def length(self) -> int:
        return max(self.near, self.steps // 2)


def place_of(person: PersonId) -> int:
    """Where a number stands in the order of all: division, day of birth, sequence; without the check digit."""
    return (int(person.number[:6]) * 1_000_000 + person.born.toordinal()) * 1_000 + int(person.number[14:17])
