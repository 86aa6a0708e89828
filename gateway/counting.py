"""The counters that the setting `limits` names."""

from __future__ import annotations

import structlog

from exchange.store.counters import Counters
from exchange.store.counters.grace import GraceCounters
from exchange.store.counters.memory import MemoryCounters
from exchange.store.counters.redis import RedisCounters
from gateway.settings import Settings, SettingsFaulty
from gateway.telemetry import Metrics

_log = structlog.get_logger()


def opened(settings: Settings, metrics: Metrics) -> Counters:
    """Raises SettingsFaulty for a URL that cannot be read, without the URL."""
    if settings.limits == "memory":
        return MemoryCounters()

    def changed(shared: bool) -> None:
        metrics.counters_shared.set(shared)
        _log.warning("counters_back" if shared else "counters_away")

    try:
        shared = RedisCounters(settings.limits)
    except (ValueError, TypeError):
        raise SettingsFaulty(("limits: is no URL of a Redis server; redis://:password@host:6379/0.",)) from None
    return GraceCounters(shared, grace_s=settings.limits_grace_s, changed=changed)
