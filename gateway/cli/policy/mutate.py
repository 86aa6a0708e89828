"""`gateway policy mutate`: each rule deleted, widened, narrowed in turn, and whether the cases notice."""

from __future__ import annotations

import json
import sys
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from gateway.cli.policy.columns import columns
from gateway.cli.policy.test import Cases
from gateway.cli.where import FAULTY, HERE, USAGE, Policies, Where, ended, engine, faults_shown, standard
from policies import cases as casebook
from policies.mutants import KINDS, Mutation, mutants, run
from policies.trial import Trial


def mutate(
    *,
    rule: Annotated[list[str] | None, Parameter(help="The id of a rule; may be repeated (default: all).")] = None,
    policies: Policies = None,
    cases: Cases = None,
    json_: Annotated[bool, Parameter(name="--json", help="One JSON object, and nothing else.")] = False,
    where: Where = HERE,
) -> None:
    """Delete, widen and narrow each rule in turn, in memory only; exit 1 if the cases fail to notice one.

    A change by which nothing is decided otherwise counts as idle, and not in the share.
    """
    settings = where.settings(policies=policies)
    catalogue = standard(settings)
    loaded = engine(settings, catalogue)
    book = loaded.book
    with faults_shown():
        sheets = casebook.read(settings.policies, catalogue, book, cases)
    wanted = set(rule or ())
    missing = wanted - {known.id for known in (*book.permits, *book.forbids)}
    if missing:
        ended(USAGE, *(f"There is no rule {name!r}." for name in sorted(missing)))
    made = (mutant for mutant in mutants(catalogue, book) if not wanted or mutant.rule.id in wanted)
    found = run(catalogue, book, Trial(catalogue, sheets), made)
    if json_:
        json.dump({"revision": loaded.revision, **_plain(found)}, sys.stdout, ensure_ascii=False)
        print()
    else:
        table = columns("change", "noticed", "survived", "idle")
        for kind in KINDS:
            table.add_row(kind, *(f"{number:,}" for number in found.counts(kind)))
        Console().print(table)
        print(f"{found.share:.2%} of the changes that decide something are noticed; policy {loaded.revision}")
    if found.survivors:
        ended(FAULTY, *(f"Not noticed: {mutant}" for mutant in found.survivors))


def _plain(found: Mutation) -> dict[str, object]:
    return {
        "share": found.share,
        "noticed": len(found.noticed),
        "survivors": [str(mutant) for mutant in found.survivors],
        "idle": [str(mutant) for mutant in found.idle],
    }
