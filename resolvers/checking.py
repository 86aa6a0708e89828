"""What of an ask is checked before anybody is looked up: its purpose, and the number that it names."""

from __future__ import annotations

from exchange.client import MARKET_ACCESS
from exchange.purpose import Purpose
from exchange.reference import checked_reference
from exchange.refusals import (
    PurposeNotOpen,
    PurposeNotPermitted,
    PurposeUnknown,
    ReferenceInvalid,
    ReferenceRequired,
    Refusal,
)
from policies.engine import DEFAULT_DENY
from resolvers.context import Context


def purpose_of(context: Context, code: str) -> Purpose:
    """Raises PurposeUnknown, PurposeNotPermitted, PurposeNotOpen."""
    engine, requester = context.engine, context.requester
    purpose = engine.purposes.get(code)
    if purpose is None:
        raise PurposeUnknown()
    if not engine.permitted(requester.role, purpose.code):
        raise PurposeNotPermitted(rule=DEFAULT_DENY, basis=purpose.basis)
    if not purpose.phase.reached(context.services.phase):
        raise PurposeNotOpen(rule=f"purpose {purpose.code}: open from the phase '{purpose.phase}' on")
    if not requester.registered_for(purpose.code):
        raise PurposeNotPermitted(rule=requester.registration, basis=MARKET_ACCESS)
    return purpose


def reference_of(purpose: Purpose, given: str | None) -> str | None:
    """The number of the kind that the purpose wants. Raises ReferenceInvalid, ReferenceRequired."""
    wanted = purpose.reference
    rule = wanted and f"purpose {purpose.code}: names the {wanted.kind}"
    try:
        reference = checked_reference(given)
    except ReferenceInvalid:
        raise ReferenceInvalid(rule=rule) from None
    if wanted and reference is None:
        raise ReferenceRequired(rule=rule)
    if wanted and reference and not wanted.fits(reference):
        raise ReferenceInvalid(rule=rule)
    return reference


def on_purpose(refusal: Refusal, purpose: Purpose | None) -> None:
    """Every refusal that rests on the purpose names it, and its basis."""
    if purpose is not None and refusal.on_purpose:
        refusal.rule = refusal.rule or f"purpose {purpose.code}"
        refusal.basis = refusal.basis or purpose.basis
