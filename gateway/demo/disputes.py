"""Disputes and repairs under way in the demo, for the gateway's own store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from gateway.demo.stories import disputed_loan, penalty_under_repair


@dataclass(frozen=True, slots=True)
class DemoDispute:
    id_number: str
    kind: Literal["dispute", "repair"]
    record: str
    record_key: str
    """As in the native table."""
    opened_on: date
    statement: str | None = None


def demo_disputes(day: date) -> list[DemoDispute]:
    number, account = disputed_loan()
    repairer, penalty = penalty_under_repair()
    statement = "该笔贷款已按期归还，请核实。"
    return [
        DemoDispute(number, "dispute", "PBC03", account, day - timedelta(days=6), statement),
        DemoDispute(repairer, "repair", "SAM02", penalty, day - timedelta(days=3)),
    ]
