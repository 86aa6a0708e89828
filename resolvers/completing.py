"""On a plan hit a person's answer is written straight from its assembly, as graphql-core would complete it.

INVARIANT: the same answer either way. What is compiled here are fields without a resolver of their own, and the nodes
that `resolvers.person` makes from the standard; whatever else stands in a selection, or comes up in an answer, leaves
all of it to graphql-core.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import Executor
from strawberry.schema.schema_converter import GraphQLCoreConverter

from exchange.catalogue import Catalogue, Department, RecordType
from resolvers.assembly import Assembled, Record
from resolvers.marks import dispute_of, provenance_of
from resolvers.selection import Child, Path, Reader, camel
from resolvers.writing import Told, Written

_TYPENAME = "__typename"

Complete: TypeAlias = Callable[[Any], Any]
"""A value as a resolver gives it → as it leaves. Raises Unfit."""
Step: TypeAlias = tuple[str, Complete]


class Unfit(Exception):
    """This is graphql-core's to complete."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What needs no completing any more."""

    value: Any


class Completing(Executor):
    """graphql-core's own executor, but that it lets through what is completed."""

    def complete_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        if type(result) is Completed:
            return result.value
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)


@dataclass(frozen=True, slots=True)
class Answered:
    """One person's assembly, and what makes the field `disclosure` of it where it is asked."""

    assembled: Assembled
    disclosure: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Program:
    """One selection below a person, compiled."""

    steps: tuple[Step, ...]
    rows: Mapping[Path, Told]
    """Where of a record nothing but items is asked: the assembler may write it as it leaves."""

    def completed(self, answered: Answered) -> Completed | None:
        """None: the answer is graphql-core's to complete, errors and all."""
        try:
            return Completed({key: complete(answered) for key, complete in self.steps})
        except Unfit:
            return None


def program_of(catalogue: Catalogue, info: GraphQLResolveInfo) -> Program | None:
    """None: something in the selection is not compiled."""
    person = get_named_type(info.return_type)
    assert isinstance(person, GraphQLObjectType)
    compiler = _Compiler(catalogue, Reader(catalogue, info))
    try:
        steps = compiler.person(person, [FieldDetails(node, None) for node in info.field_nodes])
        return Program(steps, compiler.rows)
    except Unfit:
        return None


