# pyright: reportInvalidTypeForm=false, reportGeneralTypeIssues=false
"""The schema: built with Strawberry from the standard in force and the purposes of the policy.

Annotations stand unquoted here: `Person` and `Purpose` are made from data while `build` runs.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Optional

import strawberry
from strawberry.schema.config import StrawberryConfig

from exchange.catalogue import Catalogue
from policies.engine import Engine
from resolvers import types
from resolvers.access import preview
from resolvers.catalogue import described
from resolvers.context import Context
from resolvers.disclosed import completed_of, disclosure_of
from resolvers.mutations import MUTATIONS, QUERIES, Fields, Words, gathered
from resolvers.person import person_type
from resolvers.profile import Asking, PersonAsk, Profile, read_of
from resolvers.scalars import SCALARS, IdNumber
from resolvers.sources import described as sources_described


def _purpose_enum(engine: Engine) -> Any:
    values = {
        code: strawberry.enum_value(code, description=f"{purpose.title_en} ({purpose.title_zh}). {purpose.basis}")
        for code, purpose in engine.purposes.items()
    }
    return strawberry.enum(Enum("Purpose", values), description="Why somebody asks.")


def build(
    catalogue: Catalogue,
    engine: Engine,
    queries: Sequence[Fields] = QUERIES,
    mutations: Sequence[Fields] = MUTATIONS,
) -> strawberry.Schema:
    """The schema of one standard and one set of purposes."""
    Person = person_type(catalogue)
    Purpose = _purpose_enum(engine)

    def made(context: Context, profile: Profile, depth: int) -> Any:
        if (completed := completed_of(context, profile)) is not None:
            return completed
        person: Any = object.__new__(Person)
        person.assembled, person.depth = profile.whole(), depth
        person.disclosure = disclosure_of(context, profile)
        return person

    def asking(info: strawberry.Info, purpose: Purpose) -> Asking:
        context, raw = info.context, info._raw_info
        return Asking(context, str(raw.path.as_list()[0]), lambda: read_of(context, raw), purpose.value)

    @strawberry.input(name="PersonAsk", description="One person of a portfolio.")
    class PersonAskInput:
        id_number: IdNumber
        consent: strawberry.ID | None = None
        reference: str | None = None

    @strawberry.type
    class Query:
        @strawberry.field(description="One person's profile, for one purpose, on one ground.")
        async def person(
            self,
            info: strawberry.Info,
            id_number: IdNumber,
            purpose: Purpose,
            consent: Optional[strawberry.ID] = strawberry.UNSET,  # noqa: UP045
            reference: Optional[str] = strawberry.UNSET,  # noqa: UP045
        ) -> Optional[Person]:  # noqa: UP045
            ask = PersonAsk(id_number, consent or None, reference or None)
            (profile,) = info.context.ready or [await asking(info, purpose).person(ask)]
            return made(info.context, profile, depth=1)

        @strawberry.field(
            description="Up to 100 people, for purposes that permit portfolios; one call to each department."
        )
        async def persons(
            self, info: strawberry.Info, asks: list[PersonAskInput], purpose: Purpose
        ) -> list[Optional[Person]]:  # noqa: UP045
            wanted = [PersonAsk(ask.id_number, ask.consent or None, ask.reference or None) for ask in asks]
            profiles = info.context.ready or await asking(info, purpose).persons(wanted)
            return [made(info.context, profile, depth=2) for profile in profiles]

        @strawberry.field(description="What would I see for this purpose: no data touched, no person named.")
        def access(self, info: strawberry.Info, purpose: Purpose) -> types.AccessPreview:
            return preview(info.context, purpose.value)

        @strawberry.field(description="Who I am to this gateway.")
        def me(self, info: strawberry.Info) -> types.Requester:
            requester, engine = info.context.requester, info.context.engine
            return types.Requester(
                organisation=requester.organisation,
                client=requester.client,
                operator=requester.operator,
                role=requester.role,
                districts=sorted(requester.districts),
                purposes=[
                    code
                    for code in engine.purposes
                    if engine.permitted(requester.role, code) and requester.registered_for(code)
                ],
            )

        @strawberry.field(description="The standard in force: departments, record types, items, code lists.")
        def catalogue(self, info: strawberry.Info) -> types.Catalogue:
            return described(info.context.services.catalogue)

        @strawberry.field(description="The departments and whether they can be reached.")
        def sources(self, info: strawberry.Info) -> list[types.Source]:
            return sources_described(info.context)

    words = Words(catalogue, engine, Purpose, Person)
    return strawberry.Schema(
        gathered("Query", (Query, *queries), words),
        gathered("Mutation", mutations, words) if mutations else None,
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    )
