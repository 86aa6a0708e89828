"""Thousands of asks while revisions of the policies take each other's place: each answer is of exactly one of them."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from exchange.consent import Consent
from exchange.person import PersonId
from exchange.records import Outcome
from exchange.requester import Requester
from gateway.renewal import Renewal
from gateway.telemetry import Metrics
from policies.rulebook import FILES, FOLDER
from resolvers.context import Departments, Services
from resolvers.operation import Executed, Operations
from tests.often import often
from tests.unlimited import UNLIMITED

AT_ONCE, EACH = 20, 100
"""Asks under way together, and for each revision."""
OWN, OTHER = "B10110000H0001", "B20220000H0002"
ROWS = {
    "PBC03": [
        {
            "key": "1",
            "institution_code": OWN,
            "balance": "12345",
            "loan_amount": "70000",
            "overdue_amount": "1",
        },
        {
            "key": "2",
            "institution_code": OTHER,
            "balance": "600",
            "loan_amount": "2000",
            "overdue_amount": "2",
        },
    ]
}
QUERY = """{
  me { purposes }
  person(idNumber: "530199199003070015", purpose: LOAN_APPROVAL, reference: "A-1") {
    financial { loanAccounts { balance loanAmount overdueAmount creditLimit } hasCardAccounts }
    disclosure { revision withheld { item rule nearest { rule } } }
  }
}"""
DOCUMENT = parse(QUERY)
BANK = Requester("bank-a", "bank-system", "op", "bank-system", attributes={"institution": OWN}, limits=UNLIMITED)


def permits(number: int) -> str:
    """Every other revision turns everything round; each rule carries the number of its revision in its name."""
    odd = number % 2
    rules = [
        ("LOAN_APPROVAL", "PBC03.balance", ("FULL", "BANDED")[odd], "", "BALANCE"),
        ("LOAN_APPROVAL", "PBC03.loan_amount", ("BANDED", "FULL")[odd], "", "AMOUNT"),
        ("LOAN_APPROVAL", "PBC03.overdue_amount", "FULL", "own_institution", "OVERDUE"),
        (("CARD_APPROVAL", "GUARANTEE_REVIEW")[odd], "PBC03.credit_limit", "FULL", "", "LIMIT"),
        (("LOAN_APPROVAL", "CARD_APPROVAL")[odd], "record:PBC04", "EXISTS", "", "CARDS"),
    ]
    return "".join(
        f"p, bank-system, {purpose}, {item}, {treatment}, {rows}, ordinary, P-{name}-{number}, LENDING\n"
        for purpose, item, treatment, rows, name in rules
    )


def write(folder: Path, number: int) -> None:
    """Under one name, an odd revision's row condition holds for loans that are still open: for both."""
    shipped = (FOLDER / "rows.yaml").read_text("utf-8")
    own = "PBC03: {item: institution_code, equals: {given: institution}}"
    assert shipped.count(own) == 1
    (folder / "rows.yaml").write_text(
        shipped.replace(own, "PBC03: {missing: closed_on}") if number % 2 else shipped, "utf-8"
    )
    (folder / "permits.csv").write_text(permits(number), "utf-8")


def expected(odd: int) -> tuple[Any, ...]:
    """What an answer of an even or an odd revision holds, said by hand."""
    if odd:
        first = {"balance": "[10000,50000)", "loanAmount": "70000", "overdueAmount": "1", "creditLimit": None}
        second = {"balance": "[1,1000)", "loanAmount": "2000", "overdueAmount": "2", "creditLimit": None}
        return (
            ["LOAN_APPROVAL", "CARD_APPROVAL", "GUARANTEE_REVIEW"],
            {"loanAccounts": [first, second], "hasCardAccounts": None},
            {"PBC03.balance": "BANDED", "PBC03.loan_amount": "FULL", "PBC03.overdue_amount": "FULL",
             "PBC03.credit_limit": "WITHHELD"},
            ["PBC03.credit_limit", "PBC04"],
        )  # fmt: skip
    first = {"balance": "12345", "loanAmount": "[50000,100000)", "overdueAmount": "1", "creditLimit": None}
    second = {"balance": "600", "loanAmount": "[1000,5000)", "overdueAmount": None, "creditLimit": None}
    return (
        ["LOAN_APPROVAL", "CARD_APPROVAL"],
        {"loanAccounts": [first, second], "hasCardAccounts": False},
        {"PBC03.balance": "FULL", "PBC03.loan_amount": "BANDED", "PBC03.overdue_amount": "FULL",
         "PBC03.credit_limit": "WITHHELD"},
        ["PBC03.credit_limit"],
    )  # fmt: skip


