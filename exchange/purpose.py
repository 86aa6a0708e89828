"""Why somebody asks: a coded purpose with its ground, its legal basis and what it presupposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from exchange.frequency import Frequency
from exchange.phase import Phase
from exchange.reference import ReferenceKind, ReferenceRule

_CASE_OR_DOCUMENT = frozenset({ReferenceKind.CASE, ReferenceKind.DOCUMENT})
GROUNDS: Mapping[str, frozenset[ReferenceKind]] = MappingProxyType(
    {
        "consent": frozenset(),
        "duty": _CASE_OR_DOCUMENT,
        "contract": frozenset({ReferenceKind.CONTRACT}),
        "application": frozenset({ReferenceKind.APPLICATION, ReferenceKind.CASE}),
        "authentication": frozenset(),
        "proof": _CASE_OR_DOCUMENT,
        "sandbox": frozenset(),
        "none": frozenset(),
    }
)
"""What a purpose may rest on → the kinds of number of which an ask must name one; none where nothing has a number
(a consent is found by itself). Nothing else is a ground."""


@dataclass(frozen=True, slots=True)
class Purpose:
    code: str
    """`LOAN_APPROVAL`."""
    title_en: str
    title_zh: str
    ground: str
    """One of GROUNDS."""
    basis: str
    """Article, in words."""
    pboc_code: str | None = None
    """The inquiry reason of the PBoC report where one exists: `02`."""
    adult: bool = True
    """A minor looks like nobody."""
    alive: bool = True
    """A deceased person looks like nobody."""
    covered: bool = True
    """Somebody outside the phase's or the requester's districts looks like nobody."""
    own: bool = False
    """Only about the requester himself or herself."""
    synthetic: bool = False
    """Only about synthetic persons (division 530199); everybody else looks like nobody."""
    relation: str | None = None
    """Row condition that must hold at the department for some record; else the person looks like nobody."""
    portfolio: bool = False
    """Whether `persons` may be asked."""
    sees_expired: bool = False
    """The person and the audit see what clocks, repair and delisting hide from everybody else (invariant 9)."""
    reference: ReferenceRule | None = None
    """What an ask must name; None = it may name something, and need not."""
    frequency: Frequency | None = None
    """How often one organisation may ask about one person; None = as often as its quota lets it."""
    outcome: bool = False
    """Whether what becomes of the application is to be reported; until then the ask is an open inquiry."""
    phase: Phase = Phase.SERVICE
    """The phase from which on it is open."""
