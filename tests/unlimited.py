"""For tests that ask more than anybody may."""

from __future__ import annotations

from exchange.quota import ClientAllowance, Limits, OperatorAllowance

UNLIMITED = Limits(
    client=ClientAllowance(per_minute=None, per_day=None, per_month=None),
    operator=OperatorAllowance(per_minute=None, per_day=None, per_month=None),
)
