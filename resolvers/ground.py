"""What an answer rested on, shown as what it is: a consent, or a document, contract, case or application."""

from __future__ import annotations

from typing import Any

import strawberry

from exchange.consent import Ground
from exchange.purpose import Purpose


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
