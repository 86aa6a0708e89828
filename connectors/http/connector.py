"""The connector of a department that gives JSON over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from connectors.faults import Fault
from connectors.forms import form_of
from connectors.http.asking import Allowance, Asking, gathered
from connectors.http.client import Client
from connectors.http.needs import Need, needs_of, resources_of
from connectors.http.service import Resource, Service
from connectors.place import RecordPlace, SourcePlace
from connectors.recorder import Watches
from connectors.sql.connector import Sql
from connectors.sql.runner import SourceFailed
from connectors.sql.scratch import Scratch, Table
from connectors.sql.shape import Shape
from connectors.sql.statement import Statement
from exchange.catalogue import Catalogue
from exchange.person import PersonId
from exchange.records import Unavailable, Wanted

NOBODY = PersonId("000000000000000000")
"""Whom a probe asks for."""


class Http(Sql):
    """Rows of the resources are brought into a private SQLite, where the mapping means what it means everywhere."""

    def __init__(self, place: SourcePlace, catalogue: Catalogue, recorder: Watches | None = None) -> None:
        service = place.options if isinstance(place.options, Service) else Service({})
        self._client = Client(service.tls, place.encoding, place.guards)
        self._asking = Asking(place.url, service, self._client)
        self._resources = service.resources
        self._needs = lru_cache(maxsize=256)(lambda plan: needs_of(plan, place.records, service.resources))
        super().__init__(place, catalogue, Probed(self._asking, self._client, service), recorder)

    async def faults(self) -> tuple[Fault, ...]:
        return (*_unasked(self._place, self._resources.values()), *await super().faults())

    async def holdings(self, wishes: object, deadline: float) -> Unavailable:
        """A service is asked about persons only: nobody asks it for everybody's rows to count them."""
        return Unavailable(datetime.now(UTC), "NOT_COUNTED")

    async def close(self) -> None:
        await super().close()
        await self._client.close()

    def _compiled(self, wanted: tuple[Wanted, ...], shape: Shape) -> Statement:
        statement = super()._compiled(wanted, shape)
        return replace(statement, plan=replace(statement.plan, statement=_said(self._needs(statement.plan))))

    async def _ask(
        self, statement: Statement, people: tuple[PersonId, ...], values: list[object]
    ) -> list[Sequence[Any]]:
        needs, allowance = self._needs(statement.plan), Allowance()
        found = await gathered(
            self._asking.rows(need.resource, need.columns, _numbers(need.resource, people), allowance) for need in needs
        )
        keys = _keys(self._place.records.values())
        tables = {
            need.resource.name: Table(need.columns, rows, tuple(c for c in need.columns if c.lower() in keys))
            for need, rows in zip(needs, found, strict=True)
        }
        return await Scratch(tables).run(statement.text, values)


class Probed(Scratch):
    """The tables without rows: those resources that answer in their shape."""

    def __init__(self, asking: Asking, client: Client, service: Service) -> None:
        super().__init__({})
        self._asking = asking
        self._client = client
        self._service = service

    @property
    def connections(self) -> int:
        return self._client.connections

    async def shape(self, places: Iterable[RecordPlace]) -> Shape:
        """Asks each resource for nobody. Raises SourceFailed where the service does not answer."""
        resources = list(self._service.resources.values())
        there = await gathered(self._answers(resource) for resource in resources)
        found = {each.name: Table(tuple(each.columns)) for each, fits in zip(resources, there, strict=True) if fits}
        return await Scratch(found).shape(places)

    async def _answers(self, resource: Resource) -> bool:
        try:
            await self._asking.probe(resource, _numbers(resource, (NOBODY,)))
        except SourceFailed as failed:
            if failed.why != "SHAPE_CHANGED":
                raise
            return False
        return True


def _said(needs: tuple[Need, ...]) -> str:
    return "\n".join(map(str, needs))


def _numbers(resource: Resource, people: Sequence[PersonId]) -> list[str]:
    forms = resource.people.forms if resource.people else ()
    numbers = (form_of(form, person) for person in people for form in forms)
    return list(dict.fromkeys(number for number in numbers if number is not None))


def _keys(places: Iterable[RecordPlace]) -> frozenset[str]:
    return frozenset((place.person_key.column or "").lower() for place in places)


def _unasked(place: SourcePlace, resources: Iterable[Resource]) -> Iterable[Fault]:
    """Records for which the service would give everybody's rows."""
    for each in place.records.values():
        named = resources_of(each, {resource.name.lower(): resource for resource in resources})
        if named and not any(resource.people for resource in named):
            text = f"{each.record}: reads a resource without 'people': it would be given everybody's rows"
            yield Fault(place.file, each.line, text)
