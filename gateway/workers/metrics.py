"""The metrics of all workers as one exposition: each sample gets a label `worker`, and Prometheus adds them up."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import msgspec
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from gateway.telemetry import Metrics
from gateway.workers.channel import Channel, Hushed
from gateway.workers.messages import Gather, Gathered

_LEVEL = 1


class _Family(msgspec.Struct, frozen=True, array_like=True):
    name: str
    documentation: str
    type: str
    samples: tuple[tuple[str, dict[str, str], float], ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[_Family, ...]).decode


def packed(*registries: CollectorRegistry) -> bytes:
    """What these say now, for another process."""
    families = [
        _Family(each.name, each.documentation, each.type, tuple((s.name, s.labels, s.value) for s in each.samples))
        for registry in registries
        for each in registry.collect()
    ]
    return zlib.compress(_encode(families), _LEVEL)


async def of_all(channel: Channel, own: Metrics) -> bytes:
    """Prometheus text; of this worker alone where the supervisor is gone."""
    mine = {channel.number: packed(*own.registries)}
    try:
        others = await channel.call(Gather)
    except Hushed:
        return merged(mine, {channel.number: 1})
    assert isinstance(others, Gathered)
    return merged(mine | others.metrics, others.starts)


def merged(found: Mapping[int, bytes], starts: Mapping[int, int]) -> bytes:
    """Prometheus text. `found`: worker → what `packed` made; `starts`: worker → how often it was started; one that is
    in `starts` alone is not up, or did not answer."""
    metrics: dict[str, Metric] = {}
    for worker, content in sorted(found.items()):
        for family in _decode(zlib.decompress(content)):
            metric = metrics.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            metric.samples += [
                Sample(name, {"worker": str(worker), **labels}, value) for name, labels, value in family.samples
            ]
    up = Metric("gateway_worker_up", "Whether a worker answers", "gauge")
    started = Metric("gateway_worker_starts", "How often a worker was started", "counter")
    for worker, times in sorted(starts.items()):
        up.add_sample("gateway_worker_up", {"worker": str(worker)}, worker in found)
        started.add_sample("gateway_worker_starts_total", {"worker": str(worker)}, times)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected([*metrics.values(), up, started]))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics
