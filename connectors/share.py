"""What one of several processes may ask of a source at once: together they stay within what the mapping file says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.faults import Fault
from connectors.place import Mappings, SourcePlace


def share(place: SourcePlace, processes: int) -> SourcePlace:
    """The source as one of `processes` sees it."""
    if processes == 1:
        return place
    return replace(place, guards=replace(place.guards, at_once=max(place.guards.at_once // processes, 1)))


def indivisible(mappings: Mappings, processes: int) -> Iterator[Fault]:
    """Sources that bear fewer asks at once than there are processes."""
    for mapping in mappings.values():
        for source in mapping.sources:
            if source.guards.at_once < processes:
                yield Fault(
                    source.file,
                    source.line,
                    f"'at_once' is {source.guards.at_once}, and {processes} workers ask: each needs at least one place",
                )
