"""Decide, then plan: from a selection and its decisions to what each department is asked, and what is withheld.

Depends on role, purpose, ground and document alone, never on a person or on data: the same plan serves everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from exchange.catalogue import Catalogue, Item, RecordType
from exchange.condition import ALWAYS, NEVER, All, Any, Compare, Comparison, Condition, Given, OneOf
from exchange.consent import NO_GROUND, Ground
from exchange.decision import Decision, Treatment
from exchange.purpose import Purpose
from exchange.records import Column, Wanted
from exchange.refusals import SinceNotPermitted
from policies.engine import Engine
from resolvers.selection import Path, SelectedExists, SelectedFigure, SelectedRecords, Selection

Decisions: TypeAlias = Mapping[str, Decision]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an answer will be found: the place in a department's tuple of Wanted."""

    department: str
    place: int


@dataclass(frozen=True, slots=True)
class PlannedRecords:
    selected: SelectedRecords
    slot: Slot
    columns: tuple[Item, ...]
    """In the order of the slot's columns."""


@dataclass(frozen=True, slots=True)
class PlannedExists:
    selected: SelectedExists
    slot: Slot


@dataclass(frozen=True, slots=True)
class PlannedFigure:
    selected: SelectedFigure
    banded: bool
    slots: tuple[tuple[Slot, tuple[str, ...]], ...]
    """(slot, item keys in the order of its columns)."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What must be true, or not true, of a person at a department for the ask to be about anybody at all."""

    name: str
    slots: tuple[Slot, ...]
    expected: bool
    """Whether some slot must answer yes (True) or none may (False)."""


