"""Consent: what a person agreed to, and whether it carries an ask.

征信业管理条例 arts 14, 18; PIPL arts 13-15, 23, 29.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from exchange.frequency import Frequency
from exchange.ground import NO_GROUND, Ground
from exchange.proof import BY_HAND, Form, Proof
from exchange.refusals import (
    ConsentExpired,
    ConsentNotGiven,
    ConsentPaused,
    ConsentRequired,
    ConsentRevoked,
    ConsentTooOften,
    ConsentUnknown,
    ConsentUsedUp,
    Refusal,
)
from exchange.warning import Warned

__all__ = ["NO_GROUND", "Act", "Consent", "ConsentState", "Ground", "choose", "ground_on"]


class Act(StrEnum):
    """What may be done to a consent; by whom and from which state, says `exchange.consenting`."""

    GIVE = "give"
    REQUEST = "request"
    RECORD = "record"
    """An organisation writes down what a person signed elsewhere."""
    APPROVE = "approve"
    DECLINE = "decline"
    PAUSE = "pause"
    RESUME = "resume"
    REVOKE = "revoke"
    OBJECT = "object"
    """The person says that a recorded consent was never given."""


class ConsentState(StrEnum):
    """What is kept of a consent, and the two that time alone makes of it: PENDING and EXPIRED are never stored."""

    REQUESTED = "requested"
    """An organisation asks for it; the person has said nothing yet."""
    PENDING = "pending"
    """Given, and its validity has not begun."""
    ACTIVE = "active"
    PAUSED = "paused"
    REVOKED = "revoked"
    DECLINED = "declined"
    """The person said no to the request."""
    CONSUMED = "consumed"
    """It was for a single use."""
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Consent:
    """Given to an organisation, for purposes of its own.

    `items` None = whatever the purpose's ordinary ground opens; else only these item keys, and those of `groups`.
    `written_items`: items of art 14(2) that the person named in writing after the warning.
    """

    id: str
    person: str
    """Keyed digest of the id number."""
    organisation: str
    purposes: frozenset[str]
    valid_from: datetime
    valid_until: datetime
    items: frozenset[str] | None = None
    groups: frozenset[str] = frozenset()
    """Release groups; what belongs to them is said by the standard in force when the decision is made."""
    written_items: frozenset[str] = frozenset()
    single_use: bool = False
    state: ConsentState = ConsentState.ACTIVE
    client: str | None = None
    """The only client of the organisation that may use it; None = any."""
    since: date | None = None
    until: date | None = None
    """Records dated outside these days (both included) are not read. None = no bound."""
    frequency: Frequency | None = None
    """How often it may be used; None = as often as the purpose permits."""
    period: str = ""
    """The last calendar period in which it was used …"""
    period_uses: int = 0
    """… and how often in that."""
    form: Form | None = None
    """The standard form that was shown (art 19)."""
    proof: Proof = BY_HAND
    warned: Warned | None = None
    partner: str | None = None
    """Keyed digest of a second person of whom the items may tell, and who in turn names this one."""
    relation: str | None = None
    """What the partner is to the person: `spouse`."""
    last_act: Act = Act.GIVE
    made_at: datetime | None = None
    changed_at: datetime | None = None

    @property
    def written(self) -> frozenset[str]:
        """The items that were given in writing: those that the warning covered. Without it there are none."""
        if self.warned is None or not self.warned.genuine:
            return frozenset()
        return self.written_items & self.warned.items

    def state_at(self, at: datetime) -> ConsentState:
        if self.state in (ConsentState.REVOKED, ConsentState.DECLINED, ConsentState.CONSUMED):
            return self.state
        if at >= self.valid_until:
            return ConsentState.EXPIRED
        if self.state is ConsentState.ACTIVE and at < self.valid_from:
            return ConsentState.PENDING
        return self.state

    def uses_at(self, at: datetime) -> int:
        """How often it was used in the period of `at`; 0 where no frequency counts."""
        return self.period_uses if self.frequency and self.period == self._period(at) else 0

    def used(self, at: datetime) -> Consent:
        """The consent after one more use; the same object where nothing counts them."""
        if self.single_use:
            return replace(self, state=ConsentState.CONSUMED)
        if self.frequency is None:
            return self
        return replace(self, period=self._period(at), period_uses=self.uses_at(at) + 1)

    def _period(self, at: datetime) -> str:
        """An ask that is sealed after one of the next period counts in that: no count is ever begun anew twice."""
        return max(self.period, self.frequency.per.at(at)) if self.frequency else ""

    def refusal(
        self, organisation: str, person: str, purpose: str, at: datetime, client: str | None = None
    ) -> Refusal | None:
        """Why this consent does not carry such an ask, or None. Another's consent looks like none at all."""
        if (self.organisation, self.person) != (organisation, person) or purpose not in self.purposes:
            return ConsentUnknown()
        if self.client is not None and self.client != client:
            return ConsentUnknown()
        match self.state_at(at):
            case ConsentState.ACTIVE:
                often = self.frequency is not None and self.frequency.refuses(self.uses_at(at))
                return ConsentTooOften() if often else None
            case state:
                return _WHY[state]()

    def named(self, grouped: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
        """The items that it names, by themselves or by their group; None = whatever the purpose's ground opens."""
        if self.items is None and not self.groups:
            return None
        return (self.items or frozenset()).union(*(grouped.get(group, frozenset()) for group in self.groups))

    def covers(self, items: frozenset[str], written_only: frozenset[str], grouped: Mapping[str, frozenset[str]]) -> int:
        """How many of the asked items this consent carries, written ones by name only."""
        ordinary, named = items - written_only, self.named(grouped)
        return len(items & self.written) + len(ordinary if named is None else ordinary & named)


_WHY: dict[ConsentState, type[Refusal]] = {
    ConsentState.REQUESTED: ConsentNotGiven,
    ConsentState.DECLINED: ConsentNotGiven,
    ConsentState.PENDING: ConsentExpired,
    ConsentState.EXPIRED: ConsentExpired,
    ConsentState.PAUSED: ConsentPaused,
    ConsentState.REVOKED: ConsentRevoked,
    ConsentState.CONSUMED: ConsentUsedUp,
}
_NEAREST = (ConsentPaused, ConsentTooOften, ConsentRevoked, ConsentUsedUp, ConsentExpired, ConsentNotGiven)
"""Of several misses, the first of these is told."""


def ground_on(consent: Consent, grouped: Mapping[str, frozenset[str]] | None = None) -> Ground:
    """What an ask rests on when it rests on this consent. `grouped`: release group → item keys, of the standard."""
    return Ground(
        "consent",
        consent.id,
        consent.single_use,
        consent.named(grouped or {}),
        consent.written,
        since=consent.since,
        until=consent.until,
        names=consent.partner,
    )


def choose(
    consents: Iterable[Consent],
    organisation: str,
    person: str,
    purpose: str,
    items: frozenset[str],
    written_only: frozenset[str],
    at: datetime,
    *,
    client: str | None = None,
    grouped: Mapping[str, frozenset[str]] | None = None,
    partnered: bool = False,
) -> Consent:
    """The consent that carries an ask which names none: it covers the most of what is asked; among those a standing
    one before a counted one before a single-use one, then the narrowest, then the one that ends first.

    `partnered`: the ask tells of a second person, and a consent that names one goes before those that do not.

    Raises the refusal of the nearest miss: paused, used up, revoked, expired, or none at all.
    """
    usable: list[Consent] = []
    missed: list[Refusal] = []
    for consent in consents:
        refusal = consent.refusal(organisation, person, purpose, at, client)
        if refusal is None:
            usable.append(consent)
        else:
            missed.append(refusal)
    groups = grouped or {}
    if usable:
        return min(
            usable,
            key=lambda c: (
                -c.covers(items, written_only, groups),
                partnered and c.partner is None,
                c.single_use,
                c.frequency is not None,
                c.since is not None or c.until is not None,
                (named := c.named(groups)) is None,
                len(named or ()) + len(c.written),
                c.valid_until,
                c.id,
            ),
        )
    for kind in _NEAREST:
        if any(isinstance(refusal, kind) for refusal in missed):
            raise kind()
    raise ConsentRequired()
