"""How sources have answered, read from the measures of their guards."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from connectors.guards import Measures
from connectors.health import Health, healths


def test_each_source_by_its_department() -> None:
    registry = CollectorRegistry()
    measures = Measures(registry)
    for seconds in (0.004, 0.02, 0.02, 0.2):
        measures.seconds.labels("HRS", "pension", "DELIVERED").observe(seconds)
    measures.seconds.labels("HRS", "pension", "TIMEOUT").observe(2.0)
    measures.seconds.labels("PBC", "", "DELIVERED").observe(0.001)
    measures.invalid.labels("PBC", "").inc(3)
    measures.watch("breaker_open", "HRS", "pension", lambda: True)
    found = healths(registry)
    (pension,), (bank,) = found["HRS"], found["PBC"]
    assert (pension.source, pension.asks, pension.delivered, pension.breaker_open) == ("pension", 5, 4, True)
    assert (bank.asks, bank.delivered, bank.invalid, bank.breaker_open) == (1, 1, 3, False)
    half, most = pension.quantile_ms(0.5), pension.quantile_ms(0.99)
    assert half is not None
    assert most is not None
    assert 10 < half <= 25
    assert 1000 < most <= 2500


def test_before_the_first_ask_there_is_no_time() -> None:
    assert Health("PBC", "").quantile_ms(0.5) is None
    assert healths(CollectorRegistry()) == {}


def test_above_the_last_bound_no_time_is_told() -> None:
    registry = CollectorRegistry()
    measures = Measures(registry)
    measures.seconds.labels("PBC", "", "DELIVERED").observe(1000)
    assert healths(registry)["PBC"][0].quantile_ms(0.5) is None