@dataclass(frozen=True, slots=True)
class Denied:
    """One selection that is withheld, and the decision that withholds it."""

    path: Path
    item: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer that may be told: where it will be found, and where it stands."""

    slot: Slot
    path: Path
    figure: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    wanted: Mapping[str, tuple[Wanted, ...]]
    """By department."""
    records: tuple[PlannedRecords, ...]
    exists: tuple[PlannedExists, ...]
    figures: tuple[PlannedFigure, ...]
    probes: tuple[Probe, ...]
    denied: tuple[Denied, ...]
    id_number: Treatment
    since: Mapping[str, str]
    """Given name → day, for the arguments `since` and the range of the consent."""
    shown: Mapping[str, tuple[Shown, ...]] = field(init=False, repr=False, compare=False)
    """By department; probes are not told."""

    def __post_init__(self) -> None:
        told = [Shown(planned.slot, planned.selected.path) for planned in (*self.records, *self.exists)]
        told += [Shown(slot, figure.selected.path, True) for figure in self.figures for slot, _ in figure.slots]
        shown: dict[str, tuple[Shown, ...]] = {}
        for one in told:
            shown[one.slot.department] = (*shown.get(one.slot.department, ()), one)
        object.__setattr__(self, "shown", shown)


class _Planner:
    def __init__(
        self, catalogue: Catalogue, engine: Engine, purpose: Purpose, decisions: Decisions, ground: Ground
    ) -> None:
        self.catalogue = catalogue
        self.ground = ground
        self.engine = engine
        self.purpose = purpose
        self.decisions = decisions
        self.wanted: dict[str, list[Wanted]] = {}
        self.denied: list[Denied] = []
        self.since: dict[str, str] = {}

    def slot(self, wanted: Wanted) -> Slot:
        department = self.catalogue.records[wanted.record].department
        asked = self.wanted.setdefault(department, [])
        if wanted not in asked:
            asked.append(wanted)
        return Slot(department, asked.index(wanted))

    def deny(self, path: Path, key: str, decision: Decision) -> None:
        self.denied.append(Denied(path, key, decision))

    def of(self, record: RecordType) -> list[tuple[Item, Decision]]:
        return [(item, self.decisions[item.key]) for item in record.items.values()]

    def rows(self, record: RecordType, decisions: Iterable[Decision], *more: Condition) -> Condition:
        """Rows that some of the decisions open, as far as the clocks let them leave."""
        opened = {decision.rows for decision in decisions}
        parts = [self.engine.rows(names, record.code) for names in sorted(opened, key=sorted)]
        open_rows = ALWAYS if ALWAYS in parts else Any(tuple(parts)) if len(parts) > 1 else parts[0]
        kept = ALWAYS if self.purpose.sees_expired else record.retention.kept()
        conditions = tuple(part for part in (open_rows, kept, *self.dated(record), *more) if part != ALWAYS)
        return All(conditions) if conditions else ALWAYS

    def dated(self, record: RecordType) -> tuple[Condition, ...]:
        """The rows within the days that the consent names. A type without a date has no such row."""
        bounds: tuple[tuple[str, Comparison, date | None], ...] = (
            ("consent:from", ">=", self.ground.since),
            ("consent:to", "<=", self.ground.until),
        )
        conditions: list[Condition] = []
        for name, operator, day in bounds:
            if day is not None:
                self.since[name] = day.isoformat()
                conditions.append(Compare(record.since, operator, Given(name)) if record.since else NEVER)
        return tuple(conditions)

    def column(self, record: RecordType, item: Item, decision: Decision, rows: Iterable[frozenset[str]]) -> Column:
        """The item, read only from rows in which it may leave."""
        narrower = ALWAYS if set(rows) == {decision.rows} else self.engine.rows(decision.rows, record.code)
        clock = ALWAYS if self.purpose.sees_expired else record.retention.shown(item.name, item.negative)
        parts = tuple(part for part in (narrower, clock) if part != ALWAYS)
        return Column(item.name, parts[0] if len(parts) == 1 else All(parts) if parts else ALWAYS)

    def records(self, selected: SelectedRecords) -> PlannedRecords | None:
        record = selected.record
        released = [(item, d) for item, d in self.of(record) if d.treatment.released]
        more: tuple[Condition, ...] = ()
        if selected.since is not None:
            assert record.since
            if self.decisions[f"{record.code}.{record.since}"].treatment is not Treatment.FULL:
                raise SinceNotPermitted()
            name = f"since:{selected.since}"
            self.since[name] = selected.since
            more = (Compare(record.since, ">=", Given(name)),)
        open_keys = {item.key for item, _ in released}
        for key, item in selected.items:
            if item.key not in open_keys:
                self.deny((*selected.path, key), item.key, self.decisions[item.key])
        wanted_items = {item.key for _, item in selected.items} & open_keys
        if selected.items and not wanted_items:
            return None
        if not released:
            self.deny(selected.path, record.code, self.of(record)[0][1])
            return None
        shown = [(item, d) for item, d in released if item.key in wanted_items] or released
        row_sets = [d.rows for _, d in shown]
        columns = tuple(item for item, _ in shown) if wanted_items else ()
        ordered = record.since and self.decisions[f"{record.code}.{record.since}"].treatment is Treatment.FULL
        slot = self.slot(
            Wanted(
                record.code,
                tuple(self.column(record, item, self.decisions[item.key], row_sets) for item in columns),
                self.rows(record, [d for _, d in shown], *more),
                order=record.since if ordered else None,
                first=selected.first,
                marks=True,
            )
        )
        return PlannedRecords(selected, slot, columns)

    def exists(self, selected: SelectedExists) -> PlannedExists | None:
        opened = [d for _, d in self.of(selected.record) if d.treatment is not Treatment.WITHHELD]
        if not opened:
            self.deny(selected.path, selected.record.code, self.of(selected.record)[0][1])
            return None
        wanted = Wanted(selected.record.code, rows=self.rows(selected.record, opened), exists=True)
        return PlannedExists(selected, self.slot(wanted))

    def figure(self, selected: SelectedFigure) -> PlannedFigure | None:
        figure = selected.figure
        decisions = {key: self.decisions[key] for key in figure.inputs}
        closed = [key for key, d in decisions.items() if not d.treatment.released or d.treatment is Treatment.MASKED]
        banded = any(d.treatment is Treatment.BANDED for d in decisions.values())
        if not closed and banded and figure.kind in ("code", "boolean"):
            closed = [key for key, d in decisions.items() if d.treatment is Treatment.BANDED]
        if closed:
            self.deny(selected.path, closed[0], decisions[closed[0]])
            return None
        by_record: dict[str, list[str]] = {}
        for key in figure.inputs:
            by_record.setdefault(key.split(".")[0], []).append(key)
        slots = []
        for code, keys in by_record.items():
            record = self.catalogue.records[code]
            row_sets = [decisions[key].rows for key in keys]
            columns = tuple(self.column(record, self.catalogue.items[key], decisions[key], row_sets) for key in keys)
            rows = self.rows(record, [decisions[key] for key in keys])
            slots.append((self.slot(Wanted(code, columns, rows)), tuple(keys)))
        return PlannedFigure(selected, banded, tuple(slots))

    def probes(self, districts: bool) -> tuple[Probe, ...]:
        probes: list[Probe] = []
        if self.purpose.alive:
            dead = Wanted("PSB02", rows=OneOf("registration_status", ("4",)), exists=True)
            probes.append(Probe("alive", (self.slot(dead),), expected=False))
        if self.purpose.covered and districts:
            inside = Wanted("PSB02", rows=OneOf("registered_division_code", Given("districts")), exists=True)
            probes.append(Probe("covered", (self.slot(inside),), expected=True))
        if self.purpose.relation:
            relation = self.engine.relation(self.purpose.relation)
            slots = tuple(self.slot(Wanted(code, rows=condition, exists=True)) for code, condition in relation.items())
            probes.append(Probe("relation", slots, expected=True))
        return tuple(probes)


def plan_of(
    catalogue: Catalogue,
    engine: Engine,
    purpose: Purpose,
    selection: Selection,
    decisions: Decisions,
    districts: bool,
    ground: Ground = NO_GROUND,
) -> Plan:
    """The plan of one selection under these decisions. `districts`: whether coverage is limited to some districts.
    `ground`: what they rest on; the dates of a consent become conditions on every row that is read.

    Raises SinceNotPermitted.
    """
    planner = _Planner(catalogue, engine, purpose, decisions, ground)
    records = tuple(filter(None, map(planner.records, selection.records)))
    exists = tuple(filter(None, map(planner.exists, selection.exists)))
    figures = tuple(filter(None, map(planner.figure, selection.figures)))
    id_number = decisions["PSB01.id_number"]
    if not id_number.treatment.released:
        for path in selection.id_number:
            planner.deny(path, "PSB01.id_number", id_number)
    probes = planner.probes(districts) if planner.wanted else ()
    return Plan(
        {department: tuple(wanted) for department, wanted in planner.wanted.items()},
        records,
        exists,
        figures,
        probes,
        tuple(planner.denied),
        id_number.treatment,
        planner.since,
    )
