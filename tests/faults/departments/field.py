"""The whole gateway over ten departments, of which the bank's register stands behind a proxy."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from connectors.mapping import DEPARTMENTS
from tests.acceptance.in_process import EVERYTHING, PEOPLE, Asked, disclosure_of, serving
from tests.faults.departments.server import Server
from tests.faults.proxy import Proxy

PERSON = PEOPLE["dishonest-debtor"]
"""Known to seven departments."""
SHORT = "guards: {{deadline_s: {seconds}, at_once: 2, queue: 1, failures: 4, rest_s: 0.3}}\n"
"""A deadline that tests can wait for, and places that they can fill."""

RECOVERY_S = 10
"""A generous bound: how long the gateway may need to find out that a department is back."""


@dataclass(frozen=True)
class Answer:
    body: dict[str, Any]
    seconds: float

    @property
    def states(self) -> dict[str, str]:
        return {code: found["state"] for code, found in disclosure_of(self.body)["sources"].items()}

    @property
    def complete(self) -> bool:
        return disclosure_of(self.body)["complete"]

    @property
    def register(self) -> Any:
        """What the bank's register said."""
        return self.body["data"]["person"]["financial"]

    @property
    def others(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What all others said, and their states."""
        sections = {name: each for name, each in self.body["data"]["person"].items() if name != "financial"}
        return sections, {code: state for code, state in self.states.items() if code != "PBC"}

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [error["extensions"] for error in self.body.get("errors", ())]

    @property
    def reasons(self) -> set[tuple[str, str]]:
        """(department, why) of each that did not answer."""
        return {(e["department"], e["reason"]) for e in self.errors if e["code"] == "SOURCE_UNAVAILABLE"}


@dataclass(frozen=True)
class Standing:
    """The gateway, over the bank's register as a test puts it."""

    asked: Asked

    @property
    def deadline_s(self) -> float:
        """Of the request, whatever a source has."""
        return self.asked.gateway.services.deadline_s

    async def ask(self, selection: str = EVERYTHING) -> Answer:
        began = monotonic()
        body, _ = await self.asked.ask("bank-system", "LOAN_APPROVAL", PERSON, selection)
        return Answer(body, monotonic() - began)

    async def ready(self) -> tuple[int, Mapping[str, str]]:
        answer = await self.asked.http.get("/health/ready")
        return answer.status_code, answer.json()["departments"]

    async def metric(self, name: str) -> float:
        text = (await self.asked.http.get("/metrics")).text
        found = [line for line in text.splitlines() if line.startswith(name) and 'department="PBC"' in line]
        return sum(float(line.rpartition(" ")[2]) for line in found)


@dataclass(frozen=True)
class Field(Standing):
    """The register stands on a server behind a proxy."""

    proxy: Proxy
    server: Server


def whole_but_for_the_register(answer: Answer, before: Answer) -> None:
    assert answer.others == before.others
    assert not answer.complete
    lists = [value for value in answer.register.values() if value is not None]
    assert lists == []


async def fails_alone(at: Standing, before: Answer, why: str) -> None:
    """Two asks are answered in time, whole but for the register, and say why; the gateway stays ready."""
    # What takes the whole deadline is asked twice at once; what answers at once is asked again after its failure.
    asks = await asyncio.gather(at.ask(), at.ask()) if why == "TIMEOUT" else (await at.ask(), await at.ask())
    for answer in asks:
        assert answer.seconds < at.deadline_s + 1
        assert answer.reasons == {("PBC", why)}
        assert answer.states["PBC"] == ("TIMEOUT" if why == "TIMEOUT" else "UNAVAILABLE")
        whole_but_for_the_register(answer, before)
    at_rest = {code: "UNKNOWN" for code, state in before.states.items() if state == "WITHHELD"}
    assert (await at.ready()) == (200, {**dict.fromkeys(before.states, "DELIVERED"), "PBC": why, **at_rest})


async def recovered(at: Standing) -> Answer:
    until = monotonic() + RECOVERY_S
    while (answer := await at.ask()).reasons:
        assert monotonic() < until, answer.reasons
        await asyncio.sleep(0.1)
    return answer


@asynccontextmanager
async def field(data: Path, mappings: Path, server: Server, guards: str = SHORT) -> AsyncIterator[Field]:
    """`data`: where the demo's city is or will be; `mappings`: an empty folder."""
    proxy = await Proxy(server.port).start()
    text = f"{server.mapping(register_mapping(), proxy.port)}\n{guards.format(seconds=server.deadline_s)}"
    try:
        async with standing(data, mappings, text) as at:
            yield Field(at.asked, proxy, server)
    finally:
        await proxy.stop()


def register_mapping() -> str:
    """The bank's mapping file, whose url is still to be put in."""
    return (DEPARTMENTS / "pbc.yaml").read_text("utf-8")


@asynccontextmanager
async def standing(data: Path, mappings: Path, text: str) -> AsyncIterator[Standing]:
    """`mappings`: an empty folder; `text`: the bank's mapping file."""
    for path in DEPARTMENTS.glob("*.yaml"):
        shutil.copy(path, mappings / path.name)
    (mappings / "pbc.yaml").write_text(text, "utf-8")
    async with serving(data, departments=mappings) as asked:
        yield Standing(asked)
