"""Why somebody asks: a coded purpose with its ground, its legal basis and what it presupposes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Purpose:
    code: str
    """`LOAN_APPROVAL`."""
    title_en: str
    title_zh: str
    ground: str
    """`consent`, `duty`, `contract`, `application`, `authentication`, `proof` or `sandbox`."""
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