def faults(executed: Executed, numbers: Mapping[str, int], begun: str) -> list[str]:
    """What in an answer is not of the one revision that its ask began with."""
    if "errors" in executed.body:
        return [str(executed.body["errors"])]
    data, beside = executed.body["data"], executed.body["extensions"]["disclosure"]["person"]
    person, number = data["person"], numbers[begun]
    told = person["disclosure"]["withheld"]
    (sealed,) = executed.disclosures
    rules = [decision.rule for decision in sealed.decisions.values()] + [entry["rule"] for entry in told]
    rules += [entry["nearest"]["rule"] for entry in (*told, *beside["withheld"])]
    revisions = {begun, beside["revision"], sealed.policy, person["disclosure"]["revision"]}
    found = (
        data["me"]["purposes"],
        person["financial"],
        {item: treatment for item, treatment in beside["treatments"].items() if item.startswith("PBC03.")},
        [entry["item"] for entry in told],
    )
    strange = [rule for rule in rules if rule != "default-deny" and not rule.endswith(f"-{number}")]
    strange += [str(each) for each, wanted in zip(found, expected(number % 2), strict=True) if each != wanted]
    return strange + (sorted(revisions) if len(revisions) > 1 else [])


class Slow:
    """Departments and a store that take a moment, so that a revision may change in the middle of an ask."""

    def __init__(self, departments: Departments, store: Any) -> None:
        self.departments, self.store = departments, store
        self._random = random.Random(3)

    async def _moment(self) -> None:
        await asyncio.sleep(self._random.choice((0, 0.01, 0.05, 0.2)))

    async def fetch(
        self, wanted: Any, people: Sequence[PersonId], given: Any, deadline: float
    ) -> Mapping[str, Outcome]:
        await self._moment()
        return await self.departments.fetch(wanted, people, given, deadline)

    async def plan(self, wanted: Any) -> Mapping[str, Any]:
        return await self.departments.plan(wanted)

    def states(self) -> Sequence[Any]:
        return self.departments.states()

    async def named(self, id: str) -> Consent | None:
        return await self.store.named(id)

    async def of(self, organisation: str, people: Sequence[str], purpose: str) -> dict[str, list[Consent]]:
        await self._moment()
        return await self.store.of(organisation, people, purpose)

    async def naming(self, organisation: str, people: Sequence[str], purpose: str) -> dict[str, list[Consent]]:
        return await self.store.naming(organisation, people, purpose)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path / name)
    (tmp_path / "forbids.csv").write_text("", "utf-8")
    write(tmp_path, 0)
    return tmp_path


@pytest.fixture
def policies(gateway: Callable[..., Any], folder: Path) -> Renewal:
    services: Services = gateway().operations.services
    return Renewal.open(folder, services.catalogue, Metrics(), services.clock, prove=lambda *_: ())


@pytest.fixture
def operations(gateway: Callable[..., Any], policies: Renewal) -> Operations:
    made = gateway(ROWS)
    slow = Slow(made.departments, made.store)
    made.operations.services = replace(
        made.operations.services, policies=policies.current, directory=slow, consents=slow
    )
    return made.operations


@pytest.mark.parametrize("revisions", [10, pytest.param(often(30, proof=100), marks=pytest.mark.slow, id="many")])
async def test_every_answer_is_of_exactly_one_revision(
    operations: Operations, policies: Renewal, folder: Path, revisions: int
) -> None:
    budget, done = asyncio.Semaphore(0), asyncio.Event()
    numbers = {policies.current.engine.revision: 0}
    answered: Counter[int] = Counter()
    overtaken, wrong = 0, []

    async def asking() -> None:
        nonlocal overtaken
        for _ in range(revisions * EACH // AT_ONCE):
            await budget.acquire()
            begun = policies.current.engine.revision
            executed = await operations.run(BANK, DOCUMENT, QUERY, {}, None)
            wrong.extend(faults(executed, numbers, begun))
            answered[numbers[begun]] += 1
            overtaken += policies.current.engine.revision != begun
            done.set()

    async def changing() -> None:
        for number in range(1, revisions + 1):
            for _ in range(EACH):
                budget.release()
            while answered.total() < (number - 1) * EACH + EACH // 2:
                done.clear()
                await done.wait()
            write(folder, number)
            await policies.look(asked=True)
            assert policies.refused is None
            numbers[policies.current.engine.revision] = number

    await asyncio.gather(changing(), *(asking() for _ in range(AT_ONCE)))
    assert wrong == []
    assert answered.total() == revisions * EACH
    assert set(answered) >= set(range(revisions)), "some revision answered nobody"
    assert len(numbers) == revisions + 1
    assert overtaken > revisions, "hardly a revision changed in the middle of an ask: nothing was tried"
