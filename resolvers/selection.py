"""Which catalogue items a query really asks for; fragments, aliases and conditions are read as graphql-core does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from graphql import FieldNode, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo, get_named_type
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import get_argument_values

from exchange.catalogue import Catalogue, Department, Item, RecordType
from exchange.refusals import DayInvalid, FirstInvalid
from exchange.summary import FIGURES, Figure

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Path = tuple[str, ...]
"""Response keys from the person down: `("financial", "loanAccounts")`."""


@dataclass(frozen=True, slots=True)
class SelectedRecords:
    path: Path
    record: RecordType
    items: tuple[tuple[str, Item], ...]
    """(response key, item), as often as selected."""
    first: int | None = None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class SelectedExists:
    path: Path
    record: RecordType


@dataclass(frozen=True, slots=True)
class SelectedFigure:
    path: Path
    figure: Figure


@dataclass(frozen=True)
class Selection:
    """What one person is asked about."""

    id_number: tuple[Path, ...] = ()
    records: tuple[SelectedRecords, ...] = ()
    exists: tuple[SelectedExists, ...] = ()
    figures: tuple[SelectedFigure, ...] = ()
    sections: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    """Department code → where its section stands in the answer."""

    @cached_property
    def items(self) -> frozenset[str]:
        """Keys of all items asked, those behind summary figures and the id number included."""
        asked = {item.key for selected in self.records for _, item in selected.items}
        asked.update(key for selected in self.figures for key in selected.figure.inputs)
        if self.id_number:
            asked.add("PSB01.id_number")
        return frozenset(asked)

    @cached_property
    def departments(self) -> frozenset[str]:
        asked = {selected.record.department for selected in (*self.records, *self.exists)}
        return frozenset(asked | {key[:3] for selected in self.figures for key in selected.figure.inputs})

    def places(self, department: str) -> tuple[Path, ...]:
        """Where a department's part stands: its sections, its figures, or the person as a whole."""
        figures = tuple(f.path for f in self.figures if any(key.startswith(department) for key in f.figure.inputs))
        return (*self.sections.get(department, ()), *figures) or ((),)


@dataclass(frozen=True, slots=True)
class Child:
    key: str
    name: str
    details: Sequence[FieldDetails]
    parent: GraphQLObjectType

    @property
    def type(self) -> GraphQLOutputType:
        return self.parent.fields[self.name].type


@dataclass(frozen=True)
class Reader:
    catalogue: Catalogue
    info: GraphQLResolveInfo

    def fields(self, parent: GraphQLObjectType, details: Sequence[FieldDetails]) -> Iterator[Child]:
        """Every field in the order of the answer, `__typename` among them."""
        fragments = {name: FragmentDetails(node, None) for name, node in self.info.fragments.items()}
        collected = collect_subfields(
            self.info.schema, fragments, self.info.variable_values, self.info.operation, parent, list(details)
        )
        for key, fields in collected.grouped_field_set.items():
            yield Child(key, fields[0].node.name.value, fields, parent)

    def fields_below(self, child: Child) -> Iterator[Child]:
        type_ = get_named_type(child.type)
        assert isinstance(type_, GraphQLObjectType)
        return self.fields(type_, child.details)

    def children(self, parent: GraphQLObjectType, details: Sequence[FieldDetails]) -> Iterator[Child]:
        return (child for child in self.fields(parent, details) if not child.name.startswith("__"))

    def below(self, child: Child) -> Iterator[Child]:
        return (below for below in self.fields_below(child) if not below.name.startswith("__"))

    def arguments(self, child: Child) -> Mapping[str, Any]:
        return get_argument_values(child.parent.fields[child.name], child.details[0].node, self.info.variable_values)


def selection_of(catalogue: Catalogue, info: GraphQLResolveInfo) -> Selection:
    """Read the query below a `Person` field. Raises FirstInvalid, DayInvalid."""
    reader = Reader(catalogue, info)
    person = get_named_type(info.return_type)
    assert isinstance(person, GraphQLObjectType)
    sections = {department.section: department for department in catalogue.departments.values()}
    id_number: list[Path] = []
    records: list[SelectedRecords] = []
    exists: list[SelectedExists] = []
    figures: list[SelectedFigure] = []
    places: dict[str, list[Path]] = {}
    for child in reader.children(person, [FieldDetails(node, None) for node in _nodes(info)]):
        if child.name == "idNumber":
            id_number.append((child.key,))
        elif child.name == "summary":
            figures.extend(SelectedFigure((child.key, below.key), FIGURES[below.name]) for below in reader.below(child))
        elif child.name in sections:
            department = sections[child.name]
            places.setdefault(department.code, []).append((child.key,))
            for below in reader.below(child):
                _read_field(reader, department, (child.key, below.key), below, records, exists)
    return Selection(
        tuple(id_number), tuple(records), tuple(exists), tuple(figures), {code: tuple(p) for code, p in places.items()}
    )


def _nodes(info: GraphQLResolveInfo) -> list[FieldNode]:
    return info.field_nodes


def _read_field(
    reader: Reader,
    department: Department,
    path: Path,
    child: Child,
    records: list[SelectedRecords],
    exists: list[SelectedExists],
) -> None:
    for record in department.records.values():
        if child.name == record.has_name:
            exists.append(SelectedExists(path, record))
        elif child.name == record.list_name:
            names = {camel(item.name): item for item in record.items.values()}
            items = tuple((below.key, names[below.name]) for below in reader.below(child) if below.name in names)
            arguments = reader.arguments(child)
            records.append(
                SelectedRecords(path, record, items, _first(arguments.get("first")), _day(arguments.get("since")))
            )


def camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def _first(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or not 0 <= value <= 100:
        raise FirstInvalid()
    return value


def _day(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise DayInvalid()
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise DayInvalid() from None
