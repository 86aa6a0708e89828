"""What an ask rests on, and how that is shown: a consent, or a document, contract, case or application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import strawberry

from exchange.consent import Consent, Ground, choose
from exchange.purpose import Purpose

if TYPE_CHECKING:
    from resolvers.context import Context
    from resolvers.selection import Selection


@strawberry.type(description="The number that the ask named, as it was sealed.")
class Reference:
    kind: str | None = strawberry.field(
        description="`application`, `case`, `contract` or `document`; null where the purpose needs none."
    )
    number: str


@strawberry.type(name="Ground", description="The right that the answer rested on.")
class GroundShown:
    kind: str = strawberry.field(
        description="`consent`, `duty`, `contract`, `application`, `authentication`, `proof` or `sandbox`."
    )
    consent: strawberry.ID | None = strawberry.field(description="The consent, where it is one; nothing else is.")
    basis: str = strawberry.field(description="Legal basis of the purpose.")
    second_consent: strawberry.ID | None = strawberry.field(
        description="A second person's own consent, where the answer tells of him or her too."
    )
    reference: Reference | None


def described(purpose: Purpose, ground: Ground, reference: str | None) -> GroundShown:
    return GroundShown(
        kind=ground.kind,
        consent=None if ground.consent is None else strawberry.ID(ground.consent),
        basis=purpose.basis,
        second_consent=None if ground.partner_consent is None else strawberry.ID(ground.partner_consent),
        reference=None if reference is None else Reference(kind=_kind(purpose), number=reference),
    )


def as_json(purpose: Purpose, ground: Ground, reference: str | None) -> dict[str, Any]:
    """The same for `extensions.disclosure`."""
    named = None if reference is None else {"kind": _kind(purpose), "number": reference}
    return {
        "kind": ground.kind,
        "consent": ground.consent,
        "basis": purpose.basis,
        "secondConsent": ground.partner_consent,
        "reference": named,
    }


def _kind(purpose: Purpose) -> str | None:
    return purpose.reference.kind if purpose.reference else None


def chosen(
    context: Context, held: Sequence[Consent], digest: str, purpose: Purpose, selection: Selection, of_two: bool
) -> Consent:
    """The consent that an ask rests on which names none. `of_two`: whether it tells of a second person.

    Raises the refusal of the nearest miss.
    """
    catalogue, requester = context.services.catalogue, context.requester
    return choose(
        held,
        requester.organisation,
        digest,
        purpose.code,
        selection.items,
        selection.items & catalogue.written_only,
        context.at,
        client=requester.client,
        grouped=catalogue.grouped,
        partnered=of_two,
    )
