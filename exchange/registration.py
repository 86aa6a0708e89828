"""The register of market access (市场准入): organisations and their clients, from pending to closed, by two persons.

One person proposes, another approves: what begins, widens or resumes access takes effect only then. What narrows,
suspends or closes takes effect at once, by one. Every function is pure: it says what is to be written, or raises a
refusal. An act that finds everything as it asks for changes nothing, so one that comes again does nothing twice.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from exchange.client import MARKET_ACCESS, Client
from exchange.organisation import Organisation
from exchange.refusals import (
    ClientClosed,
    ClientPending,
    ClientSuspended,
    ProposalDecided,
    ProposalStale,
    Refusal,
    RegistrationClosed,
    StateForbids,
    TwoPersonsNeeded,
)


class Kind(StrEnum):
    ORGANISATION = "organisation"
    CLIENT = "client"


class State(StrEnum):
    PENDING = "pending"
    """Proposed, not yet approved."""
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    """For good; its id is never used again."""


class Reason(StrEnum):
    """Why somebody acts; a code, so that no entry of the log holds a free text."""

    REQUESTED = "REQUESTED"
    """The organisation asked for it."""
    CORRECTION = "CORRECTION"
    BREACH = "BREACH"
    """征信业务管理办法 art 23: whoever uses it against the law or the agreement is stopped."""
    LICENCE_ENDED = "LICENCE_ENDED"
    AGREEMENT_ENDED = "AGREEMENT_ENDED"
    ORDER = "ORDER"
    """Of a court or an authority."""
    ALARM = "ALARM"
    """A rule of the gateway's own raised it."""


class Step(StrEnum):
    """What a proposal asks for."""

    REGISTER = "register"
    CHANGE = "change"
    RESUME = "resume"


class Verdict(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    SUPERSEDED = "superseded"
    """Another proposal on the same record, or a change of it, came in between."""


Content = TypeVar("Content", Client, Organisation)


@dataclass(frozen=True, slots=True)
class Registration(Generic[Content]):
    """One organisation or client as it stands in the register."""

    kind: Kind
    id: str
    content: Content
    state: State
    version: int = 1
    """Grows by one with every change: what was decided on an older one is stale."""

    def next(self, **changed: object) -> Self:
        return replace(self, version=self.version + 1, **changed)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Proposal(Generic[Content]):
    """What one person asks for and another decides."""

    id: str
    kind: Kind
    subject: str
    """Id of the organisation or client."""
    step: Step
    content: Content
    """What shall stand there."""
    base: int
    """Version of the registration that it was made on."""
    by: str
    """The natural person who proposed it, as the token or the console names him or her."""
    at: datetime
    verdict: Verdict = Verdict.OPEN
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Content]):
    """What an act comes to, and what of it must be written."""

    registration: Registration[Content]
    proposal: Proposal[Content] | None = None
    """The proposal that waits, or that was decided."""
    superseded: Proposal[Content] | None = None
    changed: bool = True


def propose(
    now: Registration[Content] | None,
    waiting: Proposal[Content] | None,
    asked: Proposal[Content],
) -> Outcome[Content]:
    """Register or change. `waiting`: the open proposal on the record. `asked.step` and `asked.base` are set here.

    Raises RegistrationClosed.
    """
    if now is not None and now.state is State.CLOSED:
        raise RegistrationClosed(rule=_named(now))
    if now is None:
        made = Registration(asked.kind, asked.subject, asked.content, State.PENDING)
        return Outcome(made, replace(asked, step=Step.REGISTER, base=made.version))
    if waiting and waiting.step is not Step.RESUME and waiting.content == asked.content:
        if one_person(waiting.by, asked.by):
            return Outcome(now, waiting, changed=False)
    elif now.state is not State.PENDING and now.content == asked.content:
        return Outcome(now, changed=False)
    if now.state is State.PENDING:
        made = now.next(content=asked.content)
        return Outcome(made, replace(asked, step=Step.REGISTER, base=made.version), _superseded(waiting))
    if not asked.content.widens(now.content):
        return Outcome(now.next(content=asked.content), None, _superseded(waiting))
    return Outcome(now, replace(asked, step=Step.CHANGE, base=now.version), _superseded(waiting))


