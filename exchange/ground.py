"""Ground: the right that an ask rests on. A statute is shown as such, never as consent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import sha256

from exchange.decision import GroundState
from exchange.purpose import GROUNDS


@dataclass(frozen=True, slots=True)
class Ground:
    """The right an ask rests on: a consent, or what the purpose itself rests on (duty, contract, application …)."""

    kind: str
    """`consent`, `duty`, `contract`, `application`, `authentication`, `proof`, `sandbox`, or `none`."""
    consent: str | None = None
    single_use: bool = False
    items: frozenset[str] | None = None
    written_items: frozenset[str] = field(default=frozenset())
    since: date | None = None
    until: date | None = None
    """Records dated outside these days are not read."""
    names: str | None = None
    """Keyed digest of the second person whom the consent names."""
    partner: str | None = None
    """Keyed digest of the second person whose own consent opens what the items tell of him or her …"""
    partner_consent: str | None = None
    """… and that consent: the seal checks it like the first."""

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

    @property
    def terms(self) -> str:
        """SHA-256, hexadecimal, over what the consent lets this ask rest on it for; "" where no consent carries it.

        What is sealed with each disclosure: a consent that was changed afterwards no longer has it.
        """
        return _terms(self.items, self.written_items, self.since, self.until) if self.consent else ""


@lru_cache(maxsize=1024)
def _terms(items: frozenset[str] | None, written_items: frozenset[str], since: date | None, until: date | None) -> str:
    said = {
        "items": None if items is None else sorted(items),
        "written_items": sorted(written_items),
        "since": since and since.isoformat(),
        "until": until and until.isoformat(),
    }
    return sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


NO_GROUND = Ground("none")
