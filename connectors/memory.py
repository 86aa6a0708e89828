"""A department in memory: rows in words of the standard. The meaning of conditions said a second time, without SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any as Anything

from exchange.catalogue import Catalogue
from exchange.condition import All, Any, Compare, Condition, Given, KeyIn, Missing, Not, OneOf
from exchange.holding import Holding
from exchange.person import PersonId
from exchange.records import Answer, Bad, Conflict, Delivered, Findings, Givens, Outcome, Row, Value, Wanted

MemoryRow = Mapping[str, Value]
"""`person` (18 characters), `key`, `as_of`, and a value for each item or hidden attribute; absent = None."""

_MOST_ROWS = 2000


class Memory:
    """Of a record type of which a person has one, the first row given is the one."""

    def __init__(self, department: str, catalogue: Catalogue, rows: Mapping[str, Iterable[MemoryRow]]) -> None:
        self.department = department
        self._catalogue = catalogue
        self._rows = {record: tuple(each) for record, each in rows.items()}

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        answers = {person: tuple(self._answer(each, person, given) for each in wanted) for person in people}
        rows = [row for each in answers.values() for answer in each if isinstance(answer, Sequence) for row in answer]
        days = [row.as_of for row in rows if row.as_of]
        invalid = sum(value is Bad.VALUE for row in rows for value in row.values)
        return Delivered(answers, max(days, default=None), invalid)

    async def holdings(self, wishes: Mapping[str, tuple[str, ...]], deadline: float) -> Mapping[str, Holding]:
        """See `connectors.counting`."""
        found = {record: self._holding(record, items) for record, items in wishes.items()}
        return {record: Holding() if each.small else each for record, each in found.items()}

    def _holding(self, record: str, items: tuple[str, ...]) -> Holding:
        rows = self._rows.get(record, ())
        if not self._catalogue.records[record].many:
            rows = tuple({row["person"]: row for row in reversed(rows)}.values())
        filled = {item: sum(row.get(item) is not None for row in rows) for item in items}
        return Holding(len({row["person"] for row in rows}), len(rows), filled)

    async def check(self) -> Findings:
        return Findings(self.department, reachable=True)

    async def close(self) -> None:
        self._rows = {}

    def _answer(self, wanted: Wanted, person: PersonId, given: Givens) -> Answer:
        rows = [
            row
            for row in self._rows.get(wanted.record, ())
            if row["person"] == person.number and holds(wanted.rows, row, given)
        ]
        if wanted.exists:
            return bool(rows)
        many = self._catalogue.records[wanted.record].many
        rows = _ordered(rows, wanted.order) if many else rows[:1]
        first = _MOST_ROWS if wanted.first is None else min(wanted.first, _MOST_ROWS)
        return tuple(_row(wanted, row, given) for row in rows[:first])


def _ordered(rows: list[MemoryRow], order: str | None) -> list[MemoryRow]:
    """Newest first, rows without the date last, then by record key."""
    rows = sorted(rows, key=lambda row: str(row["key"]))
    if order is None:
        return rows
    dated = [row for row in rows if _comparable(row.get(order)) is not None]
    dated.sort(key=lambda row: str(row[order]), reverse=True)
    return dated + [row for row in rows if _comparable(row.get(order)) is None]


def _row(wanted: Wanted, row: MemoryRow, given: Givens) -> Row:
    values = tuple(row.get(each.item) if holds(each.when, row, given) else None for each in wanted.columns)
    marks = _texts(given[f"disputed:{wanted.record}"]) if wanted.marks else []
    mark = marks.index(str(row["key"])) if str(row["key"]) in marks else None
    as_of = row.get("as_of")
    return Row(values, as_of if isinstance(as_of, str) else None, mark)


def holds(condition: Condition, row: MemoryRow, given: Givens) -> bool:
    """Whether a condition holds for a row. A comparison with a missing value is false."""
    match condition:
        case All(parts):
            return all(holds(part, row, given) for part in parts)
        case Any(parts):
            return any(holds(part, row, given) for part in parts)
        case Not(inner):
            return not holds(inner, row, given)
        case Missing(item):
            return row.get(item) is None
        case KeyIn(keys):
            return str(row["key"]) in _texts(given[keys.name])
        case OneOf(item, values):
            own = _comparable(row.get(item))
            return own is not None and own in (_texts(given[values.name]) if isinstance(values, Given) else values)
        case Compare(item, operator, value):
            own = _comparable(row.get(item))
            other = _given(given[value.name], own) if isinstance(value, Given) else value
            if own is None or other is None:
                return False
            return own == other if operator == "=" else own <= other if operator == "<=" else own >= other


def _comparable(value: Value) -> str | None:
    if value is None or isinstance(value, (Bad, Conflict)):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _given(value: object, own: str | None) -> str | None:
    """A given day is compared with a month as a month."""
    if isinstance(value, date):
        return value.isoformat()[: len(own or "")]
    return None if value is None else str(value)


def _texts(values: Anything) -> list[str]:
    return [str(value) for value in values or ()]
