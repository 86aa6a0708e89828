"""What a statement returned → each person's answers. Columns are read as a whole where all of their texts are usual."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice
from typing import Any, NamedTuple, cast

from connectors.sql.dialect import Dialect
from connectors.sql.statement import Slot, Statement
from connectors.sql.texts import RowTexts
from connectors.sql.usual import Column
from exchange.person import PersonId
from exchange.records import Answer, Bad, Block, Delivered, Row, Rows, Value

_NO_MARK = {None}


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
            its, as_of, bad = _found(slot, dialect.texts([row[slot.column] for row in grid], slot.width))
            told.append(its)
            invalid += bad
            if as_of and as_of > latest:
                latest = as_of
    nothing = tuple([False if slot.exists else () for slot in statement.slots])
    answers: dict[PersonId, tuple[Answer, ...]] = dict.fromkeys(people, nothing)
    for row, own in zip(grid, zip(*told, strict=True), strict=True):
        answers[people[row[0] - dialect.first]] = own
    return Delivered(answers, latest or None, invalid)


class _Found(NamedTuple):
    """The answers to one question."""

    answers: Sequence[Sequence[Row]]
    """For each of the people."""
    as_of: str | None = None
    invalid: int = 0


def _found(slot: Slot, found: RowTexts) -> _Found:
    counts, texts = found
    if not texts:
        return _Found([()] * len(counts))
    block = None if slot.columns is None else _block(slot, slot.columns, texts)
    if block is None:
        return _one_by_one(slot, found)
    days, marks = set(block.days), set(block.marks) != _NO_MARK
    only = next(iter(days)) if len(days) == 1 else None
    answers: list[Sequence[Row]] = []
    at = 0
    for count in counts:
        since, at = at, at + count
        if count:
            latest = only or max(filter(None, block.days[since:at]), default=None)
            marked = marks and any(mark is not None for mark in block.marks[since:at])
            answers.append(Rows(block, since, at, latest, marked))
        else:
            answers.append(())
    return _Found(answers, max(filter(None, days), default=None))


def _one_by_one(slot: Slot, found: RowTexts) -> _Found:
    """Where some value is not plain."""
    every = zip(*found.columns, strict=True)
    answers = [tuple([_row(slot, each) for each in islice(every, count)]) for count in found.counts]
    rows = list(chain.from_iterable(answers))
    invalid = sum(value is Bad.VALUE for row in rows for value in row.values)
    return _Found(answers, max((row.as_of for row in rows if row.as_of), default=None), invalid)


def _block(slot: Slot, columns: Sequence[Column], texts: Sequence[Sequence[str | None]]) -> Block | None:
    """All rows of all people; None where some value is not plain."""
    count, at = len(texts[0]), len(columns)
    read: list[Sequence[Value]] = []
    for column, own in zip(columns, texts, strict=False):
        values = column(own)
        if values is None:
            return None
        read.append(values)
    nothing: list[None] = [None] * count
    days: Sequence[str | None] = nothing
    if slot.as_of and slot.days:
        days = cast("Sequence[str | None] | None", slot.days(texts[at])) or [
            day if isinstance(day, str) else None for day in map(slot.as_of, texts[at])
        ]
        at += 1
    marks: Sequence[int | None] = nothing
    if slot.marks and any(texts[at]):
        marks = [None if mark is None else int(mark) for mark in texts[at]]
    return Block(count, read, days, marks, texts[-1] if slot.identity else nothing)


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
