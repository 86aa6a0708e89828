"""Opens the connector over a mapping said in each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from pathlib import Path

import pytest_asyncio

from connectors.http.connector import Http
from connectors.mapping import read
from connectors.recorder import Recorder
from exchange.person import PersonId
from exchange.records import Column, Outcome, Wanted
from tests.connectors.http.lying import HEAD, RECORDS, RESOURCE
from tests.connectors.small import CATALOGUE, NEW, write_mapping

Open = Callable[..., Http]
Ask = Callable[..., Awaitable[Outcome]]
PAYMENTS = Wanted("PBC06", (Column("amount"), Column("paid_on")))
ENVIRON = {"SECRET": "s:cret"}


@pytest_asyncio.fixture
async def connect(tmp_path: Path) -> AsyncIterator[Open]:
    opened: list[Http] = []

    def connect(
        url: str, resource: str = RESOURCE, head: str = HEAD, recorder: Recorder | None = None, records: str = RECORDS
    ) -> Http:
        folder = write_mapping(tmp_path / "mappings", head + resource + records)
        mappings = read(folder, CATALOGUE, {"URL": url, **ENVIRON}, date(2026, 11, 24))
        opened.append(Http(mappings["PBC"].sources[0], CATALOGUE, recorder))
        return opened[-1]

    yield connect
    for each in opened:
        await each.close()


async def ask(
    http: Http, people: Sequence[PersonId] = (NEW,), wanted: tuple[Wanted, ...] = (PAYMENTS,), seconds: float = 20
) -> Outcome:
    return await http.fetch(wanted, people, {}, asyncio.get_running_loop().time() + seconds)
