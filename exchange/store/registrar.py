"""Acts on the register: read how things stand, decide by `exchange.registration`, say what the seal shall write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange import registration
from exchange.change import Change
from exchange.client import Client, Words
from exchange.naming import identifies
from exchange.organisation import Organisation
from exchange.refusals import RegistrationInvalid, RegistrationUnknown
from exchange.registration import Kind, Outcome, Proposal, State, Step, Verdict
from exchange.store.register import AnyProposal, AnyRegistration, Register, change_of, digest_of


@dataclass(frozen=True, slots=True)
class Decided:
    """An act that may be done."""

    registration: AnyRegistration
    """As it will stand."""
    waiting: AnyProposal | None
    """The open proposal on it that will be there."""
    proposal: AnyProposal | None
    """The one that was made or decided."""
    change: Change | None
    """What the seal shall write; None where everything stands so already."""

    @property
    def digest(self) -> str:
        """Of what was laid down or proposed."""
        return digest_of((self.proposal or self.registration).content)


class Registrar:
    """Methods raise StoreUnavailable, RegistrationUnknown, and what `exchange.registration` raises. `by`: the natural
    person who acts; `id` of a proposal: a new random name."""

    def __init__(self, register: Register, words: Words) -> None:
        self.register = register
        self._words = words

    async def propose(
        self, kind: Kind, subject: str, content: Client | Organisation, *, id: str, by: str, at: datetime
    ) -> Decided:
        """Register or change. Raises RegistrationInvalid too."""
        if not identifies(subject):
            raise RegistrationInvalid(rule="field id")
        for fault in self._faults(content):
            raise RegistrationInvalid(rule=f"field {fault}")
        await self._fits(subject, content)
        now = await self.register.find(kind, subject)
        waiting = await self.register.waiting(kind, subject)
        made: Any = content
        asked: Any = Proposal(id, kind, subject, Step.REGISTER, made, 0, by, at)
        return _decided(now, waiting, registration.propose(now, waiting, asked), at)  # type: ignore[arg-type]

    async def resume(self, kind: Kind, subject: str, *, id: str, by: str, at: datetime) -> Decided:
        now, waiting = await self._read(kind, subject)
        asked: Any = Proposal(id, kind, subject, Step.RESUME, now.content, now.version, by, at)
        return _decided(now, waiting, registration.resume(now, waiting, asked), at)

    async def suspend(self, kind: Kind, subject: str, *, at: datetime) -> Decided:
        now, waiting = await self._read(kind, subject)
        return _decided(now, waiting, registration.suspend(now, waiting), at)

    async def close(self, kind: Kind, subject: str, *, at: datetime) -> Decided:
        now, waiting = await self._read(kind, subject)
        return _decided(now, waiting, registration.close(now, waiting), at)

    async def approve(self, proposal: AnyProposal, *, by: str, at: datetime) -> Decided:
        now, waiting = await self._read(proposal.kind, proposal.subject)
        if proposal.verdict is Verdict.OPEN:
            await self._fits(proposal.subject, proposal.content)
        return _decided(now, waiting, registration.approve(now, proposal, by), at)  # type: ignore[arg-type]

    async def decline(self, proposal: AnyProposal, *, by: str, at: datetime) -> Decided:
        now, waiting = await self._read(proposal.kind, proposal.subject)
        return _decided(now, waiting, registration.decline(now, proposal, by), at)  # type: ignore[arg-type]

    async def proposal(self, id: str) -> AnyProposal:
        found = await self.register.proposal(id)
        if found is None:
            raise RegistrationUnknown()
        return found

    async def _read(self, kind: Kind, subject: str) -> tuple[Any, Any]:
        now = await self.register.find(kind, subject)
        if now is None:
            raise RegistrationUnknown()
        return now, await self.register.waiting(kind, subject)

    async def _fits(self, subject: str, content: Client | Organisation) -> None:
        """A client's organisation is there and may have its roles. Raises RegistrationInvalid."""
        if isinstance(content, Client):
            found: Any = await self.register.find(Kind.ORGANISATION, content.organisation)
            if found is None or found.state is State.CLOSED:
                raise RegistrationInvalid(rule="field organisation")
            if not found.content.admits(content.roles):
                raise RegistrationInvalid(rule="field roles")
            return
        clients: list[Any] = list(await self.register.all(Kind.CLIENT))
        own = [one for one in clients if one.content.organisation == subject and one.state is not State.CLOSED]
        if not all(content.admits(one.content.roles) for one in own):
            raise RegistrationInvalid(rule="field kind")

    def _faults(self, content: Client | Organisation) -> list[str]:
        if isinstance(content, Organisation):
            return list(content.faults())
        return list(content.faults(self._words))


def _decided(now: Any, waiting: Any, outcome: Outcome[Any], at: datetime) -> Decided:
    change = change_of(now, waiting, outcome, at) if outcome.changed else None
    open_ = outcome.proposal if outcome.proposal and outcome.proposal.verdict == "open" else None
    left = waiting if not outcome.changed else open_
    return Decided(outcome.registration, left, outcome.proposal, change)
