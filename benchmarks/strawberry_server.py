"""Plain Strawberry in good style, over the same databases: data loaders, asyncpg, parsed and validated once.

`python -m benchmarks.strawberry_server <spec.json> <port>`; `POST /<workload>` takes the same GraphQL as the gateway.
A data loader for each department reads with the floor's own statement, so what this costs beyond the floor is
GraphQL's. No credentials, policy, consent, masks or log.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from typing import Any, NewType

import orjson
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from benchmarks.floor import forms, source_of
from benchmarks.workloads import CATALOGUE
from exchange.catalogue import Department, Kind, RecordType

IdNumber = NewType("IdNumber", str)
_TYPES: Mapping[Kind, type] = {Kind.BOOLEAN: bool}
"""Everything else is text, as the gateway writes it."""


def _record(record: RecordType) -> type:
    fields = {name: _TYPES.get(item.kind, str) | None for name, item in record.items.items()}
    return _type(record.type_name, fields)


def _section(department: Department) -> type:
    fields = {
        record.list_name: list[RECORDS[code]] if record.many else RECORDS[code] | None
        for code, record in department.records.items()
    }
    return _type(department.type_name, fields)


def _empty(department: Department) -> dict[str, Any]:
    return {record.list_name: [] if record.many else None for record in department.records.values()}


def _type(name: str, fields: Mapping[str, Any]) -> type:
    return strawberry.type(type(name, (), {"__annotations__": dict(fields), **dict.fromkeys(fields)}))


RECORDS = {code: _record(record) for code, record in CATALOGUE.records.items()}
SECTIONS = {each.section: _section(each) for each in CATALOGUE.departments.values()}
_EMPTY = {each.section: _empty(each) for each in CATALOGUE.departments.values()}
_OF_LIST = {record.list_name: RECORDS[code] for code, record in CATALOGUE.records.items()}


def _loading(section: str) -> Callable[..., Any]:
    async def load(self: Any, info: strawberry.Info) -> Any:
        reader = info.context["loaders"].get(section)
        return await reader.load(self.id_number) if reader else SECTIONS[section](**_EMPTY[section])

    load.__name__ = section
    load.__annotations__ = {"self": Any, "info": strawberry.Info, "return": SECTIONS[section]}
    return load


Person = strawberry.type(
    type(
        "Person",
        (),
        {
            "__annotations__": {"id_number": str},
            **{section: strawberry.field(resolver=_loading(section)) for section in SECTIONS},
        },
    )
)


@strawberry.enum
class Purpose(Enum):
    """Those of the workloads."""

    LOAN_APPROVAL = "LOAN_APPROVAL"
    POST_LOAN = "POST_LOAN"
    SANDBOX = "SANDBOX"


@strawberry.input
class PersonAsk:
    id_number: IdNumber
    reference: str | None = None


@strawberry.type
class Query:
    @strawberry.field
    def person(self, id_number: IdNumber, purpose: Purpose, reference: str | None = None) -> Person:
        return Person(id_number=id_number)

    @strawberry.field
    def persons(self, asks: list[PersonAsk], purpose: Purpose) -> list[Person]:
        return [Person(id_number=ask.id_number) for ask in asks]


def loader(department: dict[str, Any], fetch: Callable[..., Any]) -> DataLoader[str, Any]:
    """Id number → section, for one request."""
    section, empty = SECTIONS[department["section"]], _EMPTY[department["section"]]
    ask = [(department["url"], department["statement"])]
    records = department["records"]
    types = [_OF_LIST[record["list"]] for record in records]

    async def load(numbers: list[str]) -> list[Any]:
        whose = {form: number for number in numbers for form in forms(number)}
        (texts,) = await fetch(ask, list(whose))
        found: dict[str, dict[str, Any]] = {
            number: {each["list"]: [] if each["many"] else None for each in records} for number in numbers
        }
        for record, type_, text in zip(records, types, texts, strict=True):
            name, many, names = record["list"], record["many"], record["python_names"]
            for key, *values in orjson.loads(text) if text else ():
                lists, row = found[whose[key]], type_(**dict(zip(names, values, strict=True)))
                if many:
                    lists[name].append(row)
                elif lists[name] is None:
                    lists[name] = row
        return [section(**(empty | found[number])) for number in numbers]

    return DataLoader(load_fn=load)


class _Endpoint(GraphQL):
    def __init__(self, schema: strawberry.Schema, spec: dict[str, list[dict[str, Any]]], fetch: Callable[..., Any]):
        super().__init__(schema, graphql_ide=None)
        self._spec, self._fetch = spec, fetch

    async def get_context(self, request: Any, response: Any) -> Any:
        departments = self._spec[request.path_params["workload"]]
        return {"loaders": {each["section"]: loader(each, self._fetch) for each in departments}}

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


SCHEMA = strawberry.Schema(
    Query,
    extensions=[lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)],
    config=StrawberryConfig(scalar_map={IdNumber: strawberry.scalar(name="IdNumber", serialize=str, parse_value=str)}),
)


def build(spec: dict[str, list[dict[str, Any]]]) -> Starlette:
    source = source_of(spec)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with source:
            yield

    async def ready(_: Request) -> Response:
        return Response(status_code=200)

    endpoint = _Endpoint(SCHEMA, spec, source.fetch)
    return Starlette(routes=[Route("/health/ready", ready), Route("/{workload}", endpoint)], lifespan=lifespan)


if __name__ == "__main__":
    app = build(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    uvicorn.run(
        app,
        port=int(sys.argv[2]),
        access_log=False,
        server_header=False,
        log_level="warning",
        loop="uvloop",
        http="httptools",
    )
