"""What a statement returned → each person's answers. Columns are read as a whole where all of their texts are usual."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, starmap
from typing import Any

from connectors.sql.dialect import Dialect
from connectors.sql.statement import Slot, Statement
from connectors.sql.usual import Column
from exchange.person import PersonId
from exchange.records import Answer, Bad, Conflict, Delivered, Row, Rows, Value

_FLAWS = frozenset({Bad, Conflict})
_FEW = 16
"""Rows of which columns are not worth their making."""

Texts = Sequence[Sequence["str | None"]]
"""Rows, each a list of text."""


def delivered(
    statement: Statement, people: tuple[PersonId, ...], rows: Sequence[Sequence[Any]], dialect: Dialect
) -> Delivered:
    """Raises ValueError where what came back is damaged."""
    grid = dialect.grid(rows, [slot.exists for slot in statement.slots if slot.column is not None])
    invalid, latest = 0, ""
    told: list[Sequence[Answer]] = []
    for slot in statement.slots:
        if slot.column is None:
            told.append([False if slot.exists else ()] * len(grid))
        elif slot.exists:
            told.append([bool(row[slot.column]) for row in grid])
        else:
            found = _answers(slot, [dialect.read_rows(row[slot.column]) for row in grid])
            told.append(found)
            for answer in found:
                if isinstance(answer, Rows):
                    latest = max(latest, answer.as_of or "")
                else:
                    invalid += sum(value is Bad.VALUE for row in answer for value in row.values)
                    latest = max(latest, max((row.as_of or "" for row in answer), default=""))
    nothing = tuple(False if slot.exists else () for slot in statement.slots)
    answers: dict[PersonId, tuple[Answer, ...]] = dict.fromkeys(people, nothing)
    for row, own in zip(grid, zip(*told, strict=True), strict=True):
        answers[people[row[0] - dialect.first]] = own
    return Delivered(answers, latest or None, invalid)


def _answers(slot: Slot, people: Sequence[Texts]) -> Sequence[tuple[Row, ...]]:
    """For each of the people the rows of one question."""
    every = list(chain.from_iterable(people))
    if not every:
        return [()] * len(people)
    sound = None if slot.columns is None else _sound(slot, slot.columns, every)
    if sound is None:
        return [tuple([_row(slot, each) for each in texts]) for texts in people]
    rows, days, marks = sound
    found: list[tuple[Row, ...]] = []
    at = 0
    for texts in people:
        since, at = at, at + len(texts)
        if texts:
            latest = max(filter(None, days[since:at]), default=None)
            found.append(Rows.of(rows[since:at], latest, marks is not None and any(map(_told, marks[since:at]))))
        else:
            found.append(())
    return found


def _told(mark: int | None) -> bool:
    return mark is not None


def _sound(
    slot: Slot, columns: Sequence[Column], every: Texts
) -> tuple[list[Row], Sequence[str | None], Sequence[int | None] | None] | None:
    """All rows of all people, their days and, if there are any, their marks; None where some value is not plain."""
    count, at = len(every), len(columns)
    nothing: list[None] = [None] * count
    if count >= _FEW:
        texts = list(zip(*every, strict=True))
        read = [column(each) for column, each in zip(columns, texts, strict=False)]
        flawed = any(not _FLAWS.isdisjoint(map(type, each)) for each in read)
        whole = list(zip(*read, strict=True)) if read else [()] * count
        days = slot.days(texts[at]) if slot.days else nothing
    else:
        decoders = [decode for decode in slot.decoders if decode]
        whole = [tuple([decode(text) for decode, text in zip(decoders, row)]) for row in every]  # noqa: B905
        flawed = not _FLAWS.isdisjoint(map(type, chain.from_iterable(whole)))
        days = [slot.as_of(row[at]) for row in every] if slot.as_of else nothing
    if flawed:
        return None
    days = [day if isinstance(day, str) else None for day in days]
    at += slot.as_of is not None
    told = [row[at] for row in every] if slot.marks else nothing
    marks = None if told == nothing else [None if mark is None else int(mark) for mark in told]
    identities = [row[-1] for row in every] if slot.identity else nothing
    return list(starmap(Row, zip(whole, days, marks or nothing, identities, strict=True))), days, marks


def _row(slot: Slot, texts: Sequence[str | None]) -> Row:
    values: list[Value] = []
    at = 0
    for decode in slot.decoders:
        if decode is None:
            values.append(None)
        else:
            values.append(decode(texts[at]))
            at += 1
    as_of: Value = None
    if slot.as_of:
        as_of = slot.as_of(texts[at])
        at += 1
    mark = texts[at] if slot.marks else None
    identity = texts[-1] if slot.identity else None
    return Row(tuple(values), as_of if isinstance(as_of, str) else None, None if mark is None else int(mark), identity)
