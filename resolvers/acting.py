"""An administrative act: permitted by policy, decided on what is read, and written by the seal of its own entry.

INVARIANT: an act changes nothing before its entry is sealed; both stand or fall in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from exchange.change import Change
from exchange.disclosure import Administrative
from exchange.refusals import ActNotPermitted, Refusal
from resolvers.context import Context


@dataclass(slots=True)
class Acting:
    """One act under way. What it decides stands here until the seal."""

    said: Administrative
    people: tuple[str, ...] = ()
    """Keyed digests of those whom it is about: the entry joins their chains."""
    reference: str | None = None
    """The document that it rests on, as `exchange.reference.checked_reference` takes it."""
    changes: list[Change] = field(default_factory=list)

    def lay_down(self, *changes: Change, digest: str = "") -> None:
        """What the seal shall write. An act that lays nothing down found everything as it asks for already."""
        self.changes += changes
        self.said = replace(self.said, digest=digest or self.said.digest)


@contextmanager
def acting(
    context: Context,
    act: str,
    object: str,
    *,
    reason: str = "",
    people: tuple[str, ...] = (),
    reference: str | None = None,
) -> Iterator[Acting]:
    """The way of one act. A refusal on it is noted, and sealed in its place.

    `act`: as policies/acts.yaml names it. `object`: kind and id of the record, `client:bank-system`; nothing about a
    person. `reason`: a code. Raises ActNotPermitted, and whatever refusal the block raises.
    """
    under_way = Acting(Administrative(act, object, reason), people, reference)
    try:
        permit(context, act)
        yield under_way
    except Refusal as refusal:
        context.refused(refusal, administrative=under_way.said, people=under_way.people, reference=under_way.reference)
        raise
    context.disclosures.append(
        context.disclosure(
            administrative=replace(under_way.said, changed=bool(under_way.changes)),
            people=under_way.people,
            reference=under_way.reference,
            changes=tuple(under_way.changes),
        )
    )


@contextmanager
def reading(context: Context, act: str, object: str) -> Iterator[None]:
    """What only some roles may read of the gateway's own records. Only a refusal is sealed."""
    try:
        permit(context, act)
        yield
    except Refusal as refusal:
        context.refused(refusal, administrative=Administrative(act, object))
        raise


def permit(context: Context, act: str) -> None:
    """Raises ActNotPermitted, with the policy that says so."""
    engine = context.engine
    if not engine.may(context.requester.role, act):
        known = engine.book.acts.get(act)
        raise ActNotPermitted(rule=f"act {act}", basis=known and known.basis)
