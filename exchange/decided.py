"""What was decided, as the entries of many asks say it: put into bytes once for each plan.

Pure. `exchange.audit.entry` and `exchange.index` are the definition; what is made here is the same, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType

from exchange.audit import bases_of, canonical, items_of
from exchange.decision import Decision
from exchange.index import DELIVERED, Finding
from exchange.once import Once

MOST = 256
"""Of plans, those used last."""


class Decided:
    """The decisions of one plan. Raises TypeError for what may not stand in an entry."""

    __slots__ = ("_began", "_found", "asked", "bases", "items", "released")

    def __init__(self, decisions: Mapping[str, Decision]) -> None:
        said = items_of(decisions)
        self.items = canonical(said)
        """JSON of the entry's `items` …"""
        self.bases = canonical(bases_of(decisions.values()))
        """… and of its `bases`."""
        self.asked = len(decisions)
        self.released = sum(decision.treatment.released for decision in decisions.values())
        self._found = [(key, item["treatment"], item["rule"], key[:3]) for key, item in sorted(said.items())]
        self._began = sha256(b"[" + self.items + b",")

    def digest(self, sources: bytes) -> str:
        """As `exchange.index.decided`; `sources`: the entry's, as canonical JSON."""
        if not self.asked:
            return ""
        whole = self._began.copy()
        whole.update(sources + b"]")
        return whole.hexdigest()[:32]

    def findings(self, digest: str, sources: Mapping[str, str]) -> list[Finding]:
        """As `exchange.index.findings`."""
        gave = {name.partition(".")[0] for name, state in sources.items() if state in DELIVERED}
        return [
            Finding(digest, key, treatment, rule, int(department in gave))
            for key, treatment, rule, department in self._found
        ]


class DecidedOnce(Once[Mapping[str, Decision], Decided]):
    """Keeps what was made of decisions that nobody can change (a MappingProxyType).

    INVARIANT: nothing of a person is kept: decisions depend on role, purpose, ground and document alone.
    """

    def __init__(self) -> None:
        super().__init__(Decided, MOST)

    def of(self, given: Mapping[str, Decision]) -> Decided:
        """Raises TypeError for what may not stand in an entry."""
        if not given:
            return _NOTHING
        return super().of(given) if type(given) is MappingProxyType else Decided(given)


_NOTHING = Decided({})
