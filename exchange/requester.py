"""Who asks: organisation, client, operator, role and districts, as the token says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.client import Telling
from exchange.quota import Limits


@dataclass(frozen=True, slots=True)
class Requester:
    """One authenticated party.

    `person` is the keyed digest of the id number for a person's own token, else None.
    `attributes` are what row conditions may compare with: `institution`, `provider`, `department`.
    `districts` empty means everywhere (GB/T 2260 codes otherwise).
    """

    organisation: str
    client: str
    operator: str
    role: str
    districts: frozenset[str] = frozenset()
    person: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    purposes: frozenset[str] | None = None
    """Purposes that the client is registered for; None = whatever its role may ask for."""
    telling: Telling = Telling.DISCLOSURE
    limits: Limits = field(default_factory=Limits)
    """What the client's registration lets it ask in a time."""

    def registered_for(self, purpose: str) -> bool:
        """Whether the registration has this purpose; the role's own purposes are the policies' matter."""
        return self.purposes is None or purpose in self.purposes

    @property
    def registration(self) -> str:
        """How a refusal names the registration as its rule."""
        return f"client {self.client}"
