"""What operators see: JSON log lines and counters. No id number, document, variable or answer is in either."""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import REGISTRY as PROCESS
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_ROOT = Path(__file__).parent.parent
_FRAMES = 3


class Metrics:
    """Counters of one gateway. Labels hold codes only, so that their number is bounded."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.asks = Counter(
            "gateway_asks", "Asks of authenticated clients by outcome", ["outcome"], registry=self.registry
        )
        self.strangers = Counter(
            "gateway_strangers", "Requests without valid credentials by code", ["code"], registry=self.registry
        )
        self._outcomes: dict[str, Counter] = {}
        self.answer_seconds = Histogram(
            "gateway_answer_seconds", "From the first byte of an ask to its answer", registry=self.registry
        )
        self.policies = Counter(
            "gateway_policy_changes",
            "Changes of the policies in service by outcome",
            ["outcome"],
            registry=self.registry,
        )
        self.keys = Counter(
            "gateway_issuer_keys",
            "Reads of an issuer's keys by issuer and outcome",
            ["issuer", "outcome"],
            registry=self.registry,
        )
        self.alarms = Counter("gateway_alarms", "Alarms raised by kind", ["kind"], registry=self.registry)
        self.counters_shared = Gauge(
            "gateway_counters_shared",
            "Whether the counters of rates and quotas are where they belong; 0 = counted in this process for a while",
            registry=self.registry,
        )
        self.counters_shared.set(1)
        self.seal_seconds = Histogram("gateway_seal_seconds", "Sealing one answer", registry=self.registry)

    def answered(self, outcome: str, took_s: float) -> None:
        """One ask. `outcome`: a code."""
        counter = self._outcomes.get(outcome)
        if counter is None:
            counter = self._outcomes[outcome] = self.asks.labels(outcome)
        counter.inc()
        self.answer_seconds.observe(took_s)

    def read_keys(self, issuer: str, outcome: str) -> None:
        """`issuer`: its name in the file of issuers."""
        self.keys.labels(issuer, outcome).inc()

    @property
    def registries(self) -> tuple[CollectorRegistry, CollectorRegistry]:
        """This gateway's own and its departments', and the process's (memory, CPU)."""
        return self.registry, PROCESS

    def exposed(self) -> bytes:
        """Prometheus text."""
        return b"".join(map(generate_latest, self.registries))


def configure(level: str) -> None:
    """Structlog to standard error, one JSON object a line; the libraries' own loggers at warning."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    # graphql-core and strawberry log exceptions with their arguments, which may hold an id number.
    for name in ("strawberry", "graphql"):
        logging.getLogger(name).disabled = True


def fault(error: BaseException) -> dict[str, Any]:
    """An unexpected error, fit for a log: its type and where it was raised, never its text or its arguments."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {"error": type(error).__name__, "at": [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames]}


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
