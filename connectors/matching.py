"""Which tables and columns of a database may hold which record types and items of the standard: candidates, weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.inspecting import Column, Table
from connectors.likeness import NONE, Likeness, likeness, person_likeness, words
from connectors.sql.shape import cannot_hold
from exchange.catalogue import Department, Item, Kind, RecordType

SURE = 0.75
"""From here on a candidate is taken into the draft."""
MAYBE = 0.4
"""From here on it is named."""
_DATES = (Kind.DATE, Kind.YEAR_MONTH)
_AS_OF = (("report", "date"), ("update", "date"), ("updated", "date"))
_AS_OF_ZH = ("更新日期", "更新时间", "报送日期", "数据日期")
_DELETED = (("delete", "flag"), ("deleted",), ("is", "deleted"), ("valid", "flag"))
_DELETED_ZH = ("删除标志", "有效标志", "删除标识")


@dataclass(frozen=True, slots=True)
class Candidate:
    column: Column
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Match:
    """One record type in one table."""

    record: RecordType
    table: Table
    score: float
    person: Candidate
    items: Mapping[str, tuple[Candidate, ...]]
    """By item: the best first; the first alone may be taken."""
    key: tuple[Column, ...]
    """The columns of the primary key, in its order."""
    as_of: Candidate | None
    deleted: Candidate | None

    def taken(self, item: str) -> Candidate | None:
        found = self.items[item]
        return found[0] if found and found[0].likeness.score >= SURE else None


def named_person(table: Table) -> Candidate | None:
    """The column whose name or comment says that it holds an id number."""
    return _best([Candidate(c, person_likeness(c.name, c.comment)) for c in table.columns.values()])


def matches(department: Department, tables: Sequence[Table], people: Mapping[str, Candidate]) -> dict[str, list[Match]]:
    """Record type → its candidate tables that are likely at all, best first. `people`: table → its person key; a table
    without one holds no record of anybody."""
    tables = [table for table in tables if table.name in people]
    found: dict[str, list[Match]] = {}
    for record in department.records.values():
        each = [match for table in tables if (match := _match(record, table, people[table.name])).score >= 0.25]
        found[record.code] = sorted(each, key=lambda match: -match.score)
    return found


def _match(record: RecordType, table: Table, person: Candidate) -> Match:
    name = table.name.rpartition(".")[2]
    of_table = likeness(name, table.comment, record.name.split("_"), record.name_zh)
    free = [c for c in table.columns.values() if c.name != person.column.name or "id_number" in record.items]
    items = _items(record, free)
    best = [found[0].likeness.score for found in items.values() if found]
    mean = sum(best) / max(1, min(len(items), len(free)))
    return Match(
        record,
        table,
        round(0.4 * of_table.score + 0.6 * mean, 2),
        person,
        items,
        tuple(sorted((each for each in table.columns.values() if each.key), key=lambda each: each.key)),
        _like(table, _AS_OF, _AS_OF_ZH),
        _like(table, _DELETED, _DELETED_ZH),
    )


def _items(record: RecordType, columns: Sequence[Column]) -> dict[str, tuple[Candidate, ...]]:
    """The candidates of each item. A column that is the best of several items stays with the one it is most like."""
    context = words(record.name)
    found: dict[str, list[Candidate]] = {}
    for name, item in record.items.items():
        weighed = [Candidate(column, _weighed(item, column, context)) for column in columns]
        likely = [each for each in weighed if each.likeness.score >= MAYBE]
        found[name] = sorted(likely, key=lambda each: (-each.likeness.score, each.column.name))[:4]
    holders: dict[str, str] = {}
    for name in sorted(found, key=lambda name: -(found[name][0].likeness.score if found[name] else 0.0)):
        found[name] = [each for each in found[name] if holders.get(each.column.name, name) == name]
        if found[name] and found[name][0].likeness.score >= SURE:
            holders[found[name][0].column.name] = name
    return {name: tuple(each) for name, each in found.items()}


def _weighed(item: Item, column: Column, context: Sequence[str]) -> Likeness:
    formats = ("%Y%m%d",) if item.kind in _DATES else ()
    if cannot_hold(column.type, item.kind, formats):
        return NONE
    english = ["date" if word in ("on", "at") and item.kind in _DATES else word for word in item.name.split("_")]
    english = [word for word in english if not any(sign.isdigit() for sign in word)]
    return likeness(column.name, column.comment, english, item.name_zh, context)


def _like(table: Table, english: Sequence[Sequence[str]], chinese: Sequence[str]) -> Candidate | None:
    found = [
        Candidate(column, max(likeness(column.name, column.comment, names, zh) for names in english for zh in chinese))
        for column in table.columns.values()
    ]
    best = _best(found)
    return best if best and best.likeness.score >= SURE else None


def _best(found: Sequence[Candidate]) -> Candidate | None:
    best = max(found, key=lambda each: each.likeness.score, default=None)
    return best if best and best.likeness.score > 0 else None
