"""A department over its sources: each question goes to the sources that hold it, and their rows become one view.

INVARIANT: where sources differ about the same fact, no value is chosen; and where one that holds a question does not
answer, that question is Unavailable: what is left would pass for the whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from secrets import token_hex

from connectors.contract import Connector
from connectors.place import SourcePlace
from connectors.sql.statement import MOST_ROWS, SALT
from exchange.catalogue import Catalogue
from exchange.person import PersonId
from exchange.records import (
    Answer,
    Bad,
    Column,
    Conflict,
    Delivered,
    Findings,
    Givens,
    Held,
    Outcome,
    Part,
    Row,
    Unavailable,
    Value,
    Wanted,
)


class Merged:
    """One department. With a single source it only says when that one is stale."""

    def __init__(self, department: str, catalogue: Catalogue, sources: Sequence[tuple[SourcePlace, Connector]]) -> None:
        self.department = department
        self._catalogue = catalogue
        self._sources = tuple(sources)

    async def fetch(
        self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float
    ) -> Outcome:
        if len(self._sources) == 1:
            place, connector = self._sources[0]
            outcome = await connector.fetch(wanted, people, given, deadline)
            if isinstance(outcome, Unavailable) or place.stale_after is None:
                return outcome
            whole = Part("", frozenset(range(len(wanted))), stale_after=place.stale_after)
            return replace(outcome, parts=(whole,))
        asked = [
            _Asked(place, connector, places)
            for place, connector in self._sources
            if (places := tuple(n for n, each in enumerate(wanted) if each.record in place.records))
        ]
        salted = {**given, SALT: token_hex(16)}
        await asyncio.gather(*(each.ask(self._sent(wanted), people, salted, deadline) for each in asked))
        if asked and all(isinstance(each.outcome, Unavailable) for each in asked):
            return asked[0].outcome
        delivered = [each.outcome for each in asked if isinstance(each.outcome, Delivered)]
        return Delivered(
            {person: tuple(self._answer(n, each, person, asked) for n, each in enumerate(wanted)) for person in people},
            max((each.as_of for each in delivered if each.as_of), default=None),
            sum(each.invalid for each in delivered),
            tuple(each.part for each in asked),
        )

    async def check(self) -> Findings:
        found = await asyncio.gather(*(connector.check() for _, connector in self._sources))
        faults = tuple(fault for each in found for fault in each.faults)
        return Findings(self.department, all(each.reachable for each in found), faults)

    async def close(self) -> None:
        await asyncio.gather(*(connector.close() for _, connector in self._sources))

    def _sent(self, wanted: tuple[Wanted, ...]) -> tuple[Wanted, ...]:
        return tuple(self._whole(each) if self._merges(each) else each for each in wanted)

    def _merges(self, question: Wanted) -> bool:
        return not question.exists and sum(question.record in place.records for place, _ in self._sources) > 1

    def _whole(self, question: Wanted) -> Wanted:
        """Without a limit, since rows are counted after they were merged; with the day by which they are ordered, which
        the requester may read in full whether or not it was asked for."""
        order = () if question.order is None or _at(question, question.order) is not None else (question.order,)
        return replace(question, columns=(*question.columns, *map(Column, order)), first=None)

    def _answer(self, place: int, question: Wanted, person: PersonId, asked: Sequence[_Asked]) -> Answer:
        holders = [each for each in asked if place in each.places]
        answers = [each.answer(place, person) for each in holders]
        if question.exists and any(answer is True for answer in answers):
            return True
        for answer in answers:
            if isinstance(answer, Unavailable):
                return answer
        if question.exists:
            return False
        rows = [
            (holder.source, replace(row, sources=(holder.source.name,), days=(row.as_of,)))
            for holder, answer in zip(holders, answers, strict=True)
            for row in (() if isinstance(answer, (bool, Unavailable)) else answer)
        ]
        if not self._merges(question):
            return tuple(row for _, row in rows)
        return self._one_view(question, rows)

    def _one_view(self, question: Wanted, rows: Sequence[tuple[SourcePlace, Row]]) -> tuple[Row, ...]:
        sent = self._whole(question)
        many = self._catalogue.records[question.record].many
        facts: dict[object, list[tuple[SourcePlace, Row]]] = {}
        for source, row in rows:
            facts.setdefault((row.identity or object()) if many else "", []).append((source, row))
        found = [_one(sent, each) for each in facts.values()]
        if question.order is not None:
            at = _at(sent, question.order)
            assert at is not None
            found.sort(key=lambda row: _day(row.values[at]), reverse=True)
        most = MOST_ROWS if question.first is None else min(question.first, MOST_ROWS)
        return tuple(replace(row, values=row.values[: len(question.columns)]) for row in found[:most])


class _Asked:
    """One source with the questions that it holds, and what it answered."""

    def __init__(self, source: SourcePlace, connector: Connector, places: tuple[int, ...]) -> None:
        self.source = source
        self.places = places
        self.outcome: Outcome
        self._connector = connector

    async def ask(self, wanted: tuple[Wanted, ...], people: Sequence[PersonId], given: Givens, deadline: float) -> None:
        own = tuple(wanted[place] for place in self.places)
        self.outcome = await self._connector.fetch(own, people, given, deadline)

    def answer(self, place: int, person: PersonId) -> Answer:
        if isinstance(self.outcome, Unavailable):
            return self.outcome
        return self.outcome.answers[person][self.places.index(place)]

    @property
    def part(self) -> Part:
        unavailable = self.outcome if isinstance(self.outcome, Unavailable) else None
        return Part(self.source.name, frozenset(self.places), unavailable, self.source.stale_after)


def _one(question: Wanted, rows: Sequence[tuple[SourcePlace, Row]]) -> Row:
    """One row for one fact."""
    values = tuple(
        _agreed(
            [
                (row.values[at], source.name, row.as_of)
                for source, row in rows
                if column.item in source.records[question.record].items
            ]
        )
        for at, column in enumerate(question.columns)
    )
    days = [row.as_of for _, row in rows if row.as_of]
    marks = [row.mark for _, row in rows if row.mark is not None]
    own: dict[str, str | None] = {}
    for source, row in rows:
        own[source.name] = min(filter(None, (own.get(source.name), row.as_of)), default=None)
    # The older day: all of the row is vouched for then.
    whole = min(days, default=None)
    return Row(values, whole, marks[0] if marks else None, sources=tuple(own), days=tuple(own.values()))


def _agreed(told: Sequence[tuple[Value, str, str | None]]) -> Value:
    """What all sources that hold the item say of it, or the conflict."""
    held: list[Held] = []
    for value, source, as_of in told:
        if isinstance(value, Bad):
            return value
        if isinstance(value, Conflict):
            held += [replace(each, source=source, as_of=as_of) for each in value.held]
        else:
            held.append(Held(value, source, as_of))
    if not held:
        return None
    return held[0].value if all(each.value == held[0].value for each in held) else Conflict(tuple(held))


def _at(question: Wanted, item: str) -> int | None:
    return next((at for at, column in enumerate(question.columns) if column.item == item), None)


def _day(value: Value) -> str:
    """What sorts a row; of conflicting days the latest, and none comes last."""
    if isinstance(value, Conflict):
        return max((_day(each.value) for each in value.held), default="")
    return value if isinstance(value, str) else ""
