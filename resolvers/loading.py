"""Fetch: all departments at once, released columns only; then what needs data decides whether there is anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from exchange.dispute import Dispute
from exchange.person import PersonId
from exchange.purpose import Purpose
from exchange.records import Answer, Outcome, Unavailable
from exchange.retention import civil_day, days_given
from resolvers.context import Context
from resolvers.pace import until_next_step
from resolvers.plan import Plan, Slot

NOBODY = PersonId("000000000000000000")
"""Who is asked about instead of somebody that this ask may not be about: the same statements, and no row."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the ask is about anybody at all, as far as the departments could tell."""

    hidden: bool = False
    """A probe failed: the person looks like nobody."""
    undecided: Unavailable | None = None
    """A probe that must hold could not be answered: then nothing may be told, and that is not absence."""
    silent: Mapping[str, Unavailable] = field(default_factory=dict)
    """Departments that left a probe open."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the departments answered about one person."""

    outcomes: Mapping[str, Outcome]
    person: PersonId
    standing: Standing
    disputes: Mapping[str, Sequence[Dispute]]
    """By record type, in the order of the Given `disputed:<record>`."""
    own: dict[str, Unavailable | tuple[Answer, ...]] = field(init=False, repr=False)
    """By department, as far as it may be told; a person is looked up there once."""

    def __post_init__(self) -> None:
        found: dict[str, Unavailable | tuple[Answer, ...]] = {}
        for code, outcome in self.outcomes.items():
            if isinstance(outcome, Unavailable):
                found[code] = outcome
            elif self.standing.undecided is not None:
                found[code] = self.standing.undecided
            else:
                own = outcome.answers[self.person]
                found[code] = tuple(map(_nothing, own)) if self.standing.hidden else own
        object.__setattr__(self, "own", found)

    def answer(self, slot: Slot) -> Answer:
        own = self.own[slot.department]
        return own if isinstance(own, Unavailable) else own[slot.place]

    def absent(self, plan: Plan) -> bool:
        """Whether nothing is told of the person that anybody holds, and no silence either."""
        for department, shown in plan.shown.items():
            own = self.own[department]
            # What is Unavailable is true as well.
            if isinstance(own, Unavailable) or any(own[one.slot.place] for one in shown):
                return False
        return True


def _nothing(answer: Answer) -> Answer:
    if isinstance(answer, Unavailable):
        return answer
    return False if isinstance(answer, bool) else ()


def asked_about(person: PersonId, purpose: Purpose, context: Context) -> PersonId:
    """The person, or NOBODY where the id number itself says that this ask may not be about him or her."""
    if purpose.adult and person.age_on(civil_day(context.at)) < 18:
        return NOBODY
    if purpose.synthetic and not person.synthetic:
        return NOBODY
    return person


def districts_of(context: Context) -> frozenset[str] | None:
    """The divisions that both the phase and the requester's own registration cover; None = everywhere."""
    phase, own = context.services.districts, context.requester.districts
    if phase is None:
        return own or None
    return phase & own if own else phase


async def load(
    context: Context, purpose: Purpose, plan: Plan, people: Sequence[PersonId], disputes: Iterable[Dispute]
) -> list[Loaded]:
    """Ask every department of the plan once, for all people. Never raises for what a department does.

    `disputes`: the open ones about these people.
    """
    services = context.services
    by_record: dict[str, list[Dispute]] = {}
    for dispute in disputes:
        by_record.setdefault(dispute.record, []).append(dispute)
    given: dict[str, object] = {
        **_undisputed(tuple(services.catalogue.records), civil_day(context.at)),
        **{name: context.requester.attributes.get(name, "") for name in ("institution", "provider", "department")},
        **{f"disputed:{code}": [d.record_key for d in its] for code, its in by_record.items()},
        **plan.since,
        "districts": sorted(districts_of(context) or ()),
    }
    targets = [asked_about(person, purpose, context) for person in people]
    if not plan.wanted:
        return [Loaded({}, target, Standing(), by_record) for target in targets]
    began = asyncio.get_running_loop().time()
    deadline = began + services.deadline_s
    outcomes = await services.directory.fetch(plan.wanted, list(dict.fromkeys(targets)), given, deadline)
    loaded = [Loaded(outcomes, target, _standing(plan, outcomes, target), by_record) for target in targets]
    if any(one.absent(plan) for one in loaded):
        await until_next_step(began, services.absence_step_s)
    return loaded


@lru_cache(maxsize=4)
def _undisputed(records: Sequence[str], today: date) -> Mapping[str, object]:
    """What conditions may name where nobody disputes anything."""
    return {**days_given(today), **{f"disputed:{code}": [] for code in records}}


def _standing(plan: Plan, outcomes: Mapping[str, Outcome], person: PersonId) -> Standing:
    """What the probes say. A department that does not answer leaves its probe open: coverage and relation are then
    undecided (unknown means deny); death, which only public security could tell, shows in the state of that source.
    """
    hidden, undecided, silent = False, None, {}
    for probe in plan.probes:
        answers, unanswered = [], None
        for slot in probe.slots:
            outcome = outcomes[slot.department]
            if isinstance(outcome, Unavailable):
                silent[slot.department] = unanswered = outcome
            elif isinstance(answer := outcome.answers[person][slot.place], Unavailable):
                silent[slot.department] = unanswered = answer
            else:
                answers.append(answer is True)
        if probe.expected and not any(answers):
            hidden = hidden or unanswered is None
            undecided = undecided or unanswered
        elif not probe.expected and any(answers):
            hidden = True
    return Standing(hidden, None if hidden else undecided, silent)
