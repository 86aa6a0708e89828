"""How the sources have answered since this process started, read from the measures that their guards keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from prometheus_client import CollectorRegistry

_SECONDS = "gateway_source_seconds"
_INVALID = "gateway_source_invalid_values"
_BREAKER = "gateway_source_breaker_open"


@dataclass(slots=True)
class Health:
    """Of one source."""

    department: str
    source: str
    """Its name in the mapping; "" for a department's only one."""
    asks: int = 0
    delivered: int = 0
    invalid: int = 0
    """Values that did not fit the standard."""
    breaker_open: bool = False
    buckets: dict[float, float] = field(default_factory=lambda: defaultdict(float))
    """Upper bound in seconds → asks that took no longer."""

    def quantile_ms(self, share: float) -> float | None:
        """How long the quickest `share` of the asks took at most, told between the bounds of the measure's steps; None
        before the first ask, and where it is above the last bound."""
        if not self.asks:
            return None
        rank, below, under = share * self.asks, 0.0, 0.0
        for bound, count in sorted(self.buckets.items()):
            if count >= rank:
                if bound == inf:
                    return None
                return round(1000 * (below + (bound - below) * (rank - under) / (count - under)), 1)
            below, under = bound, count
        return None


def healths(registry: CollectorRegistry) -> Mapping[str, list[Health]]:
    """Department → its sources that were asked since the start."""
    found: dict[tuple[str, str], Health] = {}
    for family in registry.collect():
        if family.name not in (_SECONDS, _INVALID, _BREAKER):
            continue
        for sample in family.samples:
            names = (sample.labels.get("department", ""), sample.labels.get("source", ""))
            one = found.setdefault(names, Health(*names))
            if sample.name == f"{_SECONDS}_bucket":
                one.buckets[float(sample.labels["le"])] += sample.value
            elif sample.name == f"{_SECONDS}_count":
                one.asks += int(sample.value)
                one.delivered += int(sample.value) if sample.labels["outcome"] == "DELIVERED" else 0
            elif sample.name == f"{_INVALID}_total":
                one.invalid += int(sample.value)
            elif sample.name == _BREAKER:
                one.breaker_open = bool(sample.value)
    by_department: dict[str, list[Health]] = defaultdict(list)
    for one in sorted(found.values(), key=lambda each: (each.department, each.source)):
        by_department[one.department].append(one)
    return by_department
