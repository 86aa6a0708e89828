"""How often an organisation has asked about somebody for a purpose: looked at before anybody is asked, counted by the
seal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import strawberry

from exchange.frequency import Turn
from exchange.purpose import Purpose
from resolvers.context import Context


@strawberry.type(name="Frequency", description="Which of the asks of a period this one is.")
class FrequencyShown:
    period: str = strawberry.field(description="By the city's calendar: `2026`, `2026-11` or `2026-11-24`.")
    number: int = strawberry.field(description="This ask's, from 1; asks at the same moment may show the same one.")
    times: int = strawberry.field(description="How many the purpose has in a period.")
    over: bool = strawberry.field(description="Whether it is one more than that: answered, and no longer free.")


@dataclass(frozen=True, slots=True)
class Taken:
    """One turn, as it stood when it was asked for."""

    turn: Turn
    number: int

    @property
    def shown(self) -> FrequencyShown:
        times = self.turn.frequency.times
        return FrequencyShown(period=self.turn.period, number=self.number, times=times, over=self.number > times)

    def as_json(self) -> dict[str, Any]:
        shown = self.shown
        return {"period": shown.period, "number": shown.number, "times": shown.times, "over": shown.over}


async def take(context: Context, purpose: Purpose, people: Sequence[str]) -> list[Taken | None]:
    """A turn for each of the people (keyed digests), where the purpose has a frequency.

    Raises FrequencyExceeded, StoreUnavailable.
    """
    frequency = purpose.frequency
    if frequency is None:
        return [None] * len(people)
    period, organisation = frequency.per.at(context.at), context.requester.organisation
    turns = [Turn(person, organisation, purpose.code, period, frequency, purpose.basis) for person in people]
    used = await context.services.turns.used(turns) if context.services.turns else {}
    for turn in turns:
        if refusal := turn.refusal(used.get(turn.key, 0)):
            raise refusal
    return [Taken(turn, used.get(turn.key, 0) + 1) for turn in turns]
