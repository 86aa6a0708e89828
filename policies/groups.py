"""Groups of words that may stand in one another: a rule on a group holds for all that it reaches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from policies.faults import Fault, unknown
from policies.marked import Marked
from policies.roles import LONGEST_CHAIN


@dataclass(frozen=True, slots=True)
class Groups:
    links: tuple[tuple[str, str], ...]
    """(member, group), in file order."""
    reach: dict[str, frozenset[str]]
    """Word or group → the words that it stands for."""


def nested(part: Marked, words: Collection[str], file: str, faults: list[Fault]) -> Groups:
    """`group: [word or other group, …]`. Every fault at once; what is at fault reaches nothing."""
    reach = {word: frozenset({word}) for word in words}
    lines = {name: entry.line for name, entry in part.entries()}
    members: dict[str, list[str]] = {}
    for name, entry in part.entries():
        said = entry.plain()
        if name in words or not isinstance(said, list) or not said:
            message = f"group {name!r} must be a list of purposes under a name of its own"
            faults.append(Fault(file, entry.line, message))
            continue
        for member in said:
            if member not in words and member not in lines:
                faults.append(Fault(file, entry.line, unknown("purpose", str(member), [*words, *lines])))
        members[name] = [member for member in dict.fromkeys(said) if member in words or member in lines]
    try:
        order = [name for name in TopologicalSorter(members).static_order() if name in members]
    except CycleError as error:
        circle: list[str] = error.args[1]
        message = f"groups stand in one another in a circle: {' → '.join(circle)}"
        faults.append(Fault(file, max(lines[name] for name in circle), message))
        return Groups((), reach)
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = 1 + max((depth.get(member, 0) for member in members[name]), default=0)
        reach[name] = frozenset[str]().union(*(reach.get(member, frozenset()) for member in members[name]))
        if depth[name] > LONGEST_CHAIN:
            message = f"group {name!r} reaches over {depth[name]} links; at most {LONGEST_CHAIN} are reliable"
            faults.append(Fault(file, lines[name], message))
    return Groups(tuple((member, name) for name in members for member in members[name]), reach)
