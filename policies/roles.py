"""Roles and their inheritance: `g, child, parent`.

A request names a leaf (`bank-officer`); a rule may name any role (`bank`, `lender`) and then holds for all beneath it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from policies import table
from policies.faults import Fault

FILE = "roles.csv"
LONGEST_CHAIN = 9
"""Casbin silently denies what is inherited over ten links or more."""


@dataclass(frozen=True, slots=True)
class Roles:
    links: tuple[tuple[str, str], ...]
    """(child, parent), in file order."""
    leaves: tuple[str, ...]
    """The roles that a request may name, in file order."""
    reach: Mapping[str, frozenset[str]]
    """Role → the leaves that it stands for."""


def read(folder: Path, faults: list[Fault]) -> Roles:
    lines = table.read(folder / FILE, "g", ("child", "parent"), frozenset(), faults)
    parents: dict[str, dict[str, int]] = {}
    for line in lines:
        child, parent = line.fields
        if parent in parents.setdefault(child, {}):
            faults.append(Fault(FILE, line.number, f"{child!r} already inherits from {parent!r}"))
        parents[child][parent] = line.number
    try:
        order = list(TopologicalSorter(parents).static_order())
    except CycleError as error:
        circle: list[str] = error.args[1]
        number = max(parents.get(a, {}).get(b, 0) for a, b in zip(circle[1:], circle, strict=False))
        faults.append(Fault(FILE, number, f"roles inherit in a circle: {' → '.join(reversed(circle))}"))
        return Roles((), (), {})
    _check_length(order, parents, faults)
    inner = {parent for above in parents.values() for parent in above}
    leaves = tuple(child for child in parents if child not in inner)
    ancestors: dict[str, set[str]] = {}
    for role in order:
        ancestors[role] = {role}.union(*(ancestors[parent] for parent in parents.get(role, ())))
    reach = {role: frozenset(leaf for leaf in leaves if role in ancestors[leaf]) for role in order}
    return Roles(tuple((c, p) for c, above in parents.items() for p in above), leaves, reach)


def _check_length(order: list[str], parents: Mapping[str, Mapping[str, int]], faults: list[Fault]) -> None:
    length: dict[str, int] = {}
    for role in order:
        above = parents.get(role, {})
        length[role] = max((length[parent] + 1 for parent in above), default=0)
        if length[role] > LONGEST_CHAIN:
            message = f"{role!r} inherits over {length[role]} links; at most {LONGEST_CHAIN} are reliable"
            faults.append(Fault(FILE, max(above.values()), message))
