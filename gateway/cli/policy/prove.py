"""`gateway policy prove`: the stated properties, each tried on every cell that it speaks of."""

from __future__ import annotations

import json
import sys
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from gateway.cli.where import FAULTY, HERE, Policies, Where, ended, engine, faults_shown, standard
from policies.properties import Proof, proofs, read


def prove(
    *,
    policies: Policies = None,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object instead of a table.")] = False,
    where: Where = HERE,
) -> None:
    """Prove every stated property by exhaustion; a counter-example names its rule and line; exit 1 if one is broken.

    The properties stand in properties.yaml, beside the rules.
    """
    settings = where.settings(policies=policies)
    catalogue = standard(settings)
    compiled = engine(settings, catalogue)
    with faults_shown():
        found = proofs(compiled, catalogue, read(settings.policies, compiled, catalogue))
    broken = [proof.first for proof in found if proof.first]
    if json_:
        json.dump(
            {"revision": compiled.revision, "proofs": [_plain(proof) for proof in found]},
            sys.stdout,
            ensure_ascii=False,
        )
        print()
    else:
        Console().print(_table(found))
        print(f"{len(found) - len(broken)} of {len(found)} properties hold; policy {compiled.revision}")
    if broken:
        ended(FAULTY, *(f"Counter-example to {example}" for example in broken))


def _table(found: tuple[Proof, ...]) -> Table:
    table = Table(show_lines=True)
    for name in ("property", "statement", "proof"):
        table.add_column(name, overflow="fold")
    for proof in found:
        over = f"{proof.statement.cells:,} cells"
        verdict = f"holds over {over}" if proof.holds else f"BROKEN in {proof.broken:,} of {over}"
        table.add_row(proof.statement.id, f"{proof.statement.en}\n{proof.statement.zh}", verdict)
    return table


def _plain(proof: Proof) -> dict[str, object]:
    statement, first = proof.statement, proof.first
    return {
        "id": statement.id,
        "en": statement.en,
        "zh": statement.zh,
        "basis": statement.basis,
        "holds": proof.holds,
        "cells": statement.cells,
        "open": proof.opened,
        "broken": proof.broken,
        "counterexample": first
        and {
            "role": first.role,
            "purpose": first.purpose,
            "ground": first.state.value,
            "item": first.decision.item,
            "treatment": first.decision.treatment.value,
            "rows": sorted(first.decision.rows),
            "rule": first.rule.id,
            "place": first.place,
        },
    }
