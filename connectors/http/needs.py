"""Which resources and columns a plan needs: what it does not name is not asked for.

INVARIANT: the columns of a need are those that the plan declares as returned or as conditions, and no others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.fragment import words_of
from connectors.http.service import Resource
from connectors.place import RecordPlace
from connectors.plan import Plan

_STAR = re.compile(r"(\bSELECT|\bDISTINCT|,|\.)\s*\*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Need:
    resource: Resource
    columns: tuple[str, ...]
    """In the order of the mapping."""

    def __str__(self) -> str:
        fields = ", ".join(".".join(self.resource.columns[column]) for column in self.columns)
        return f"{self.resource.method} {self.resource.path} [{fields}]"


def resources_of(place: RecordPlace, resources: Mapping[str, Resource]) -> list[Resource]:
    """Those that the record's table or SELECT names."""
    words = words_of(place.select) if place.select is not None else frozenset({(place.table or "").lower()})
    return [resource for name, resource in resources.items() if name in words]


def needs_of(plan: Plan, records: Mapping[str, RecordPlace], resources: Mapping[str, Resource]) -> tuple[Need, ...]:
    found: dict[str, set[str]] = {}
    for read in plan.reads:
        place = records[read.record]
        texts = [*read.returned, *read.conditions, place.select or ""]
        words = frozenset().union(*map(words_of, texts), map(str.lower, texts))
        every = bool(_STAR.search(place.select or ""))
        for resource in resources_of(place, resources):
            columns = found.setdefault(resource.name.lower(), set())
            columns.update(name for name in resource.columns if every or name.lower() in words)
    return tuple(
        Need(resources[name], tuple(column for column in resources[name].columns if column in columns))
        for name, columns in found.items()
    )
