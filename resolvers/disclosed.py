"""The disclosure as it stands beside a person in the answer, and the answer completed with it."""

from __future__ import annotations

import strawberry

from resolvers import types
from resolvers.completing import Answered, Completed
from resolvers.conflicts import described as conflict_described
from resolvers.context import Context
from resolvers.ground import described as ground_described
from resolvers.profile import Profile
from resolvers.scalars import as_day


def completed_of(context: Context, profile: Profile) -> Completed | None:
    """None: the answer is graphql-core's to complete."""
    if profile.program is None:
        return None
    return profile.program.completed(Answered(profile.assembled, lambda: disclosure_of(context, profile)))


def disclosure_of(context: Context, profile: Profile) -> types.Disclosure:
    return types.Disclosure(
        id=strawberry.ID(profile.disclosure),
        purpose=profile.purpose.code,
        ground=ground_described(profile.purpose, profile.ground, profile.reference),
        frequency=profile.taken.shown if profile.taken else None,
        revision=context.engine.revision,
        standard=context.services.catalogue.version,
        complete=profile.assembled.complete,
        withheld=[
            types.Withheld(
                selection=entry.selection,
                item=entry.item,
                rule=entry.rule,
                basis=entry.basis,
                nearest=entry.nearest
                and types.Nearest(
                    rule=entry.nearest.rule, treatment=entry.nearest.treatment, because=entry.nearest.because
                ),
            )
            for entry in profile.withheld
        ],
        conflicts=[conflict_described(each, profile.root) for each in profile.assembled.conflicts],
        sources=[
            types.SourceState(
                department=code.partition(".")[0],
                subsystem=code.partition(".")[2] or None,
                state=state,
                as_of=as_day(profile.assembled.as_of.get(code)),
            )
            for code, state in profile.assembled.states.items()
        ],
    )
