"""The life of one version of the standard: drafted, appraised by experts, approved by the state authority, in force.

The plan of 2006 asks for it (实施前组织专家论证, 并报经国家有关部门批准). An approval record tells the steps that
were taken and names the digest of the content that they were taken for: a changed standard is another standard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    EXPERT_REVIEW = "expert_review"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


NEXT: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.EXPERT_REVIEW, State.WITHDRAWN}),
    State.EXPERT_REVIEW: frozenset({State.SUBMITTED, State.DRAFT, State.WITHDRAWN}),
    State.SUBMITTED: frozenset({State.APPROVED, State.DRAFT, State.WITHDRAWN}),
    State.APPROVED: frozenset({State.IN_FORCE, State.WITHDRAWN}),
    State.IN_FORCE: frozenset({State.SUPERSEDED, State.WITHDRAWN}),
    State.SUPERSEDED: frozenset(),
    State.WITHDRAWN: frozenset(),
}
"""Experts and the authority may send a version back to draft; nothing comes back from superseded or withdrawn."""


@dataclass(frozen=True, slots=True)
class Step:
    state: State
    date: date
    by: str
    """Who took it: an office, not a person."""
    document: str
    """The paper it rests on."""


@dataclass(frozen=True, slots=True)
class Approval:
    """The approval record of one version."""

    catalogue: str
    version: str
    digest: str
    """SHA-256 over the content of the standard, hexadecimal."""
    steps: tuple[Step, ...]

    @property
    def state(self) -> State:
        return self.steps[-1].state if self.steps else State.DRAFT

    def illegal_step(self) -> tuple[int, str] | None:
        """Place and reason of the first step that the life cycle does not allow, or None."""
        before: Step | None = None
        for n, step in enumerate(self.steps):
            if before is None and step.state is not State.DRAFT:
                return n, f"the first step must be {State.DRAFT}, not {step.state}"
            if before and step.state not in NEXT[before.state]:
                return n, f"{before.state} is not followed by {step.state}"
            if before and step.date < before.date:
                return n, f"{step.state} is dated before {before.state}"
            before = step
        return None
