"""Consent and ground: the right that an ask rests on (征信业管理条例 arts 14, 18; PIPL arts 13-15, 23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from exchange.decision import GroundState
from exchange.purpose import GROUNDS
from exchange.refusals import ConsentExpired, ConsentRequired, ConsentRevoked, ConsentUnknown, ConsentUsedUp, Refusal


class ConsentState(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"
    CONSUMED = "consumed"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to. Given to an organisation, for one purpose.

    `items` None = whatever the purpose's ordinary ground opens; else only these item keys.
    `written_items`: items of art 14(2) that the person named in writing after the warning.
    """

    id: str
    person: str
    """Keyed digest of the id number."""
    organisation: str
    purpose: str
    valid_from: datetime
    valid_until: datetime
    items: frozenset[str] | None = None
    written_items: frozenset[str] = frozenset()
    single_use: bool = False
    state: ConsentState = ConsentState.ACTIVE

    def refusal(self, organisation: str, person: str, purpose: str, at: datetime) -> Refusal | None:
        """Why this consent does not carry such an ask, or None. Another's consent looks like none at all."""
        if (self.organisation, self.person, self.purpose) != (organisation, person, purpose):
            return ConsentUnknown()
        if self.state is ConsentState.REVOKED:
            return ConsentRevoked()
        if self.state is ConsentState.CONSUMED:
            return ConsentUsedUp()
        if not self.valid_from <= at < self.valid_until:
            return ConsentExpired()
        return None

    def covers(self, items: frozenset[str], written_only: frozenset[str]) -> int:
        """How many of the asked items this consent carries, written ones by name only."""
        ordinary = items - written_only
        return len(items & self.written_items) + len(ordinary if self.items is None else ordinary & self.items)


@dataclass(frozen=True, slots=True)
class Ground:
    """The right an ask rests on: a consent, or what the purpose itself rests on (duty, contract, application …)."""

    kind: str
    """`consent`, `duty`, `contract`, `application`, `authentication`, `proof`, `sandbox`, or `none`."""
    consent: str | None = None
    single_use: bool = False
    items: frozenset[str] | None = None
    written_items: frozenset[str] = field(default=frozenset())

    @property
    def carries(self) -> bool:
        """Whether it is a ground at all: a word that nobody knows is none (invariant 5)."""
        return self.kind != "none" and self.kind in GROUNDS

    def state(self, item: str) -> GroundState:
        """What this ground is for one item."""
        if not self.carries:
            return GroundState.NONE
        if item in self.written_items:
            return GroundState.WRITTEN
        if self.items is not None and item not in self.items:
            return GroundState.NONE
        return GroundState.ORDINARY


NO_GROUND = Ground("none")


def ground_on(consent: Consent) -> Ground:
    return Ground("consent", consent.id, consent.single_use, consent.items, consent.written_items)


def choose(
    consents: Iterable[Consent],
    organisation: str,
    person: str,
    purpose: str,
    items: frozenset[str],
    written_only: frozenset[str],
    at: datetime,
) -> Consent:
    """The consent that carries an ask which names none: it covers the most of what is asked; among those a standing
    one before a single-use one, then the narrowest, then the one that ends first.

    Raises the refusal of the nearest miss: revoked, used up, expired, or none at all.
    """
    usable: list[Consent] = []
    missed: list[Refusal] = []
    for consent in consents:
        refusal = consent.refusal(organisation, person, purpose, at)
        if refusal is None:
            usable.append(consent)
        else:
            missed.append(refusal)
    if usable:
        return min(
            usable,
            key=lambda c: (
                -c.covers(items, written_only),
                c.single_use,
                c.items is None,
                len(c.items or ()) + len(c.written_items),
                c.valid_until,
                c.id,
            ),
        )
    for kind in (ConsentRevoked, ConsentUsedUp, ConsentExpired):
        if any(isinstance(refusal, kind) for refusal in missed):
            raise kind()
    raise ConsentRequired()
