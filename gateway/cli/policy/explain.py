"""`gateway policy explain`: one decision, by which rule."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from gateway.cli.where import HERE, USAGE, Where, ended, engine, standard
from policies.explain import Verdict, WordUnknown
from policies.explain import explain as explained


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
    try:
        found = explained(engine(settings, catalogue), catalogue, role, purpose, item)
    except WordUnknown as unknown:
        ended(USAGE, f"{unknown}.")
    print(f"{role}, {purpose} (rests on: {found.ground}), {item} ({found.item.name_zh}); policy {found.revision}")
    for verdict in found.verdicts:
        print("\n".join(_lines(verdict)))


def _lines(verdict: Verdict) -> list[str]:
    decision = verdict.decision
    lines = [f"  ground {verdict.state.value}: {decision.treatment.value} by {decision.rule}"]
    lines += [f"    rule: {verdict.rule}" + (f" ({verdict.place})" if verdict.place else "")]
    lines += [f"    basis: {decision.basis}"]
    lines += [f"    only rows: {row.en}" for row in verdict.rows]
    nearest = verdict.nearest
    if nearest and not decision.treatment.released:
        lines += [f"    nearest: {nearest.treatment.value} by {nearest.rule}: {nearest.because}"]
    return lines
