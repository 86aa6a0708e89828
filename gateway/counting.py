"""The counters that the setting `limits` names."""

from __future__ import annotations

import structlog

from exchange.store.counters import Counters
from exchange.store.counters.grace import GraceCounters
from exchange.store.counters.memory import MemoryCounters
from gateway.settings import Settings, SettingsFaulty
from gateway.telemetry import Metrics
from gateway.workers.channel import Channel
from gateway.workers.counters import WorkersCounters

_log = structlog.get_logger()


def opened(settings: Settings, metrics: Metrics, channel: Channel | None) -> Counters:
    """`memory` is that of the supervisor where several workers serve.

    Raises SettingsFaulty for a URL that cannot be read, without the URL."""
    if settings.limits == "memory" and channel is None:
        return MemoryCounters()

    def changed(shared: bool) -> None:
        metrics.counters_shared.set(shared)
        _log.warning("counters_back" if shared else "counters_away")

    shared = WorkersCounters(channel) if settings.limits == "memory" and channel else _redis(settings.limits)
    return GraceCounters(shared, grace_s=settings.limits_grace_s, changed=changed)


def _redis(url: str) -> Counters:
    from exchange.store.counters.redis import RedisCounters  # its driver is read where it is used

    try:
        return RedisCounters(url)
    except (ValueError, TypeError):
        raise SettingsFaulty(("limits: is no URL of a Redis server; redis://:password@host:6379/0.",)) from None
