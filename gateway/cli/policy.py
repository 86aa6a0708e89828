"""`gateway policy`: what a role may see for a purpose, and by which rule."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from exchange.decision import GroundState
from gateway.cli.where import HERE, USAGE, Where, ended, engine, standard

app = App(name="policy", help="The policies: who may see what, for which purpose, by which rule.")


@app.command
def explain(
    *,
    role: Annotated[str, Parameter(help="A role, such as bank-officer.")],
    purpose: Annotated[str, Parameter(help="A purpose, such as LOAN_APPROVAL.")],
    item: Annotated[str, Parameter(help="An item, such as PBC03.balance.")],
    where: Where = HERE,
) -> None:
    """Explain one decision: treatment, rule and legal basis on each kind of ground, and what would open the item."""
    settings = where.settings()
    catalogue = standard(settings)
    policies = engine(settings, catalogue)
    for word, known, kind in (
        (role, sorted(policies.roles), "role"),
        (purpose, sorted(policies.purposes), "purpose"),
        (item, list(catalogue.items), "item"),
    ):
        if word not in known:
            ended(USAGE, f"There is no such {kind}. Known: {', '.join(known)}.")
    print(f"{role}, {purpose}, {item} ({catalogue.items[item].name_zh}); policy {policies.revision}")
    for state in GroundState:
        decision = policies.verdict(role, purpose, item, state)
        rows = f", rows: {' or '.join(sorted(decision.rows))}" if decision.rows else ""
        print(f"  ground {state.value}: {decision.treatment.value} by {decision.rule}{rows}")
        print(f"    basis: {decision.basis}")
        nearest = policies.nearest_in(role, purpose, item, state)
        if nearest and not decision.treatment.released:
            print(f"    nearest: {nearest.treatment.value} by {nearest.rule}: {nearest.because}")
