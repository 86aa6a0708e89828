"""How an item is released, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Treatment(StrEnum):
    """From most to least; the first that is permitted and not forbidden wins."""

    FULL = "FULL"
    MASKED = "MASKED"
    BANDED = "BANDED"
    EXISTS = "EXISTS"
    WITHHELD = "WITHHELD"

    @property
    def released(self) -> bool:
        """Whether a value of the item may leave (EXISTS releases only that a record is there)."""
        return self in _RELEASED


_RELEASED = (Treatment.FULL, Treatment.MASKED, Treatment.BANDED)


class GroundState(StrEnum):
    """What an ask rests on, seen from one item."""

    NONE = "none"
    ORDINARY = "ordinary"
    """The ground that the purpose itself asks for: standard consent, duty, contract, application, authentication."""
    WRITTEN = "written"
    """A written consent that names this item (征信业管理条例 art 14(2))."""

    def meets(self, needed: str) -> bool:
        return self == GroundState.WRITTEN or (self == GroundState.ORDINARY and needed == "ordinary")


@dataclass(frozen=True, slots=True)
class Nearest:
    """The rule that comes nearest to opening an item, and which condition failed."""

    rule: str
    treatment: Treatment
    because: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on one item. Depends on role, purpose and ground alone, never on data (invariant 3)."""

    item: str
    """The item's key, `PBC03.balance`."""
    treatment: Treatment
    rows: frozenset[str] = frozenset()
    """Names of row conditions of which one must hold; empty = every row."""
    rule: str = "default-deny"
    basis: str = ""
    ground: str = ""
    """The ground that the rule needs: `ordinary` or `written`."""
