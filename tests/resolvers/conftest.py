"""The resolvers over departments in memory: every rule of the schema, no server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from connectors.memory import Memory
from connectors.plan import Plan as Sent
from exchange.change import Change, Statement
from exchange.consent import Consent
from exchange.digests import Digests
from exchange.disclosure import Disclosure
from exchange.dispute import Dispute
from exchange.person import PersonId
from exchange.phase import Phase
from exchange.records import Answer, Delivered, Outcome, Part, Unavailable, Wanted
from exchange.requester import Requester
from exchange.standard.load import load
from policies.current import Current
from policies.engine import Engine
from resolvers.context import Services
from resolvers.operation import Executed, Operations
from resolvers.schema import build

CATALOGUE = load(approval=Path("gateway/demo/approval.yaml"))
ENGINE = Engine.load(None, CATALOGUE)
SCHEMA = build(CATALOGUE, ENGINE)
DIGESTS = Digests(b"k" * 32)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
PERSON = "530199199003070015"


@dataclass
class Departments:
    """Every department in memory; remembers what it was asked, and can be down."""

    rows: dict[str, list[dict[str, Any]]]
    down: dict[str, str] = field(default_factory=dict)
    parts: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    """What each source of a department had to do with the answers …"""
    told_by: tuple[str, ...] = ()
    """… and which of them tell the rows."""
    asked: list[tuple[str, tuple[Wanted, ...], tuple[PersonId, ...]]] = field(default_factory=list)

    async def fetch(
        self, wanted: Mapping[str, tuple[Wanted, ...]], people: Sequence[PersonId], given: Any, deadline: float
    ) -> dict[str, Outcome]:
        found: dict[str, Outcome] = {}
        for code, questions in wanted.items():
            self.asked.append((code, questions, tuple(people)))
            if code in self.down:
                found[code] = Unavailable(NOW, self.down[code])
                continue
            rows = {record: [_whole(record, row) for row in self.rows.get(record, ())] for record in _records(code)}
            outcome = await Memory(code, CATALOGUE, rows).fetch(questions, people, given, deadline)
            found[code] = _parted(outcome, self.parts.get(code, ()), self.told_by)
        return found

    async def plan(self, wanted: Mapping[str, tuple[Wanted, ...]]) -> dict[str, Sent]:
        return {code: Sent(code, "", ()) for code in wanted}

    def states(self) -> list[Any]:
        return []


def _parted(outcome: Outcome, parts: tuple[Part, ...], told_by: tuple[str, ...]) -> Outcome:
    assert isinstance(outcome, Delivered)
    silent = {place: part.unavailable for part in parts for place in part.places if part.unavailable}
    answers = {
        person: tuple(silent.get(place, _told(answer, told_by)) for place, answer in enumerate(each))
        for person, each in outcome.answers.items()
    }
    return replace(outcome, answers=answers, parts=parts)


def _told(answer: Answer, by: tuple[str, ...]) -> Answer:
    return tuple(replace(row, sources=by) for row in answer) if isinstance(answer, Sequence) else answer


def _records(code: str) -> list[str]:
    return list(CATALOGUE.departments[code].records)


def _whole(record: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row says what matters; the rest is null."""
    known = CATALOGUE.records[record]
    return {"person": PERSON, "as_of": None, **dict.fromkeys((*known.items, *known.attributes)), **row}


@dataclass
class Store:
    consents: list[Consent] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)

    async def named(self, id: str) -> Consent | None:
        return next((consent for consent in self.consents if consent.id == id), None)

    async def of(self, organisation: str, people: Sequence[str], purpose: str) -> dict[str, list[Consent]]:
        return {
            person: [
                c
                for c in self.consents
                if (c.organisation, c.person) == (organisation, person) and purpose in c.purposes
            ]
            for person in people
        }

    async def naming(self, organisation: str, people: Sequence[str], purpose: str) -> dict[str, list[Consent]]:
        return {
            person: [
                c
                for c in self.consents
                if (c.organisation, c.partner) == (organisation, person) and purpose in c.purposes
            ]
            for person in people
        }

    async def by(self, person: str) -> list[Consent]:
        return [c for c in self.consents if c.person == person]

    async def to(self, organisation: str, person: str | None = None) -> list[Consent]:
        return [c for c in self.consents if c.organisation == organisation and person in (None, c.person)]

    def adding(self, consent: Consent) -> Change:
        return Change(Statement("adding"), [], (Statement("add", (consent,)),))

    def changing(self, before: Consent, after: Consent) -> Change:
        return Change(Statement("changing"), [], (Statement("change", (after,)),))

    def seal(self, disclosures: Sequence[Disclosure]) -> None:
        """What the log would write."""
        for write in (write for one in disclosures for change in one.changes for write in change.writes):
            (consent,) = write.parameters
            self.consents = [c for c in self.consents if c.id != consent.id] + [consent]

    def open(self, people: Sequence[str]) -> Awaitable[list[Dispute]]:
        told = asyncio.get_running_loop().create_future()
        told.set_result([dispute for dispute in self.disputes if dispute.person in people])
        return told


def consent(purpose: str = "LOAN_APPROVAL", **changed: Any) -> Consent:
    given: dict[str, Any] = {
        "id": "c1",
        "person": DIGESTS.person(PersonId(PERSON)),
        "organisation": "bank-a",
        "purposes": frozenset({purpose}),
        "valid_from": datetime(2026, 1, 1, tzinfo=UTC),
        "valid_until": datetime(2027, 1, 1, tzinfo=UTC),
    }
    return Consent(**{**given, **changed})


@dataclass
class Gateway:
    departments: Departments
    store: Store
    operations: Operations

    async def run(self, query: str, role: str = "bank-system", **variables: Any) -> Executed:
        person = DIGESTS.person(PersonId(PERSON)) if role == "person" else None
        requester = Requester(
            "bank-a", role, "op", role, person=person, attributes={"institution": "B10110000H0001", "provider": "W1"}
        )
        return await self.operations.run(requester, parse(query), query, variables, None)

    async def person(self, selection: str, role: str = "bank-system", purpose: str = "LOAN_APPROVAL") -> dict[str, Any]:
        query = f'{{ person(idNumber: "{PERSON}", purpose: {purpose}, reference: "A-1") {{ {selection} }} }}'
        return (await self.run(query, role)).body


Made = Callable[..., Gateway]


@pytest.fixture
def gateway() -> Made:
    def make(
        rows: dict[str, list[dict[str, Any]]] | None = None,
        *,
        consents: Sequence[Consent] = (consent(),),
        disputes: Sequence[Dispute] = (),
        down: dict[str, str] | None = None,
        phase: Phase = Phase.SERVICE,
    ) -> Gateway:
        departments, store = Departments(rows or {}, down or {}), Store(list(consents), list(disputes))
        services = Services(CATALOGUE, Current(ENGINE), departments, store, store, DIGESTS, lambda: NOW, phase=phase)
        return Gateway(departments, store, Operations(SCHEMA, services))

    return make
