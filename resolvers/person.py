# ruff: noqa: UP045  (types made at run time cannot always be joined with "|")
"""The types that the standard makes: `Person`, its sections, its record types, its summary."""

from __future__ import annotations

from typing import Any, Optional

import strawberry

from exchange.catalogue import Catalogue, Department, Item, Kind, RecordType
from exchange.summary import FIGURES
from resolvers.assembly import Assembled
from resolvers.assembly import Record as Assembly
from resolvers.marks import dispute_of, provenance_of
from resolvers.scalars import Count, Day, Money, Month
from resolvers.types import Disclosure, ItemDirective, Record

_SCALAR: dict[Kind, Any] = {
    Kind.STRING: str,
    Kind.CODE: str,
    Kind.DATE: Day,
    Kind.YEAR_MONTH: Month,
    Kind.DECIMAL: Money,
    Kind.INTEGER: Count,
    Kind.BOOLEAN: bool,
}
_FIGURE: dict[str, Any] = {"money": Money, "count": Count, "code": str, "boolean": bool}


class Node:
    """Anything below a person: knows the answers, and finds its own by response path."""

    assembled: Assembled
    depth: int
    """How many elements of a response path lie above the person's own fields."""

    def at(self, info: strawberry.Info) -> Any:
        path = info.path
        keys: list[Any] = []
        while path is not None:
            keys.append(path.key)
            path = path.prev
        return self.assembled.answers.get(tuple(reversed(keys))[self.depth :])


def _type(name: str, bases: tuple[type, ...], fields: dict[str, Any], **about: Any) -> type:
    for python_name, field in fields.items():
        field.python_name = python_name
    return strawberry.type(type(name, bases, dict(fields)), name=name, **about)


def _item_field(catalogue: Catalogue, item: Item) -> Any:
    indicator = "basic" if item.basic else "supplementary"
    facts = [item.code, indicator, f"sensitivity {item.sensitivity}", catalogue.legal_bases[item.basis]]
    facts += [f"code list {item.code_list}"] if item.code_list else []
    return strawberry.field(
        default=None,
        graphql_type=Optional[_SCALAR[item.kind]],
        description=f"{item.name_zh}. {item.description} [{'; '.join(facts)}]",
        directives=[
            ItemDirective(
                code=item.code,
                name_zh=item.name_zh,
                basic=item.basic,
                sensitivity=item.sensitivity,
                group=item.group,
                basis=item.basis,
            )
        ],
    )


def record_type(catalogue: Catalogue, record: RecordType) -> type:
    fields = {name: _item_field(catalogue, item) for name, item in record.items.items()}
    about = f"{record.name_zh}. {record.description} [{record.code}; {catalogue.legal_bases[record.basis]}]"
    return _type(record.type_name, (Record,), fields, description=about)


class RecordMaker:
    """Turns an assembled row into an object of its GraphQL type."""

    def __init__(self, catalogue: Catalogue, type_: type) -> None:
        self.catalogue = catalogue
        self.type = type_

    def __call__(self, record: Assembly) -> Any:
        made: Any = object.__new__(self.type)
        made.__dict__.update(record.values)
        made.provenance = provenance_of(self.catalogue, record)
        made.dispute = dispute_of(record)
        return made


def _records_field(record: RecordType, type_: type, make: RecordMaker) -> Any:
    def many(self: Node, info: strawberry.Info) -> Any:
        found = self.at(info)
        return None if found is None else [make(row) for row in found]

    def many_first(self: Node, info: strawberry.Info, first: int | None = strawberry.UNSET) -> Any:
        return many(self, info)

    def many_since(
        self: Node, info: strawberry.Info, first: int | None = strawberry.UNSET, since: Day | None = strawberry.UNSET
    ) -> Any:
        return many(self, info)

    def one(self: Node, info: strawberry.Info) -> Any:
        found = self.at(info)
        return None if found is None else make(found)

    resolver = one if not record.many else many_since if record.since else many_first
    basis = f"{record.name_zh} [{record.code}]."
    if record.many:
        basis += " `first`: 0 to 100."
        basis += f" `since`: {record.items[record.since].name}, where it may be read in full." if record.since else ""
    return strawberry.field(
        resolver=resolver, graphql_type=Optional[list[type_]] if record.many else Optional[type_], description=basis
    )


def _answer_field(graphql_type: Any, description: str, name: str | None = None) -> Any:
    def resolver(self: Node, info: strawberry.Info) -> Any:
        return self.at(info)

    return strawberry.field(resolver=resolver, graphql_type=graphql_type, description=description, name=name)


def section_type(catalogue: Catalogue, department: Department) -> type:
    fields: dict[str, Any] = {}
    for record in department.records.values():
        type_ = record_type(catalogue, record)
        fields[record.list_name] = _records_field(record, type_, RecordMaker(catalogue, type_))
        fields[record.has_name] = _answer_field(
            Optional[bool], f"Whether there is any {record.name_zh} [{record.code}]."
        )
    about = f"{department.name_zh} ({department.name_today_zh}) [{department.code}]."
    return _type(department.type_name, (Node,), fields, description=about)


def summary_type() -> type:
    fields = {
        figure.name: _answer_field(
            Optional[_FIGURE[figure.kind]], f"{figure.description} Made of {', '.join(figure.inputs)}."
        )
        for figure in FIGURES.values()
    }
    about = "Figures over the profile; each carries the highest class of the items that it is made of."
    return _type("ProfileSummary", (Node,), fields, description=about)


def _section_field(type_: type, graphql_type: Any, description: str) -> Any:
    def resolver(self: Node) -> Any:
        made: Any = object.__new__(type_)
        made.assembled, made.depth = self.assembled, self.depth
        return made

    return strawberry.field(resolver=resolver, graphql_type=graphql_type, description=description)


def person_type(catalogue: Catalogue) -> type:
    """`Person`, from the standard."""
    fields: dict[str, Any] = {
        "id_number": _answer_field(
            Optional[str], "The id number as asked, released like PSB01.id_number (may be masked)."
        )
    }
    for department in catalogue.departments.values():
        section = section_type(catalogue, department)
        fields[department.section] = _section_field(section, Optional[section], department.name_zh)
    summary = summary_type()
    fields["summary"] = _section_field(summary, summary, "Figures over the whole profile.")
    fields["disclosure"] = strawberry.field(
        graphql_type=Disclosure, description="What was disclosed, on what ground, and what was not."
    )
    return _type("Person", (Node,), fields, description="One person, as far as role, purpose and ground open.")
