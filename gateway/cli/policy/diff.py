"""`gateway policy diff`: what another version of the policies opens, closes and changes; also for a merge gate."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console

from exchange.catalogue import Catalogue
from exchange.decision import Decision, Treatment
from exchange.standard.fault import StandardFaulty
from exchange.standard.load import read
from gateway.cli.policy.columns import columns
from gateway.cli.where import HERE, USAGE, Where, ended
from policies.compare import CellChange, Comparison, Kind, PurposeChange, compare
from policies.engine import Engine
from policies.faults import PolicyFaulty
from resolvers.example import example

CHANGED = 1
"""Something changed, and nothing was widened."""
WIDENED = 3
"""Something may be seen that could not be seen before."""


def diff(
    old: Annotated[Path, Parameter(help="Folder of the policies as they are.")],
    new: Annotated[Path, Parameter(help="Folder of the policies as they shall be.")],
    *,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object with every cell, and nothing else.")] = False,
    where: Where = HERE,
) -> None:
    """Compare two folders of policies: cells gained, lost, changed, each with an example ask; widening is marked.

    Exit codes: 0 both decide alike; 1 changed or narrowed only; 3 widened; 2 they could not be compared.
    """
    settings = where.settings()
    with _done_or_ended():
        catalogue = read(settings.standard, settings.approval)
        before, after = _engines((old, new), catalogue)
        found = compare(before, after, catalogue)
        if json_:
            json.dump(_as_json(found, catalogue), sys.stdout, ensure_ascii=False)
            print()
        else:
            _show(found, catalogue)
        sys.stdout.flush()
    raise SystemExit(WIDENED if found.widens else 0 if found.equal else CHANGED)


@contextmanager
def _done_or_ended() -> Iterator[None]:
    """What could not be compared or told ends with 2, whatever the reason: a gate takes 1 for `nothing widened`."""
    try:
        yield
    except (StandardFaulty, PolicyFaulty) as error:
        ended(USAGE, *map(str, error.faults))
    except Exception as error:
        ended(USAGE, f"The two folders could not be compared ({type(error).__name__}).")


def _engines(folders: Iterable[Path], catalogue: Catalogue) -> list[Engine]:
    """Raises PolicyFaulty with the faults of both, each under the path of its folder."""
    engines, faults = [], []
    for folder in folders:
        try:
            engines.append(Engine.load(folder, catalogue))
        except PolicyFaulty as error:
            faults += [replace(fault, file=str(folder / fault.file)) for fault in error.faults]
    if faults:
        raise PolicyFaulty(faults)
    return engines


def _as_json(found: Comparison, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "old": found.old,
        "new": found.new,
        "equal": found.equal,
        "widens": found.widens,
        **{kind.value: found.count(kind) for kind in Kind},
        "cells": [
            {
                "kind": cell.kind.value,
                "widens": cell.widens,
                "role": cell.role,
                "purpose": cell.purpose,
                "item": cell.item,
                "grounds": [state.value for state in cell.states],
                "before": _decision(cell.before),
                "after": _decision(cell.after),
                "ask": _ask(cell, catalogue),
            }
            for cell in found.cells
        ],
        "purposes": [
            {
                "purpose": change.purpose,
                "word": change.word,
                "before": change.before,
                "after": change.after,
                "widens": change.widens,
            }
            for change in found.purposes
        ],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    rows = sorted(decision.rows)
    return {"treatment": decision.treatment.value, "rows": rows, "rule": decision.rule, "basis": decision.basis}


def _ask(cell: CellChange, catalogue: Catalogue) -> str:
    shown = cell.before if cell.kind is Kind.LOST else cell.after
    return example(catalogue, cell.item, cell.purpose, exists=shown.treatment is Treatment.EXISTS)


def _show(found: Comparison, catalogue: Catalogue) -> None:
    counts = ", ".join(f"{found.count(kind)} {kind.value}" for kind in Kind)
    print(f"policy {found.old} → {found.new}: cells {counts}; purposes {len(found.purposes)} changed")
    alike: dict[tuple[str, ...], list[CellChange]] = {}
    for cell in found.cells:
        states = " ".join(state.value for state in cell.states)
        key = (_mark(cell), f"{cell.role}, {cell.purpose}, {states}", _said(cell.before), _said(cell.after))
        alike.setdefault(key, []).append(cell)
    if alike:
        table = columns("", "change", "role, purpose, ground", "before", "after", "items")
        for number, (key, cells) in enumerate(alike.items(), 1):
            table.add_row(str(number), *key, " ".join(cell.item for cell in cells))
        Console().print(table)
        print("An ask that shows it:")
        for number, cells in enumerate(alike.values(), 1):
            print(f"{number:>3}  {cells[0].role}: {_ask(cells[0], catalogue)}")
    for change in found.purposes:
        print(f"{_mark(change)}: {change.purpose}.{change.word}: {change.before} → {change.after}")
    verdict = "Widened." if found.widens else "Both decide alike." if found.equal else "Nothing is widened."
    print(verdict)


def _mark(change: CellChange | PurposeChange) -> str:
    kind = change.kind if isinstance(change, CellChange) else Kind.CHANGED
    return f"{kind.value}, WIDENS" if change.widens else kind.value


def _said(decision: Decision) -> str:
    rows = f" rows {' or '.join(sorted(decision.rows))}" if decision.rows else ""
    return f"{decision.treatment.value}{rows} by {decision.rule}"
