"""`access`: what a requester would be released for a purpose, decided as ever, with no data touched."""

from __future__ import annotations

from exchange.client import MARKET_ACCESS
from exchange.consent import Ground
from exchange.decision import Decision, Treatment
from exchange.refusals import PurposeUnknown
from resolvers import types
from resolvers.context import Context


def preview(context: Context, code: str) -> types.AccessPreview:
    """Supposes the ground that the purpose needs (for consent: an ordinary one)."""
    engine, role, catalogue = context.engine, context.requester.role, context.services.catalogue
    purpose = engine.purposes.get(code)
    if purpose is None:
        raise PurposeUnknown()
    ground = Ground(purpose.ground)
    registered = context.requester.registered_for(code)
    decisions = engine.decide(role, code, ground)
    if not registered:
        rule = context.requester.registration
        decisions = {key: Decision(key, Treatment.WITHHELD, rule=rule, basis=MARKET_ACCESS) for key in decisions}
    items = []
    for key, decision in decisions.items():
        near = (
            None if decision.treatment is Treatment.FULL or not registered else engine.nearest(role, code, key, ground)
        )
        items.append(
            types.AccessItem(
                item=key,
                treatment=decision.treatment,
                rule=decision.rule,
                basis=decision.basis,
                rows=sorted(decision.rows),
                ground=decision.ground,
                nearest=near and types.Nearest(rule=near.rule, treatment=near.treatment, because=near.because),
            )
        )
    records = [
        types.AccessRecord(
            record=record.code,
            exists=any(decisions[item.key].treatment is not Treatment.WITHHELD for item in record.items.values()),
        )
        for record in catalogue.records.values()
    ]
    return types.AccessPreview(
        role=role,
        purpose=code,
        ground=purpose.ground,
        basis=purpose.basis,
        reference=purpose.reference.kind if purpose.reference else None,
        phase=purpose.phase,
        open=purpose.phase.reached(context.services.phase),
        permitted=registered and engine.permitted(role, code),
        items=items,
        records=records,
    )