def resume(now: Registration[Content], waiting: Proposal[Content] | None, asked: Proposal[Content]) -> Outcome[Content]:
    """Ask that a suspended one be active again, as it stands. Raises RegistrationClosed, StateForbids."""
    _open(now)
    if now.state is State.ACTIVE:
        return Outcome(now, changed=False)
    if now.state is not State.SUSPENDED:
        raise StateForbids(rule=_named(now))
    if waiting and waiting.step is Step.RESUME and one_person(waiting.by, asked.by):
        return Outcome(now, waiting, changed=False)
    made = replace(asked, step=Step.RESUME, content=now.content, base=now.version)
    return Outcome(now, made, _superseded(waiting))


def approve(now: Registration[Content], proposal: Proposal[Content], by: str) -> Outcome[Content]:
    """Raises TwoPersonsNeeded, ProposalDecided, ProposalStale, RegistrationClosed."""
    if proposal.verdict is Verdict.APPROVED and one_person(proposal.decided_by, by):
        return Outcome(now, proposal, changed=False)
    if proposal.verdict is not Verdict.OPEN:
        raise ProposalDecided(rule=f"proposal {proposal.verdict}")
    if one_person(proposal.by, by):
        raise TwoPersonsNeeded(rule=_named(now))
    _open(now)
    if proposal.base != now.version:
        raise ProposalStale(rule=_named(now))
    state = now.state if proposal.step is Step.CHANGE else State.ACTIVE
    made = now.next(content=proposal.content, state=state)
    return Outcome(made, replace(proposal, verdict=Verdict.APPROVED, decided_by=by))


def decline(now: Registration[Content], proposal: Proposal[Content], by: str) -> Outcome[Content]:
    """Anybody who may approve may decline, and who proposed may withdraw. Raises ProposalDecided."""
    if proposal.verdict is Verdict.DECLINED and one_person(proposal.decided_by, by):
        return Outcome(now, proposal, changed=False)
    if proposal.verdict is not Verdict.OPEN:
        raise ProposalDecided(rule=f"proposal {proposal.verdict}")
    return Outcome(now, replace(proposal, verdict=Verdict.DECLINED, decided_by=by))


def suspend(now: Registration[Content], waiting: Proposal[Content] | None) -> Outcome[Content]:
    """At once, by one. What was proposed before is proposed again, if it is still right.

    Raises StateForbids for what is not yet active, RegistrationClosed.
    """
    _open(now)
    if now.state is State.SUSPENDED:
        return Outcome(now, changed=False)
    if now.state is not State.ACTIVE:
        raise StateForbids(rule=_named(now))
    return Outcome(now.next(state=State.SUSPENDED), None, _superseded(waiting))


def close(now: Registration[Content], waiting: Proposal[Content] | None) -> Outcome[Content]:
    """At once, by one, and for good."""
    if now.state is State.CLOSED:
        return Outcome(now, changed=False)
    return Outcome(now.next(state=State.CLOSED), None, _superseded(waiting))


def barred(client: Registration[Client], organisation: Registration[Organisation], day: date) -> Refusal | None:
    """Why a client is not served on a day of the city; None = it is. Unknown means deny: only what is active serves."""
    for one in (client, organisation):
        if one.state is not State.ACTIVE:
            return _BARRED[one.state](rule=_named(one), basis=MARKET_ACCESS)
    refusal = organisation.content.barred_on(day)
    if refusal is not None:
        refusal.rule = f"{organisation.kind} {organisation.id}"
    return refusal


_BARRED: Mapping[State, type[Refusal]] = {
    State.PENDING: ClientPending,
    State.SUSPENDED: ClientSuspended,
    State.CLOSED: ClientClosed,
}


def one_person(one: str, other: str) -> bool:
    """Whether two names are one person's. A name stands for one person, whichever client or console it comes by."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    """One spelling of those that look alike: blanks, capitals, full-width letters, signs put together or apart."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def _open(now: Registration[Content]) -> None:
    if now.state is State.CLOSED:
        raise RegistrationClosed(rule=_named(now))


def _superseded(waiting: Proposal[Content] | None) -> Proposal[Content] | None:
    return waiting and replace(waiting, verdict=Verdict.SUPERSEDED)


def _named(registration: Registration[Any]) -> str:
    return f"{registration.kind} {registration.id} is {registration.state}"
