"""`sources`: the departments, whether they answer, and whether their shape is still the one at the start."""

from __future__ import annotations

from resolvers import types
from resolvers.context import Context
from resolvers.scalars import as_day

SUPERVISING = frozenset({"credit-office", "auditor", "operator"})
"""Roles that see the names of a department's columns; others see that something changed."""


def described(context: Context) -> list[types.Source]:
    named = context.requester.role in SUPERVISING
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
        )
        for state in context.services.directory.states()
    ]
