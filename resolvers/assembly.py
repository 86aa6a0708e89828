"""Rows become the profile: treatments applied, figures computed, each answer at its response path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from exchange.catalogue import Catalogue, Item
from exchange.decision import Treatment
from exchange.dispute import Dispute
from exchange.person import PersonId
from exchange.records import Bad, Row, Unavailable, Value
from exchange.summary import Figure, Unusable
from exchange.treatment import Masker, apply, band_of, money
from resolvers.loading import Loaded
from resolvers.plan import Decisions, Plan, PlannedFigure, PlannedRecords
from resolvers.selection import Path, Selection


@dataclass(frozen=True, slots=True)
class Record:
    """One released row: item name → released value, and what follows the record."""

    values: Mapping[str, Value]
    department: str
    as_of: str | None
    dispute: Dispute | None


@dataclass(slots=True)
class Assembled:
    """The answers about one person, by response path below the person."""

    answers: dict[Path, Any] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    """Department → DELIVERED ABSENT WITHHELD NOT_CONSENTED UNAVAILABLE TIMEOUT DISPUTED."""
    as_of: dict[str, str | None] = field(default_factory=dict)
    faults: dict[Path, Bad] = field(default_factory=dict)
    """Where values did not fit the standard."""
    unavailable: dict[str, Unavailable] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every department that was asked answered, with values that fit the standard."""
        return not self.unavailable and not self.faults


@dataclass(frozen=True, slots=True)
class Assembler:
    catalogue: Catalogue
    decisions: Decisions
    masker: Masker

    def assemble(self, plan: Plan, selection: Selection, person: PersonId, loaded: Loaded) -> Assembled:
        done = Assembled()
        for path in selection.id_number:
            done.answers[path] = self._id_number(plan.id_number, person)
        for records in plan.records:
            done.answers[records.selected.path] = self._records(records, loaded, done)
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

    def _records(self, planned: PlannedRecords, loaded: Loaded, done: Assembled) -> list[Record] | Record | None:
        answer = loaded.answer(planned.slot)
        if isinstance(answer, Unavailable):
            return None
        assert isinstance(answer, tuple)
        record = planned.selected.record
        disputes = loaded.disputes.get(record.code, ())
        found = [
            self._record(planned, row, disputes[row.mark] if row.mark is not None else None, done) for row in answer
        ]
        return found if record.many else found[0] if found else None

    def _record(self, planned: PlannedRecords, row: Row, dispute: Dispute | None, done: Assembled) -> Record:
        values: dict[str, Value] = {}
        for item, value in zip(planned.columns, row.values, strict=True):
            released = apply(item, self.decisions[item.key].treatment, value, self.masker)
            if isinstance(released, Bad):
                self._fault(planned, item, released, done)
                released = None
            values[item.name] = released
        department = planned.selected.record.department
        return Record(values, department, row.as_of, dispute)

    def _fault(self, planned: PlannedRecords, item: Item, bad: Bad, done: Assembled) -> None:
        for key, selected in planned.selected.items:
            if selected is item:
                done.faults[(*planned.selected.path, key)] = bad

    def _figure(self, planned: PlannedFigure, loaded: Loaded, done: Assembled) -> Value:
        rows: dict[str, list[dict[str, Value]]] = {}
        for slot, keys in planned.slots:
            answer = loaded.answer(slot)
            if isinstance(answer, Unavailable):
                return None
            assert isinstance(answer, tuple)
            names = [key.split(".")[1] for key in keys]
            rows[keys[0].split(".")[0]] = [dict(zip(names, row.values, strict=True)) for row in answer]
        figure = planned.selected.figure
        try:
            return _released(figure, figure.compute(rows), planned.banded)
        except Unusable:
            done.faults[planned.selected.path] = Bad.VALUE
            return None

    def _states(self, plan: Plan, selection: Selection, loaded: Loaded, done: Assembled) -> None:
        shown: dict[str, list[Any]] = {}
        planned = [(p.slot, done.answers[p.selected.path]) for p in (*plan.records, *plan.exists)]
        planned += [(slot, loaded.answer(slot)) for figure in plan.figures for slot, _ in figure.slots]
        for slot, answer in planned:
            shown.setdefault(slot.department, []).append(answer)
        for department in sorted(selection.departments):
            outcome = loaded.outcomes.get(department)
            if department not in shown:
                done.states[department] = self._closed(selection, department)
            elif isinstance(outcome, Unavailable):
                _silent(done, department, outcome)
            elif loaded.standing.undecided is not None:
                done.states[department] = "UNAVAILABLE"
            else:
                done.states[department] = _state(shown[department])
                done.as_of[department] = _as_of(shown[department])
        for department, outcome in loaded.standing.silent.items():
            _silent(done, department, outcome)

    def _closed(self, selection: Selection, department: str) -> str:
        rules = {self.decisions[key].rule for key in selection.items if key.startswith(department)}
        return "NOT_CONSENTED" if rules == {"not-consented"} else "WITHHELD"


def _silent(done: Assembled, department: str, outcome: Unavailable) -> None:
    done.states[department] = "TIMEOUT" if outcome.why == "TIMEOUT" else "UNAVAILABLE"
    done.unavailable[department] = outcome


def _as_of(answers: list[Any]) -> str | None:
    """The latest day that this person's own rows are vouched for."""
    rows = [row for answer in answers for row in (answer if isinstance(answer, (list, tuple)) else [answer])]
    return max((row.as_of for row in rows if isinstance(row, (Record, Row)) and row.as_of), default=None)


def _state(answers: list[Any]) -> str:
    records: list[Record] = []
    found = False
    for answer in answers:
        many = answer if isinstance(answer, (list, tuple)) else [answer] if answer else []
        found = found or bool(many)
        records += [one for one in many if isinstance(one, Record)]
    if any(record.dispute for record in records):
        return "DISPUTED"
    return "DELIVERED" if found else "ABSENT"


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
