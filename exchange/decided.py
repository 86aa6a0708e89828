"""What was decided, as the entries of many asks say it: put into bytes once for each plan.

Pure. `exchange.audit.entry` and `exchange.index` are the definition; what is made here is the same, byte for byte.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from types import MappingProxyType

from exchange.audit import bases_of, canonical, items_of
from exchange.decision import Decision
from exchange.index import DELIVERED, Finding

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


class DecidedOnce:
    """Keeps what was made of decisions that nobody can change (a MappingProxyType), by their identity.

    INVARIANT: nothing of a person is kept: decisions depend on role, purpose, ground and document alone.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Mapping[str, Decision], Decided]] = OrderedDict()
        self._lock = Lock()

    def of(self, decisions: Mapping[str, Decision]) -> Decided:
        """Raises TypeError for what may not stand in an entry."""
        if not decisions:
            return _NOTHING
        if type(decisions) is not MappingProxyType:
            return Decided(decisions)
        with self._lock:
            # The kept mapping holds its identity: no other can have it meanwhile.
            found = self._kept.get(id(decisions))
            if found is not None:
                self._kept.move_to_end(id(decisions))
                return found[1]
        made = Decided(decisions)
        with self._lock:
            self._kept[id(decisions)] = decisions, made
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made


_NOTHING = Decided({})
