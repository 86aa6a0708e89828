"""Fetch: all departments at once, released columns only; then what needs data decides whether there is anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange.dispute import Dispute
from exchange.person import PersonId
from exchange.purpose import Purpose
from exchange.records import Answer, Delivered, Outcome, Unavailable
from exchange.retention import days_given
from resolvers.context import Context
from resolvers.plan import Plan, Slot

NOBODY = PersonId("000000000000000000")
"""Who is asked about instead of somebody that this ask may not be about: the same statements, and no row."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the departments answered about one person."""

    outcomes: Mapping[str, Outcome]
    person: PersonId
    hidden: bool
    """A probe failed: the person looks like nobody."""
    disputes: Mapping[str, Sequence[Dispute]]
    """By record type, in the order of the Given `disputed:<record>`."""

    def answer(self, slot: Slot) -> Answer | Unavailable:
        outcome = self.outcomes[slot.department]
        if isinstance(outcome, Unavailable):
            return outcome
        answer = outcome.answers[self.person][slot.place]
        if self.hidden:
            return False if isinstance(answer, bool) else ()
        return answer


def asked_about(person: PersonId, purpose: Purpose, context: Context) -> PersonId:
    """The person, or NOBODY where the id number itself says that this ask may not be about him or her."""
    if purpose.adult and person.age_on(context.at.date()) < 18:
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


async def load(context: Context, purpose: Purpose, plan: Plan, people: Sequence[PersonId]) -> list[Loaded]:
    """Ask every department of the plan once, for all people. Never raises for what a department does.

    Raises StoreUnavailable.
    """
    services = context.services
    digests = [services.digests.person(person) for person in people]
    disputes = await services.disputes.open(digests)
    by_record: dict[str, list[Dispute]] = {}
    for dispute in disputes:
        by_record.setdefault(dispute.record, []).append(dispute)
    given: dict[str, object] = {
        **days_given(context.at.date()),
        **{name: context.requester.attributes.get(name, "") for name in ("institution", "provider", "department")},
        **{f"disputed:{code}": [d.record_key for d in by_record.get(code, ())] for code in services.catalogue.records},
        **plan.since,
        "districts": sorted(districts_of(context) or ()),
    }
    targets = [asked_about(person, purpose, context) for person in people]
    outcomes: Mapping[str, Outcome] = {}
    if plan.wanted:
        deadline = asyncio.get_running_loop().time() + services.deadline_s
        outcomes = await services.directory.fetch(plan.wanted, list(dict.fromkeys(targets)), given, deadline)
    return [Loaded(outcomes, target, _hidden(plan, outcomes, target), by_record) for target in targets]


def _hidden(plan: Plan, outcomes: Mapping[str, Outcome], person: PersonId) -> bool:
    """Whether some probe says that this ask is about nobody.

    A department that does not answer leaves the question open: then coverage and relation deny (unknown means deny),
    while death, which only its own department could tell, is left to the state of that source in the answer.
    """
    for probe in plan.probes:
        answers = []
        for slot in probe.slots:
            outcome = outcomes[slot.department]
            if isinstance(outcome, Delivered):
                answers.append(outcome.answers[person][slot.place] is True)
        if probe.expected and not any(answers):
            return True
        if not probe.expected and any(answers):
            return True
    return False
