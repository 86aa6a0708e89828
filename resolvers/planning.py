"""Plan once: what document, role, purpose and the shape of the ground decide is kept for the next ask like it.

INVARIANT: nothing of a person in a key or a value, and two requesters share a plan only where every decision in it
would be the same: role, purpose, coverage, and all of the ground that a decision can depend on are in its key.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    Node,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.values import VariableValues

from exchange.catalogue import Catalogue
from exchange.consent import Ground
from exchange.decision import Decision, Treatment
from exchange.narrowing import narrowed
from exchange.purpose import Purpose
from policies.engine import Engine
from resolvers.partners import tells_of_two
from resolvers.plan import Decisions, Plan, plan_of
from resolvers.selection import Path, Selection, selection_of
from resolvers.withheld import Withheld, as_json, withheld_of
from resolvers.writing import Writers

MOST = 256
"""Selections, and plans, that are kept; those used last."""
_ID_LIKE = re.compile(r"\d{15}")
_SOMEBODY = "second person"
"""Stands for whoever the second person is: what is opened depends on whether there is one."""

if TYPE_CHECKING:
    from resolvers.completing import Program

Key: TypeAlias = tuple[Hashable, ...]
Kept = TypeVar("Kept")


@dataclass
class Read:
    """One selection, and what completes its answers."""

    selection: Selection
    key: Key | None
    """Under which it is kept; None where it is not."""
    again: bool = False
    """Whether it was read for an ask before."""
    program: Program | None = None
    compiled: bool = False
    of_two: str | None = None
    """An item that tells of a second person."""


@dataclass(frozen=True)
class Prepared:
    """All of an ask that is the same for everybody about whom it is asked."""

    selection: Selection
    decisions: Decisions
    plan: Plan
    denied: tuple[Withheld, ...]
    """By path below the person."""
    writers: Writers = field(default_factory=Writers, compare=False)

    @cached_property
    def asked(self) -> Mapping[str, Decision]:
        """What the disclosure says was decided; nobody can change it, so the log puts it into bytes once."""
        selection = self.selection
        asked = {key: self.decisions[key] for key in sorted(selection.items)}
        bare = [selected for selected in selection.records if not selected.items]
        for selected in (*selection.exists, *bare):
            # Without an item, what leaves is that a record is there: under the strongest decision of its type.
            best = [self.decisions[item.key] for item in selected.record.items.values()]
            asked[selected.record.code] = min(best, key=lambda d: list(Treatment).index(d.treatment))
        return MappingProxyType(asked)

    @cached_property
    def treatments(self) -> Mapping[str, Treatment]:
        return {key: self.decisions[key].treatment for key in sorted(self.selection.items)}

    @cached_property
    def _said(self) -> tuple[Mapping[str, object], ...]:
        return tuple(map(as_json, self.denied))

    def withheld(self, root: Path) -> tuple[Withheld, ...]:
        """One entry for each withheld selection, in the order of the query."""
        above = ".".join(root)
        return tuple(replace(entry, selection=f"{above}.{entry.selection}") for entry in self.denied)

    def withheld_as_json(self, root: Path) -> list[Mapping[str, object]]:
        above = ".".join(root)
        return [{**said, "selection": f"{above}.{said['selection']}"} for said in self._said]


class Plans:
    """What was planned, of the policies in force. A new revision empties it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._engine: Engine | None = None
        self._steering: OrderedDict[Key, tuple[str, ...]] = OrderedDict()
        self._read: OrderedDict[Key, Read] = OrderedDict()
        self._prepared: OrderedDict[Key, Prepared] = OrderedDict()
        self.reads = 0
        """Selections that had to be read."""
        self.built = 0
        """Plans that had to be built."""

    def __len__(self) -> int:
        return len(self._prepared)

    def forget(self) -> None:
        self._steering.clear()
        self._read.clear()
        self._prepared.clear()

    def read(self, catalogue: Catalogue, info: GraphQLResolveInfo, document: str) -> Read:
        """What the query asks below a `Person` field. `document`: its keyed digest. Raises FirstInvalid, DayInvalid."""
        key = self._selection_key(document, info.field_nodes, info.fragments, info.variable_values.coerced)
        if key is not None and (found := self._get(self._read, key)) is not None:
            found.again = True
            return found
        self.reads += 1
        selection = selection_of(catalogue, info)
        read = Read(selection, key, of_two=tells_of_two(catalogue, selection))
        if key is not None:
            self._keep(self._read, key, read)
        return read

    def known(self, document: str, node: FieldNode, values: VariableValues) -> Read | None:
        """What `read` would give for this field, where it was read before."""
        key = self._selection_key(document, [node], None, values.coerced)
        return None if key is None else self._get(self._read, key)

    def prepared(
        self,
        catalogue: Catalogue,
        engine: Engine,
        role: str,
        purpose: Purpose,
        shape: Ground,
        read: Read,
        limited: bool,
    ) -> Prepared:
        """The decisions and the plan. `shape`: of the ground, from `shape_of`. `limited`: whether coverage is limited
        to some districts.

        Raises SinceNotPermitted.
        """
        if engine is not self._engine:
            self._prepared.clear()
            self._engine = engine
        # The days of a consent are one person's; such an ask is planned anew.
        dated = shape.since is not None or shape.until is not None
        key = None if read.key is None or dated else (read.key, role, purpose.code, shape, limited)
        if key is not None and (found := self._get(self._prepared, key)) is not None:
            return found
        self.built += 1
        decisions = narrowed(engine.decide(role, purpose.code, shape), catalogue, shape)
        plan = plan_of(catalogue, engine, purpose, read.selection, decisions, limited, shape)
        denied = withheld_of(engine, role, purpose.code, shape, plan.denied, ())
        made = Prepared(read.selection, decisions, plan, denied)
        if key is not None:
            self._keep(self._prepared, key, made)
        return made

    def _selection_key(
        self,
        document: str,
        nodes: Sequence[FieldNode],
        fragments: Mapping[str, FragmentDefinitionNode] | None,
        coerced: Mapping[str, Any],
    ) -> Key | None:
        """The document, where in it the field stands, and every variable that steers what is below it.

        Without `fragments` only a field that was met before has one.
        """
        places = tuple(node.loc.start for node in nodes if node.loc)
        if len(places) < len(nodes):
            return None
        place: Key = (document, *places)
        names = self._get(self._steering, place)
        if names is None:
            if fragments is None:
                return None
            if nodes[0].loc and _ID_LIKE.search(nodes[0].loc.source.body):
                return None  # a document may say whom it is about, even in its aliases
            names = tuple(sorted(_variables(nodes, fragments)))
            self._keep(self._steering, place, names)
        key: Key = (place, *((name, name in coerced, coerced.get(name)) for name in names))
        try:
            hash(key)
        except TypeError:
            return None
        return key

    def _get(self, kept: OrderedDict[Key, Kept], key: Key) -> Kept | None:
        found = kept.get(key)
        if found is not None:
            kept.move_to_end(key)
        return found

    def _keep(self, kept: OrderedDict[Key, Kept], key: Key, value: Kept) -> None:
        kept[key] = value
        if len(kept) > self._most:
            kept.popitem(last=False)


def shape_of(ground: Ground) -> Ground:
    """All of a ground that a decision can depend on, and nothing that names a consent or a person."""
    partner = None if ground.partner is None else _SOMEBODY
    return Ground(
        ground.kind,
        items=ground.items,
        written_items=ground.written_items,
        since=ground.since,
        until=ground.until,
        partner=partner,
    )


def _variables(nodes: Iterable[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]) -> frozenset[str]:
    """Names of the variables below these fields; what only their own arguments say steers nothing below."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting: list[SelectionSetNode] = [node.selection_set for node in nodes if node.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            arguments = selection.arguments if isinstance(selection, FieldNode) else ()
            for node in (*(selection.directives or ()), *(arguments or ())):
                found.update(_named(node))
            if isinstance(selection, (FieldNode, InlineFragmentNode)):
                waiting += [selection.selection_set] if selection.selection_set else []
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                waiting.append(fragments[selection.name.value].selection_set)
    return frozenset(found)


def _named(node: Node) -> Iterator[str]:
    if isinstance(node, VariableNode):
        yield node.name.value
    for name in node.keys:
        below = getattr(node, name, None)
        for each in below if isinstance(below, (list, tuple)) else (below,):
            if isinstance(each, Node):
                yield from _named(each)
