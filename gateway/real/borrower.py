"""One borrower's profile over the bank's tables, on the whole way of an ask; and what the mapping counts."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from graphql import parse

from connectors.directory import Directory
from exchange.catalogue import Catalogue
from exchange.consent import Consent
from exchange.digests import Digests
from exchange.person import PersonId
from exchange.records import Column, Delivered, Wanted
from exchange.requester import Requester
from exchange.standard.load import load
from exchange.store.consent import Consents
from exchange.store.database import Database
from exchange.store.dispute import Disputes
from exchange.store.log import Log
from policies.current import Current
from policies.engine import Engine
from resolvers.context import Services
from resolvers.operation import Operations
from resolvers.schema import build

_HERE = Path(__file__).parent
_APPROVAL = _HERE.parent / "demo" / "approval.yaml"
_AT_ONCE = 500
_QUERY = """query Borrower($id: IdNumber!) {
  person(idNumber: $id, purpose: LOAN_APPROVAL, reference: "SQ-2026-000117") {
    idNumber
    financial {
      loanAccounts { institutionCode openedOn dueOn loanAmount amountDueThisMonth accountStatus fiveCategory closedOn }
      cardAccounts { institutionCode openedOn accountStatus }
    }
    summary { loanAccounts openLoanAccounts }
    disclosure { id complete sources { department state } withheld { selection rule } }
  }
}"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the mapping finds when every client of the bank is asked about."""

    loans: int
    cards: int
    statuses: dict[str, int]
    """Loan status of the standard → loans."""


async def opened(url: str, stack: AsyncExitStack) -> tuple[Catalogue, Directory]:
    """The standard, and a directory of this one department."""
    catalogue = load(approval=_APPROVAL)
    directory = await Directory.open(
        _HERE / "departments", catalogue, {"GATEWAY_PBC_URL": url}, datetime.now(UTC).date()
    )
    stack.push_async_callback(directory.close)
    return catalogue, directory


async def counted(url: str) -> Counted:
    """Ask about every client of the bank, some hundred at a time."""
    people = [PersonId.parse(number) for number in await _column(url, "SELECT id_number FROM client ORDER BY 1")]
    loans, cards, statuses = 0, 0, Counter[str]()
    wanted = {"PBC": (Wanted("PBC03", (Column("account_status"),)), Wanted("PBC04"))}
    async with AsyncExitStack() as stack:
        _, directory = await opened(url, stack)
        for start in range(0, len(people), _AT_ONCE):
            deadline = asyncio.get_running_loop().time() + 60
            some = people[start : start + _AT_ONCE]
            outcome = (await directory.fetch(wanted, some, {"disputed:PBC03": [], "disputed:PBC04": []}, deadline))[
                "PBC"
            ]
            if not isinstance(outcome, Delivered):
                raise RuntimeError(outcome.why)
            for loan_rows, card_rows in (outcome.answers[person] for person in some):
                assert isinstance(loan_rows, Sequence)
                assert isinstance(card_rows, Sequence)
                loans += len(loan_rows)
                cards += len(card_rows)
                statuses.update(str(row.values[0]) for row in loan_rows)
    return Counted(loans, cards, dict(statuses))


async def profile(url: str, store: Path, id_number: str | None = None) -> dict[str, Any]:
    """What a bank sees of one borrower for loan approval: consent, decision, fetch, seal. `store`: an empty folder."""
    number = id_number or (await _column(url, _WITH_LOAN_AND_CARD))[0]
    person, now = PersonId.parse(number), datetime.now(UTC)
    digests = Digests(secrets.token_bytes(32))
    bank = Requester(
        "bank-a", "bank-system", "demonstration", "bank-system", attributes={"institution": "B10110000H0001"}
    )
    async with AsyncExitStack() as stack:
        catalogue, directory = await opened(url, stack)
        database = await Database.open(f"sqlite:///{store / 'gateway.db'}")
        stack.push_async_callback(database.close)
        log, consents = Log(database), Consents(database)
        stack.callback(log.close)
        consent = Consent(
            "consent-borrower",
            digests.person(person),
            "bank-a",
            frozenset({"LOAN_APPROVAL"}),
            now,
            now + timedelta(days=1),
        )
        await consents.add([consent])
        engine = Engine.load(None, catalogue)
        services = Services(
            catalogue, Current(engine), directory, consents, Disputes(database), digests, lambda: datetime.now(UTC)
        )
        operations = Operations(build(catalogue, engine), services)
        executed = await operations.run(bank, parse(_QUERY), _QUERY, {"id": number}, None)
        await log.seal(executed.disclosures, None)
        return executed.body


_WITH_LOAN_AND_CARD = """
    SELECT c.id_number FROM client c JOIN disp d USING (client_id) JOIN loan l USING (account_id)
    JOIN card k USING (disp_id) WHERE d.disp_type = 'O' AND l.status = 'C' ORDER BY l.loan_id LIMIT 1"""


async def _column(url: str, query: str) -> Sequence[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()
