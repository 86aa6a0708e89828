"""Rows become the profile: treatments applied, figures computed, each answer at its response path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from exchange.catalogue import Catalogue, Item
from exchange.decision import Treatment
from exchange.dispute import Dispute
from exchange.narrowing import NOT_CONSENTED
from exchange.person import PersonId
from exchange.records import Bad, Conflict, Held, Part, Row, Rows, Unavailable, Value, Write
from exchange.summary import Figure, Unusable
from exchange.treatment import Masker, apply, band_of, money
from resolvers.loading import Loaded
from resolvers.plan import Decisions, Plan, PlannedFigure, PlannedRecords, Shown
from resolvers.selection import Path, Selection
from resolvers.writing import Written, writer

if TYPE_CHECKING:
    from resolvers.completing import Program
    from resolvers.planning import Prepared


@dataclass(slots=True)
class Record:
    """One released row: item name → released value, and what follows the record."""

    values: Mapping[str, Value]
    department: str
    as_of: str | None
    dispute: Dispute | None
    sources: tuple[str, ...] = ()
    days: Mapping[str, str | None] = field(default_factory=dict)
    """Source → the day for which it vouches itself."""
    conflicting: bool = False


@dataclass(frozen=True, slots=True)
class Differing:
    """An item of which a department holds several values, as the requester may see them."""

    path: Path
    item: str
    held: tuple[Held, ...]


@dataclass(slots=True)
class Assembled:
    """The answers about one person, by response path below the person."""

    answers: dict[Path, Any] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    """Department, or `HRS.pension` for one of its sources → DELIVERED ABSENT WITHHELD NOT_CONSENTED UNAVAILABLE TIMEOUT
    STALE CONFLICT DISPUTED."""
    as_of: dict[str, str | None] = field(default_factory=dict)
    faults: dict[Path, str] = field(default_factory=dict)
    """Where values did not fit the standard, or did not agree: the code."""
    conflicts: list[Differing] = field(default_factory=list)
    unavailable: dict[str, Unavailable] = field(default_factory=dict)
    """Keys as in `states`."""
    unanswered: dict[str, list[Path]] = field(default_factory=dict)
    """For a source of several: what it left unanswered."""

    @property
    def complete(self) -> bool:
        """Whether every department that was asked answered, with values that fit the standard."""
        return not self.unavailable and not self.faults


_NONE, _NOTHING = Written((), None), Written(None, None)


@dataclass(frozen=True, slots=True)
class Assembler:
    catalogue: Catalogue
    decisions: Decisions
    masker: Masker
    today: date
    writers: Mapping[int, Write] = field(default_factory=dict)
    """By place of the records in the plan: what writes them as they leave."""

    def writing(self, prepared: Prepared, program: Program | None) -> Assembler:
        """The same, but that rows are written as they leave wherever the program lets them."""
        if program is None:
            return self
        return replace(self, writers=prepared.writers.of(self.masker, lambda: self._writers(prepared.plan, program)))

    def _writers(self, plan: Plan, program: Program) -> Mapping[int, Write]:
        found = {}
        for place, planned in enumerate(plan.records):
            told = program.rows.get(planned.selected.path)
            if told and (write := writer(told, planned.columns, self.decisions, self.masker)) is not None:
                found[place] = write
        return found

    def assemble(self, plan: Plan, selection: Selection, person: PersonId, loaded: Loaded) -> Assembled:
        done = Assembled()
        for path in selection.id_number:
            done.answers[path] = self._id_number(plan.id_number, person)
        for place, records in enumerate(plan.records):
            done.answers[records.selected.path] = self._records(records, loaded, done, self.writers.get(place))
        for exists in plan.exists:
            answer = loaded.answer(exists.slot)
            done.answers[exists.selected.path] = None if isinstance(answer, Unavailable) else answer
        for figure in plan.figures:
            done.answers[figure.selected.path] = self._figure(figure, loaded, done)
        self._states(plan, selection, loaded, done)
        return done

    def _id_number(self, treatment: Treatment, person: PersonId) -> str | None:
        """From the ask itself, so the same for somebody and nobody."""
        item = self.catalogue.items["PSB01.id_number"]
        value = apply(item, treatment, person.number, self.masker) if treatment.released else None
        return value if isinstance(value, str) else None

    def _records(
        self, planned: PlannedRecords, loaded: Loaded, done: Assembled, write: Write | None
    ) -> list[Record] | Record | Written | None:
        answer = loaded.answer(planned.slot)
        record = planned.selected.record
        if write is not None:
            if type(answer) is Rows and (written := answer.written(write)) is not None:
                return Written(written if record.many else written[0], answer)
            if type(answer) is tuple and not answer:
                return _NONE if record.many else _NOTHING
        if isinstance(answer, Unavailable):
            return None
        assert not isinstance(answer, bool)
        disputes = loaded.disputes.get(record.code, ())
        found = [
            self._record(planned, place, row, disputes[row.mark] if row.mark is not None else None, done)
            for place, row in enumerate(answer)
        ]
        return found if record.many else found[0] if found else None

    def _record(
        self, planned: PlannedRecords, place: int, row: Row, dispute: Dispute | None, done: Assembled
    ) -> Record:
        values: dict[str, Value] = {}
        conflicting = False
        for item, value in zip(planned.columns, row.values, strict=True):
            released = self._released(item, value)
            if isinstance(released, (Bad, Conflict)):
                self._fault(planned, place, item, released, done)
                conflicting = conflicting or isinstance(released, Conflict)
                released = None
            values[item.name] = released
        department = planned.selected.record.department
        days = {source: row.vouched(source) for source in row.sources}
        return Record(values, department, row.as_of, dispute, row.sources, days, conflicting)

    def _released(self, item: Item, value: Value) -> Value:
        """Values that differ are treated each for itself; what is one after that is no conflict for this requester."""
        treatment = self.decisions[item.key].treatment
        if not isinstance(value, Conflict):
            return apply(item, treatment, value, self.masker)
        held = tuple(replace(each, value=apply(item, treatment, each.value, self.masker)) for each in value.held)
        if bad := next((each.value for each in held if isinstance(each.value, Bad)), None):
            return bad
        return held[0].value if len({each.value for each in held}) == 1 else Conflict(held)

    def _fault(self, planned: PlannedRecords, place: int, item: Item, what: Bad | Conflict, done: Assembled) -> None:
        row = (str(place),) if planned.selected.record.many else ()
        for key, selected in planned.selected.items:
            if selected is item:
                code = what.value if isinstance(what, Bad) else what.code
                done.faults[(*planned.selected.path, key)] = code
                if isinstance(what, Conflict):
                    path = (*planned.selected.path, *row, key)
                    done.conflicts.append(Differing(path, item.key, what.held))

    def _figure(self, planned: PlannedFigure, loaded: Loaded, done: Assembled) -> Value:
        rows: dict[str, list[dict[str, Value]]] = {}
        for slot, keys in planned.slots:
            answer = loaded.answer(slot)
            if isinstance(answer, Unavailable):
                return None
            assert not isinstance(answer, bool)
            names = [key.split(".")[1] for key in keys]
            rows[keys[0].split(".")[0]] = [dict(zip(names, row.values, strict=True)) for row in answer]
        figure = planned.selected.figure
        try:
            return _released(figure, figure.compute(rows), planned.banded)
        except Unusable as unusable:
            done.faults[planned.selected.path] = unusable.code
            return None

    def _states(self, plan: Plan, selection: Selection, loaded: Loaded, done: Assembled) -> None:
        for department in sorted(selection.departments):
            outcome = loaded.outcomes.get(department)
            if (shown := plan.shown.get(department)) is None:
                done.states[department] = self._closed(selection, department)
            elif isinstance(outcome, Unavailable):
                _silent(done, department, outcome)
            elif loaded.standing.undecided is not None:
                done.states[department] = "UNAVAILABLE"
            elif outcome is None or not outcome.parts:
                self._state(department, shown, None, loaded, done)
            else:
                self._parts(department, shown, outcome.parts, loaded, done)
        for department, outcome in loaded.standing.silent.items():
            _silent(done, department, outcome)

    def _parts(
        self, department: str, shown: Sequence[Shown], parts: Sequence[Part], loaded: Loaded, done: Assembled
    ) -> None:
        asked = False
        for part in parts:
            mine = [one for one in shown if one.slot.place in part.places]
            asked = asked or bool(mine)
            name = f"{department}.{part.source}" if part.source else department
            if mine and part.unavailable is not None:
                _silent(done, name, part.unavailable)
                done.unanswered[name] = list(dict.fromkeys(one.path for one in mine))
            elif mine:
                self._state(name, mine, part, loaded, done)
        if not asked:
            self._state(department, shown, None, loaded, done)  # of what it does not hold

    def _state(self, name: str, shown: Sequence[Shown], part: Part | None, loaded: Loaded, done: Assembled) -> None:
        answers: list[Any] = [loaded.answer(one.slot) if one.figure else done.answers[one.path] for one in shown]
        if (part is None or not part.source) and set(map(type, answers)) == {Written}:
            self._plain(name, [answer.rows for answer in answers if answer.rows is not None], part, done)
            return
        records = [one for answer in answers for one in _many(answer) if _tells(part, one)]
        as_of = done.as_of[name] = _as_of(records, part)
        stale_after = part.stale_after if part else None
        if any(isinstance(one, Record) and one.conflicting for one in records) or any(
            done.faults.get(one.path) == Conflict.code and _differ(answer, part)
            for one, answer in zip(shown, answers, strict=True)
        ):
            done.states[name] = "CONFLICT"
        elif any(map(_disputed, records)):
            done.states[name] = "DISPUTED"
        elif stale_after is not None and as_of and (self.today - date.fromisoformat(as_of)).days > stale_after:
            done.states[name] = "STALE"
        else:
            done.states[name] = "DELIVERED" if records else "ABSENT"

    def _plain(self, name: str, told: Sequence[Rows], part: Part | None, done: Assembled) -> None:
        """The same of rows that one source tells and that hold values alone: each answer says it of all its rows."""
        as_of = done.as_of[name] = max((answer.as_of for answer in told if answer.as_of), default=None)
        stale_after = part.stale_after if part else None
        if any(answer.marked for answer in told):
            done.states[name] = "DISPUTED"
        elif stale_after is not None and as_of and (self.today - date.fromisoformat(as_of)).days > stale_after:
            done.states[name] = "STALE"
        else:
            done.states[name] = "DELIVERED" if told else "ABSENT"

    def _closed(self, selection: Selection, department: str) -> str:
        rules = {self.decisions[key].rule for key in selection.items if key.startswith(department)}
        return "NOT_CONSENTED" if rules and rules <= NOT_CONSENTED else "WITHHELD"


def _silent(done: Assembled, department: str, outcome: Unavailable) -> None:
    done.states[department] = "TIMEOUT" if outcome.why == "TIMEOUT" else "UNAVAILABLE"
    done.unavailable[department] = outcome


def _many(answer: Any) -> Sequence[Any]:
    """What counts as found."""
    if isinstance(answer, Unavailable):
        return ()
    if type(answer) is Written:
        return answer.rows or ()
    return answer if isinstance(answer, (list, tuple, Rows)) else [answer] if answer else []


def _disputed(found: Any) -> bool:
    """Rows under figures are not asked for their marks."""
    return found.dispute is not None if isinstance(found, Record) else isinstance(found, Row) and found.mark is not None


def _tells(part: Part | None, found: Any) -> bool:
    """Whether this source is among those that tell a record; rows of an only source name none."""
    if part is None or not isinstance(found, (Record, Row)) or not found.sources:
        return True
    return part.source in found.sources


def _differ(answer: Any, part: Part | None) -> bool:
    """Whether rows that this source tells hold what made a figure unusable."""
    rows = [one for one in _many(answer) if isinstance(one, Row) and _tells(part, one)]
    return any(isinstance(value, Conflict) for row in rows for value in row.values)


def _as_of(found: Sequence[Any], part: Part | None) -> str | None:
    """The latest day for which this source vouches for this person's own rows."""
    return max(filter(None, (_day(one, part) for one in found if isinstance(one, (Record, Row)))), default=None)


def _day(one: Record | Row, part: Part | None) -> str | None:
    if part is None or not one.sources:
        return one.as_of
    return one.vouched(part.source) if isinstance(one, Row) else one.days.get(part.source)


def _released(figure: Figure, value: Decimal | int | str | bool | None, banded: bool) -> Value:
    if value is None or isinstance(value, (str, bool)):
        return value
    if banded:
        band = band_of("amount" if figure.kind == "money" else "count", Decimal(value))
        return None if isinstance(band, Bad) else band
    if figure.kind == "money":
        text = money(Decimal(value), 2)
        return None if isinstance(text, Bad) else text
    return str(value)
