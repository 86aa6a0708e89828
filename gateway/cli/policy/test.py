"""`gateway policy test`: the policies held against their cases, and how much of them the cases speak of."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from gateway.cli.policy.columns import columns
from gateway.cli.where import FAULTY, HERE, Policies, Where, ended, engine, faults_shown, standard
from policies import cases as casebook
from policies.coverage import Coverage, measure
from policies.trial import Miss, Trial

Cases = Annotated[
    Path | None, Parameter(name="--cases", help="Folder of cases (default: 'cases' in the folder of the policies).")
]


def test(
    *,
    policies: Policies = None,
    cases: Cases = None,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object, and nothing else.")] = False,
    where: Where = HERE,
) -> None:
    """Hold the policies against their cases; exit 1 if one is missed, or a rule or an open cell has no case."""
    settings = where.settings(policies=policies)
    catalogue = standard(settings)
    loaded = engine(settings, catalogue)
    with faults_shown():
        sheets = casebook.read(settings.policies, catalogue, loaded.book, cases)
    trial = Trial(catalogue, sheets)
    misses = sorted(trial.misses(loaded.book))
    coverage = measure(loaded, catalogue, trial)
    if json_:
        json.dump(
            {
                "revision": loaded.revision,
                "cases": sum(len(sheet.cases) for sheet in sheets),
                "misses": [asdict(miss) for miss in misses],
                "coverage": _plain(coverage),
            },
            sys.stdout,
            ensure_ascii=False,
        )
        print()
    else:
        print(f"{sum(len(sheet.cases) for sheet in sheets)} cases in {len(sheets)} files; policy {loaded.revision}")
        table = columns("coverage", "covered", "of")
        for name, covered, of in _numbers(coverage):
            table.add_row(name, f"{covered:,}", f"{of:,}")
        Console().print(table)
    bare = [f"{role}, {purpose}: {group} is open, and no case says so" for role, purpose, group in coverage.bare]
    unnamed = [f"{rule.file}:{rule.line}: no case speaks of {rule.id}" for rule in coverage.unnamed]
    if misses or not coverage.complete:
        ended(FAULTY, *_told(misses), *unnamed, *bare, f"{len(misses)} decisions are not the expected ones.")


def _told(misses: list[Miss]) -> Iterator[str]:
    """One line for all the items that one expectation gets equally wrong."""
    alike: dict[Miss, list[str]] = {}
    for miss in misses:
        alike.setdefault(replace(miss, item=""), []).append(miss.item)
    for miss, items in alike.items():
        more = f" and {len(items) - 1} more" if len(items) > 1 else ""
        yield str(replace(miss, item=items[0] + more))


def _numbers(coverage: Coverage) -> tuple[tuple[str, int, int], ...]:
    return (
        ("rules", coverage.rules - len(coverage.unnamed), coverage.rules),
        ("open groups × role × purpose", coverage.groups - len(coverage.bare), coverage.groups),
        ("open cells (role, purpose, item)", coverage.expected, coverage.granted),
        ("all cells, closed ones too", coverage.examined, coverage.cells),
    )


def _plain(coverage: Coverage) -> dict[str, object]:
    return {
        "complete": coverage.complete,
        "numbers": {name: {"covered": covered, "of": of} for name, covered, of in _numbers(coverage)},
        "rules_without_case": [rule.id for rule in coverage.unnamed],
        "groups_without_case": [
            {"role": role, "purpose": purpose, "group": group} for role, purpose, group in coverage.bare
        ],
    }
