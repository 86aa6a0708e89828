"""The joint of the roots: whoever has an act, or something to read beside it, puts its fields in a list here.

A module `resolvers/<word>.py` makes a Strawberry type of its fields, and every mutation does its work within
`resolvers.acting.acting`:

    @strawberry.type
    class ClientMutations:
        @strawberry.mutation(description="…")
        async def suspend_client(self, info: strawberry.Info, id: strawberry.ID, reason: Reason) -> types.Client: …

Where arguments need words that are made from data (the enum `Purpose`), the module gives a function of `Words` that
makes the type, and is without `from __future__ import annotations`, as `resolvers.schema`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import strawberry

from exchange.catalogue import Catalogue
from policies.engine import Engine
from resolvers.activity import ActivityQueries
from resolvers.alarm import AlarmMutations, AlarmQueries
from resolvers.client import ClientMutations, ClientQueries
from resolvers.consenting import mutations as consent_mutations
from resolvers.consents import ConsentQueries
from resolvers.coverage import CoverageQueries
from resolvers.matrix import MatrixQueries
from resolvers.outcome import OutcomeMutations, OutcomeQueries
from resolvers.oversight import OversightQueries
from resolvers.preview import PreviewQueries
from resolvers.statistics import StatisticsQueries


@dataclass(frozen=True, slots=True)
class Words:
    """The types of the schema that are made from data."""

    catalogue: Catalogue
    engine: Engine
    Purpose: Any
    """The enum."""
    Person: Any
    """The type."""


Fields: TypeAlias = type | Callable[[Words], type]

QUERIES: tuple[Fields, ...] = (
    OversightQueries,
    MatrixQueries,
    ClientQueries,
    AlarmQueries,
    ConsentQueries,
    OutcomeQueries,
    PreviewQueries,
    StatisticsQueries,
    CoverageQueries,
    ActivityQueries,
)
MUTATIONS: tuple[Fields, ...] = (ClientMutations, AlarmMutations, consent_mutations, OutcomeMutations)


def gathered(name: str, parts: Sequence[Fields], words: Words) -> type:
    """One root type with the fields of all. Raises TypeError where two modules have a field of one name."""
    types = [part if isinstance(part, type) else part(words) for part in parts]
    owner: dict[str, type] = {}
    for part in types:
        for field in part.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            if field.python_name in owner:
                raise TypeError(f"{name}.{field.python_name} stands in {owner[field.python_name]} and in {part}")
            owner[field.python_name] = part
    return strawberry.type(type(name, tuple(types), {}))
