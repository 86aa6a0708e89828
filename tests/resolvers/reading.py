"""Several parties over one sealed log, on either store: whatever an operation notes is sealed, as the endpoint does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
from graphql import parse

from exchange.checkpoint import Signer
from exchange.client import Client
from exchange.client import Words as Known
from exchange.consent import Ground
from exchange.decision import Decision, Treatment
from exchange.disclosure import Administrative, Disclosure
from exchange.organisation import Organisation, OrganisationKind
from exchange.person import PersonId
from exchange.requester import Requester
from exchange.statistics import counted_under
from exchange.store.activity import Activity
from exchange.store.database import Database, Row
from exchange.store.evidence import Evidence
from exchange.store.log import Log
from exchange.store.register import Register, founding
from exchange.store.registrar import Registrar
from exchange.store.statistics import Statistics
from policies.current import Current
from resolvers.context import Services, new_id
from resolvers.operation import Operations
from tests.resolvers.conftest import CATALOGUE, DIGESTS, ENGINE, NOW, PERSON, SCHEMA, Departments, Store

OTHER = "530199197505200036"
OWN, OTHERS = (DIGESTS.person(PersonId(number)) for number in (PERSON, OTHER))
WHO = {
    "person": Requester("public", "self", "self", "person", person=OWN),
    "other": Requester("public", "self", "self", "person", person=OTHERS),
    "bank": Requester("bank-a", "bank-system", "li.wei", "bank-system"),
    "auditor": Requester("audit-office", "auditor", "zhang.min", "auditor"),
    "office": Requester("credit-office", "credit-office", "wang.fang", "credit-office"),
    "analyst": Requester("credit-office", "analyst", "chen.jie", "analyst"),
}
SIGNER = Signer.make("log.example.invalid")
ORGANISATIONS = {"bank-a": Organisation(kind=OrganisationKind.BANK, title="Bank A", title_zh="甲银行")}
CLIENTS = {
    "bank-system": Client(
        organisation="bank-a", roles=("bank-system",), title="Loan system of Bank A", title_zh="甲银行信贷系统"
    )
}
BALANCE = Decision("PBC03.balance", Treatment.BANDED, frozenset({"own_institution"}), "P-1", "条例 art 18")
NAME = Decision("PSB01.name", Treatment.FULL, rule="P-2", basis="条例 art 14")
PHONE = Decision("PSB01.phone", Treatment.WITHHELD, rule="default-deny", basis="PIPL art 6")
DECIDED = {each.item: each for each in (BALANCE, NAME, PHONE)}
SOURCES = {"PBC": "DELIVERED", "PSB": "ABSENT"}


class Counting:
    """A database that counts what is read of it."""

    def __init__(self, database: Database) -> None:
        self._database, self.statements = database, list[str]()

    async def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        self.statements.append(sql)
        return await self._database.read(sql, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


class Reading:
    def __init__(self, database: Database) -> None:
        self.database: Any = Counting(database)
        self.log = Log(self.database)
        register = Register(self.database)
        store, registrar = Store(), Registrar(register, Known((), (), ()))
        self.services = Services(
            CATALOGUE,
            Current(ENGINE),
            Departments({}),
            store,
            store,
            DIGESTS,
            lambda: NOW,
            registrar=registrar,
            evidence=Evidence(self.log, SIGNER),
            index=self.log.index,
            statistics=Statistics(self.database, register, counted_under(CATALOGUE)),
            activity=Activity(self.database),
        )
        self.operations = Operations(SCHEMA, self.services)

    async def seal(self, *disclosures: Disclosure) -> None:
        await self.log.seal(disclosures, None)

    async def run(self, who: str, query: str, **variables: Any) -> dict[str, Any]:
        """The body, sealed."""
        executed = await self.operations.run(WHO[who], parse(query), query, variables, None)
        await self.seal(*executed.disclosures)
        return orjson.loads(orjson.dumps(executed.body))

    async def entries(self) -> list[dict[str, Any]]:
        return [orjson.loads(entry) for entry in await self.log.entries()]


def disclosure(who: str = "bank", **given: Any) -> Disclosure:
    said: dict[str, Any] = {
        "id": new_id(),
        "at": NOW,
        "requester": WHO[who],
        "purpose": "LOAN_APPROVAL",
        "people": (OWN,),
        "ground": Ground("consent"),
        "decisions": DECIDED,
        "sources": SOURCES,
        "policy": ENGINE.revision,
        "standard": CATALOGUE.version,
    }
    return Disclosure(**(said | given))


def refused(code: str, who: str = "bank", **given: Any) -> Disclosure:
    return disclosure(who, **({"code": code, "ground": Ground("none"), "decisions": {}, "sources": {}} | given))


def act(act: str, object: str, who: str = "bank", **given: Any) -> Disclosure:
    said = {"purpose": None, "ground": Ground("none"), "decisions": {}, "sources": {}}
    return disclosure(who, **(said | {"administrative": Administrative(act, object)} | given))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Reading]:
    database = await Database.open(url)
    reading = Reading(database)
    try:
        change = founding(ORGANISATIONS, CLIENTS)
        founded = replace(act("CLIENT_IMPORT", "client", people=()), changes=(change,))
        await reading.seal(founded)
        yield reading
    finally:
        reading.log.close()
        await database.close()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