class _Compiler:
    def __init__(self, catalogue: Catalogue, reader: Reader) -> None:
        self._catalogue = catalogue
        self._reader = reader
        self._sections = {department.section: department for department in catalogue.departments.values()}
        self.rows: dict[Path, Told] = {}

    def person(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> tuple[Step, ...]:
        steps: list[Step] = []
        for child in self._reader.fields(type_, details):
            if child.name == _TYPENAME:
                steps.append((child.key, _constant(type_.name)))
            elif child.name == "idNumber":
                steps.append((child.key, _at((child.key,), self._leaf(child))))
            elif child.name == "disclosure":
                steps.append((child.key, _disclosure(self._value(child.type, child))))
            elif child.name == "summary":
                steps.append((child.key, _object(self._figures(child))))
            elif child.name in self._sections:
                steps.append((child.key, _object(self._section(child, self._sections[child.name]))))
            else:
                raise Unfit
        return tuple(steps)

    def _figures(self, above: Child) -> tuple[Step, ...]:
        steps: list[Step] = []
        for child in self._reader.fields_below(above):
            if child.name == _TYPENAME:
                steps.append((child.key, _constant(child.parent.name)))
            else:
                steps.append((child.key, _at((above.key, child.key), self._leaf(child))))
        return tuple(steps)

    def _section(self, above: Child, department: Department) -> tuple[Step, ...]:
        lists = {record.list_name: record for record in department.records.values()}
        exists = {record.has_name for record in department.records.values()}
        steps: list[Step] = []
        for child in self._reader.fields_below(above):
            path = (above.key, child.key)
            if child.name == _TYPENAME:
                steps.append((child.key, _constant(child.parent.name)))
            elif child.name in exists:
                steps.append((child.key, _at(path, self._leaf(child))))
            elif child.name in lists:
                record = lists[child.name]
                row = self._row(child, record, path)
                steps.append((child.key, _at(path, _each(row) if record.many else row)))
            else:
                raise Unfit
        return tuple(steps)

    def _row(self, above: Child, record: RecordType, path: Path) -> Complete:
        items = {camel(item.name): item.name for item in record.items.values()}
        told: list[tuple[str, str, type]] = []
        steps: list[Step] = []
        for child in self._reader.fields_below(above):
            if child.name == _TYPENAME:
                steps.append((child.key, _constant(child.parent.name)))
            elif child.name == "provenance":
                steps.append((child.key, self._following(child, lambda row: provenance_of(self._catalogue, row))))
            elif child.name == "dispute":
                steps.append((child.key, self._following(child, dispute_of)))
            elif child.name in items:
                expected = bool if get_named_type(child.type).name == "Boolean" else str
                told.append((child.key, items[child.name], expected))
                steps.append((child.key, _item(items[child.name], expected)))
            else:
                raise Unfit
        if len(told) < len(steps):
            return _object(tuple(steps))
        self.rows[path] = tuple(told)
        return _items(tuple(told))

    def _following(self, child: Child, make: Callable[[Record], Any]) -> Complete:
        complete = self._value(child.type, child)
        return lambda row: complete(make(row))

    def _leaf(self, child: Child) -> Complete:
        if not is_leaf_type(get_named_type(child.type)):
            raise Unfit
        return self._value(child.type, child)

    def _value(self, type_: GraphQLOutputType, child: Child) -> Complete:
        """Of a type whose objects are plain: an attribute for each field."""
        if isinstance(type_, GraphQLNonNull):
            return _present(self._value(type_.of_type, child))
        if isinstance(type_, GraphQLList):
            return _nullable(_each(self._value(type_.of_type, child)))
        if isinstance(type_, GraphQLObjectType):
            steps: list[Step] = []
            for below in self._reader.fields_below(child):
                if below.name == _TYPENAME:
                    steps.append((below.key, _constant(type_.name)))
                else:
                    steps.append((below.key, _attribute(_plain(below), self._value(below.type, below))))
            return _nullable(_object(tuple(steps)))
        if is_leaf_type(type_):
            return _nullable(_coerced(type_))
        raise Unfit


def _plain(child: Child) -> str:
    """The attribute behind a field that has no resolver."""
    field = child.parent.fields[child.name].extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if field is None or field.base_resolver is not None or field.extensions:
        raise Unfit
    return field.python_name


def _constant(value: str) -> Complete:
    return lambda _: value


def _at(path: Path, complete: Complete) -> Complete:
    def found(answered: Answered) -> Any:
        answer = answered.assembled.answers.get(path)
        if type(answer) is Written:
            return answer.value
        return None if answer is None else complete(answer)

    return found


def _disclosure(complete: Complete) -> Complete:
    return lambda answered: complete(answered.disclosure())


def _object(steps: tuple[Step, ...]) -> Complete:
    return lambda value: {key: complete(value) for key, complete in steps}


def _each(complete: Complete) -> Complete:
    return lambda values: [complete(value) for value in values]


def _attribute(name: str, complete: Complete) -> Complete:
    return lambda value: complete(getattr(value, name))


def _nullable(complete: Complete) -> Complete:
    return lambda value: None if value is None else complete(value)


def _present(complete: Complete) -> Complete:
    def found(value: Any) -> Any:
        completed = complete(value)
        if completed is None:
            raise Unfit
        return completed

    return found


def _coerced(type_: Any) -> Complete:
    def leaf(value: Any) -> Any:
        try:
            return Executor.complete_leaf_value(type_, value)
        except Exception:
            raise Unfit from None

    return leaf


def _item(name: str, expected: type) -> Complete:
    def value(row: Record) -> Any:
        found = row.values.get(name)
        if found is not None and type(found) is not expected:
            raise Unfit
        return found

    return value


def _items(told: Told) -> Complete:
    """A row of which items alone are asked, as nearly all are."""

    def row(record: Record) -> Mapping[str, Any]:
        values: dict[str, Any] = {}
        found = record.values
        for key, name, expected in told:
            value = values[key] = found.get(name)
            if value is not None and type(value) is not expected:
                raise Unfit
        return values

    return row
