"""The phases of the plan: build (before 2007), pilot (2008-2009), service (2010)."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """In the order in which they come."""

    BUILD = "build"
    """Synthetic people only: the systems are connected and tried."""
    PILOT = "pilot"
    """People of the pilot districts."""
    SERVICE = "service"
    """The whole city."""

    def reached(self, phase: Phase) -> bool:
        """Whether `phase`, the city's, is this one or a later one."""
        return _ORDER[phase] >= _ORDER[self]


_ORDER = {phase: place for place, phase in enumerate(Phase)}
