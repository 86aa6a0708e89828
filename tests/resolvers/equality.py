"""Both ways to complete an answer, compared byte for byte: `python -m tests.resolvers.equality` (`make proof`).

Documents made by chance × the test people × clients and their purposes, over the demo's departments: once by
graphql-core alone, and once as a document that was asked before.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import orjson
from graphql import parse

from exchange.client import Telling
from exchange.person import PersonId
from exchange.requester import Requester
from resolvers.completing import Answered, Completed, Program
from resolvers.operation import Executed, Operations
from resolvers.planning import Plans
from resolvers.schema import build
from tests.acceptance.in_process import PEOPLE, REFERENCE, Asked, serving
from tests.resolvers.documents import Documents
from tests.unlimited import UNLIMITED

DOCUMENTS = 10_000
_TRIES = 5
_REPEATED = 10
"""How many people and clients each document is asked about."""


@dataclass
class Compared:
    asks: int = 0
    completed: int = 0
    """Of the asks, those that graphql-core did not complete."""
    answered: int = 0
    """Of the asks, those that were no refusal."""
    differing: tuple[str, ...] = ()
    """Documents whose answers were not the same."""


class Ways:
    """One application, asked in both ways at one moment."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        served = asked.gateway.endpoint._operations
        at = served.services.clock()
        services = replace(served.services, clock=lambda: at, turns=None)
        schema = build(services.catalogue, services.policies.engine)
        self.quick = Operations(schema, replace(services, plans=Plans()))
        self.plain = Operations(schema, replace(services, plans=Plans(), completes=False))

        self._completed: list[Completed] = []
        completed = Program.completed

        def watched(program: Program, answered: Answered) -> Completed | None:
            found = completed(program, answered)
            self._completed += [found] if found else []
            return found

        self._watched = watched

    def requesters(self) -> list[tuple[Requester, str]]:
        """Each role of each client with each purpose that it has."""
        engine = self.quick.services.policies.engine
        found = []
        for name, client in self._asked.clients:
            for role in client.roles:
                requester = Requester(
                    client.organisation, name, "op", role, attributes=client.attributes, limits=UNLIMITED
                )
                found += [(requester, code) for code in engine.purposes if engine.permitted(role, code)]
        return found

    async def compare(self, documents: int, seed: int = 1) -> Compared:
        with patch.object(Program, "completed", self._watched):
            return await self._compare(documents, seed)

    async def _compare(self, documents: int, seed: int) -> Compared:
        random, made = Random(seed), Documents(self.quick.schema, seed)
        whose, people = self.requesters(), sorted(set(PEOPLE.values()))
        done = Compared()
        while done.asks < documents:
            portfolio = random.random() < 0.1
            requester, purpose = random.choice(whose)
            said = REFERENCE.get(purpose, {}).get("reference", "A-1")
            if portfolio:
                root = f'persons(asks: [{{idNumber: $id, reference: "{said}"}}], purpose: {purpose})'
            else:
                root = f'person(idNumber: $id, purpose: {purpose}, reference: "{said}")'
            text = made.one(root)
            for _ in range(_REPEATED):
                number = random.choice(people)
                telling = random.choice([Telling.DISCLOSURE, Telling.DISCLOSURE, Telling.ERRORS])
                person = self.quick.services.digests.person(PersonId.parse(number))
                own = person if requester.role == "person" else None
                variables = {"id": number, "no": random.random() < 0.3}
                if random.random() < 0.3:
                    variables |= {"first": random.choice([0, 1, 2, None]), "yes": random.random() < 0.5}
                if random.random() < 0.1:
                    variables |= {"since": random.choice(["2024-01-01", None])}
                asker = replace(requester, person=own, telling=telling)
                await self._compared(done, asker, text, variables)
        return done

    async def _both(self, asker: Requester, text: str, variables: Mapping[str, Any]) -> tuple[Executed, Executed]:
        document = parse(text)
        plain = await self.plain.run(asker, document, text, variables, None)
        for _ in range(2):  # asked again it is completed so, and from then on graphql-core is not entered
            await self.quick.run(asker, document, text, variables, None)
        return plain, await self.quick.run(asker, document, text, variables, None)

    async def _compared(self, done: Compared, asker: Requester, text: str, variables: Mapping[str, Any]) -> None:
        before = len(self._completed)
        plain, quick = await self._both(asker, text, variables)
        for _ in range(_TRIES):
            if not _late(plain) and not _late(quick):
                break
            plain, quick = await self._both(asker, text, variables)
        done.asks += 1
        done.answered += "errors" not in plain.body or plain.body.get("data") is not None
        done.completed += len(self._completed) > before
        if _bytes(plain) != _bytes(quick):
            done.differing += (text,)


def _late(executed: Executed) -> bool:
    """Whether a department took too long this time: on a machine that is busy, in one of the ways only."""
    return any(state == "TIMEOUT" for each in executed.disclosures for state in each.sources.values())


def _bytes(executed: Executed) -> bytes:
    """As it would leave, the random names of its disclosures apart."""
    content = orjson.dumps(executed.body)
    for number, disclosure in enumerate(executed.disclosures):
        content = content.replace(disclosure.id.encode(), f"disclosure {number}".encode())
    return content


async def _proof(documents: int) -> Compared:
    with tempfile.TemporaryDirectory() as folder:
        async with serving(Path(folder) / "data") as asked:
            return await Ways(asked).compare(documents)


def main() -> None:
    documents = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    done = asyncio.run(_proof(documents))
    print(
        f"{done.asks} asks, {done.answered} answered, {done.completed} completed without graphql-core:"
        f" {len(done.differing)} differ"
    )
    for text in done.differing[:3]:
        print(text)
    sys.exit(bool(done.differing))


if __name__ == "__main__":
    main()
