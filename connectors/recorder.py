"""Watches the statements that run at departments; never their values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from connectors.plan import Plan


class Watches(Protocol):
    def ran(self, plan: Plan, people: int) -> None: ...


@dataclass(slots=True)
class Recorder:
    """Keeps what ran, oldest first."""

    plans: list[Plan] = field(default_factory=list)
    people: list[int] = field(default_factory=list)

    def ran(self, plan: Plan, people: int) -> None:
        self.plans.append(plan)
        self.people.append(people)

    def clear(self) -> None:
        self.plans.clear()
        self.people.clear()
