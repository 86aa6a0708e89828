"""`sources`: the departments, whether they answer, and whether their shape is still the one at the start."""

from __future__ import annotations

from resolvers import types
from resolvers.context import Context
from resolvers.scalars import as_day

SUPERVISING = frozenset({"credit-office", "auditor", "operator", "platform-operator"})
"""Roles that see the names of a department's columns and how its sources answer; others see that something changed."""


def described(context: Context) -> list[types.Source]:
    named = context.requester.role in SUPERVISING
    healths = context.services.healths() if named else {}
    sections = context.services.catalogue.departments
    return [
        types.Source(
            department=state.department,
            section=sections[state.department].section,
            state=state.state,
            since=state.since and state.since.isoformat(),
            as_of=as_day(state.as_of),
            shapes=[
                types.SourceShape(
                    source=shape.source,
                    state=shape.state,
                    since=shape.since and shape.since.isoformat(),
                    digest=shape.digest if named else None,
                    differences=list(shape.differences) if named else None,
                )
                for shape in state.shapes
            ],
            health=[
                types.SourceHealth(
                    source=each.source,
                    asks=each.asks,
                    delivered=each.delivered,
                    p50_ms=each.quantile_ms(0.5),
                    p95_ms=each.quantile_ms(0.95),
                    p99_ms=each.quantile_ms(0.99),
                    invalid_values=each.invalid,
                    breaker_open=each.breaker_open,
                )
                for each in healths.get(state.department, ())
            ]
            if named
            else None,
        )
        for state in context.services.directory.states()
    ]
