"""The disclosure: what was asked, decided and released. The thing that is sealed in the log, without a value in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from exchange.change import Change
from exchange.consent import NO_GROUND, Ground
from exchange.decision import Decision
from exchange.frequency import Turn
from exchange.requester import Requester


@dataclass(frozen=True, slots=True)
class Administrative:
    """An administrative act: what was done to what. Who did it is the disclosure's requester.

    Holds codes and names of records, nothing about a person.
    """

    act: str
    """As policies/acts.yaml names it: `CLIENT_SUSPEND`."""
    object: str
    """Kind and id of the record: `client:bank-system`."""
    reason: str = ""
    """A code: `BREACH`."""
    digest: str = ""
    """SHA-256 of what was laid down, hexadecimal, where the act lays something down."""
    changed: bool = True
    """False where everything stood as asked already: a retry does nothing twice."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One root of one answer (a disclosure), one administrative act (`administrative` set), or one refusal of either
    (`code` set).

    Holds keyed digests where persons, documents and answers are meant.
    """

    id: str
    """Random, in the answer and in the entry: how a requester names this disclosure later."""
    at: datetime
    requester: Requester
    purpose: str | None = None
    people: tuple[str, ...] = ()
    """Keyed digests."""
    ground: Ground = NO_GROUND
    reference: str | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    """By item key, for the items asked."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Department → state of the answer (DELIVERED ABSENT WITHHELD NOT_CONSENTED UNAVAILABLE …)."""
    policy: str = ""
    """Policy revision."""
    standard: str = ""
    """Version of the standard."""
    document: str | None = None
    """Keyed digest of the GraphQL document."""
    code: str | None = None
    """Refusal code; None = disclosed, or done."""
    times: int = 1
    """How many refusals of one kind this tells of; more than 1 where a flood is counted and not told one by one."""
    administrative: Administrative | None = None
    turn: Turn | None = None
    """What a frequency counts: the seal looks again, and counts it with the entry."""
    changes: tuple[Change, ...] = ()
    """What the seal writes in its own transaction."""

    @property
    def consents(self) -> tuple[tuple[str, str], ...]:
        """(person, consent) for every consent this disclosure rests on: the seal checks each again."""
        ground = self.ground
        own = tuple((person, ground.consent) for person in self.people if ground.consent)
        return (*own, (ground.partner, ground.partner_consent)) if ground.partner and ground.partner_consent else own
